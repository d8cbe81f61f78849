#pragma once

// Shots of a laser whose intensity is not the same from shot to shot.

#include <functional>
#include <vector>

#include "libpmd/model/run_parameters.hpp"

namespace bondscope {

/// Delivers the distribution [kx][ky] at any parameters within reason, all on the same axes.
using DistributionAt = std::function<std::vector<float>(const RunParameters&)>;

/// Larger ones would reach intensities near zero, where a Gaussian is no model of a laser.
inline constexpr double largest_intensity_jitter = 0.25;

/// A place of a normal distribution with mean 0 and standard deviation 1 that stands for a part of it.
struct NormalNode {
  double place = 0;   ///< standard deviations
  double weight = 0;  ///< all together 1
};
/// The `count` > 0 nodes of Gauss and Hermite: exact for polynomials up to the power 2 count - 1.
std::vector<NormalNode> normal_nodes(int count);

/// An intensity that stands for a part of the shots.
struct IntensityNode {
  double factor = 0;  ///< of the mean peak intensity
  double weight = 0;  ///< all together 1
};

inline constexpr int most_intensity_nodes = 31;  ///< that an average over shots may have

/// The `count` nodes of Gauss and Hermite for a Gaussian distribution with mean 1 and this standard
/// deviation: exact for distributions that are polynomials of the intensity up to the power 2 count - 1.
/// Seven reach out to 3.75 standard deviations, fifteen to 6.4. One node without jitter. Fringes whose phase
/// changes by g per standard deviation fade as exp(-g²/2), which seven nodes follow within 0.005 up to g =
/// 2.5, fifteen within 0.01 up to 5; beyond, too much of them is left. Throws ConfigError unless 0 <=
/// relative_deviation <= largest_intensity_jitter, 1 <= count <= most_intensity_nodes, and all intensities
/// are positive.
std::vector<IntensityNode> intensity_nodes(double relative_deviation, int count = 7);

/// The mean over many shots, Σ weight · PMD(factor · I): not divided by each shot's yield, since strong shots
/// bring more electrons. Throws what `at` throws, DataError if it delivers distributions of different sizes.
std::vector<float> jittered(const DistributionAt& at, const RunParameters& parameters,
                            double relative_deviation, int nodes = 7);

}  // namespace bondscope
