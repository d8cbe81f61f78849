#pragma once

// What an experiment does to a momentum distribution.
//
// In the order in which it happens: the shots' intensities differ, the detector is turned against the
// polarisation, electrons arrive smeared out, others come from elsewhere, a busy detector misses some, and
// what it registers are whole electrons.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libpmd/base/random/random_draws.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/detector/counting.hpp"
#include "libpmd/detector/intensity_jitter.hpp"
#include "libpmd/detector/resolution.hpp"
#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {

/// What is not set is not done; degradation_fields has units and ranges.
struct Degradation {
  /// Standard deviation of the shots' peak intensity over its mean.
  std::optional<double> intensity_jitter{};
  std::optional<double> intensity_nodes{};      ///< number of intensities that stand for all shots
  std::optional<double> rotation_deg{};         ///< angle by which the image is turned, degrees
  std::optional<double> rotation_spread_deg{};  ///< standard deviation of a random angle, degrees
  /// Standard deviation of a Gaussian along each axis, a.u. of momentum.
  std::optional<double> resolution_au{};
  std::optional<double> background{};  ///< part of all electrons that is spread evenly
  /// Density over the largest one at which half of the electrons are registered.
  std::optional<double> saturation{};
  std::optional<double> electrons{};  ///< mean number of detected electrons
  std::optional<double> cell_au{};    ///< side of the detector cells, a.u. of momentum

  /// Whether all members are equal.
  bool operator==(const Degradation&) const = default;
};

/// One setting, for whoever reads, writes or explains it.
struct DegradationField {
  const char* name;                            ///< in the store's derivation
  const char* option;                          ///< of pmd_store degrade
  const char* unit;                            ///< of its value; empty: none
  const char* meaning;                         ///< for the help
  Range range;                                 ///< of admissible values
  std::optional<double> Degradation::*member;  ///< where the value is
};

/// All settings, in the order in which they act.
inline const std::array<DegradationField, 9> degradation_fields{{
    {"intensity_jitter", "intensity-jitter", "1",
     "standard deviation of the shots' peak intensity over its mean",
     Range::between(0, largest_intensity_jitter), &Degradation::intensity_jitter},
    {"intensity_nodes", "intensity-nodes", "1",
     "number of intensities that stand for all shots, 7 if not given",
     Range::between(1, most_intensity_nodes), &Degradation::intensity_nodes},
    {"rotation_deg", "rotation", "degrees", "angle by which the detector image is turned about k = 0",
     Range::between(-360, 360), &Degradation::rotation_deg},
    {"rotation_spread_deg", "rotation-spread", "degrees",
     "standard deviation of a normal random angle, one for each distribution", Range::between(0, 60),
     &Degradation::rotation_spread_deg},
    {"resolution_au", "resolution", "a.u.",
     "momentum resolution: standard deviation of a Gaussian along each axis",
     Range::between(0, largest_resolution_au), &Degradation::resolution_au},
    {"background",
     "background",
     "1",
     "part of all electrons that is spread evenly over the stored plane",
     {.min = 0, .max = 1, .max_open = true},
     &Degradation::background},
    {"saturation", "saturation", "1",
     "density over the largest one at which a busy detector registers half of the electrons",
     Range::between(1e-6, 1e12), &Degradation::saturation},
    {"electrons", "electrons", "electrons", "mean number of detected electrons",
     Range::between(1, most_electrons), &Degradation::electrons},
    {"cell_au", "cell", "a.u.", "side of the detector cells in which electrons are counted",
     Range::positive_up_to(1), &Degradation::cell_au},
}};

/// Throws ConfigError that names the setting: out of range, or a detail of what is not
/// asked for.
void check(const Degradation& degradation);

/// Derivation::method of a store of such distributions: JSON with kind, seed, and for each setting its value
/// (null: not done), unit and meaning.
std::string describe(const Degradation& degradation, std::uint64_t seed);

/// (1 - fraction) PMD + fraction · mean of PMD over the plane.
std::vector<float> with_background(std::span<const float> pmd, double fraction);

/// PMD/(1 + PMD/p½), p½ = half_at · largest PMD: what a detector with non-paralysable dead time registers of
/// each cell. Dead time acts on rates, not on counts: the setting is the rate that halves the response in
/// units of the highest one, and measuring longer changes nothing.
std::vector<float> saturated(std::span<const float> pmd, double half_at);

/// Turning, smearing, background, saturation, counting. The same (seed, run) gives the same result, whatever
/// else is made. Throws ConfigError, DataError (bad distribution).
std::vector<float> detected(std::span<const float> pmd, const MomentumPlane& plane,
                            const Degradation& degradation, const RandomKey& key);

/// All of it. `at` is asked for `parameters` itself and, with intensity jitter, for those at the intensities
/// of intensity_nodes(). Throws also what `at` throws.
std::vector<float> degraded(const DistributionAt& at, const RunParameters& parameters,
                            const MomentumPlane& plane, const Degradation& degradation, const RandomKey& key);

}  // namespace bondscope
