#pragma once

// More distributions to train with: the computed ones and interpolated ones between them, as a derived store.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "libpmd/interpolation/focal_interpolator.hpp"
#include "libpmd/interpolation/interpolation.hpp"

namespace bondscope {

/// How a store to learn from is made of a smaller one.
struct AugmentSettings {
  InterpolationSettings interpolation;             ///< between the distributions left for training
  FocalBetween between{};                          ///< if the new ones are averages, between single runs
  std::size_t distributions = 1000;                ///< of the new store in all, computed ones included
  std::uint64_t seed = 1;                          ///< of what is set aside for tests, and of the points
  double test_fraction = 0.25;                     ///< of the computed distributions; 1 only with `between`
  std::optional<std::vector<std::size_t>> rows{};  ///< of the store; all done ones if not given
};

/// What the store consists of.
struct AugmentReport {
  std::size_t training = 0;      ///< computed distributions to train with
  std::size_t test = 0;          ///< computed distributions to test with
  std::size_t interpolated = 0;  ///< all to train with
};

/// Use of each of `rows`: Use::training or Use::test. A row of a derived store that has a use keeps it. Of
/// the others `fraction` is drawn for tests, depending on the seed and the runs' numbers only. Rows at the
/// same point, and averages that have runs in common, go together, whatever that does to the fraction.
/// Throws DataError if a row for training and one for tests belong together in the store already;
/// ConfigError for a fraction that is not from 0 to 1.
std::vector<Use> divide(const Store& store, const std::vector<std::size_t>& rows, double fraction,
                        std::uint64_t seed);

/// Points drawn uniformly in the hull; more of them begin with the same ones.
std::vector<PlanePoint> random_points(const Triangulation& triangulation, std::size_t count,
                                      std::uint64_t seed);

/// A sealed store: first the computed distributions in the order of `store`, for training or tests, with a
/// link to themselves of weight 1; then interpolated ones at random points, for training, with links to those
/// that they were made of. Only computed ones for training have a part in them, so that the test ones remain
/// unseen. A larger store begins with the rows of a smaller one.
///
/// With `settings.between` the interpolated ones are averages made of single runs (FocalInterpolator), at
/// random points of the rectangle that the computed averages span, as far as the runs reach; throws as that,
/// too, and DataError if the runs reach to hardly any point.
///
/// Throws ConfigError for fewer distributions than computed ones, and as Interpolator and write_derived().
AugmentReport augment(const Store& store, const std::filesystem::path& output,
                      const AugmentSettings& settings, const RowMonitor& monitor = {});

/// A sealed store of distributions at the given points, interpolated from all computed ones (from
/// `settings.rows`) but those that are for tests in the store already, all for training. No test set is kept
/// apart: `settings.test_fraction`, `seed` and `distributions` have no meaning. With `settings.between`
/// averages made of single runs, see augment(). Throws as augment().
void interpolate_at(const Store& store, const std::filesystem::path& output,
                    const std::vector<PlanePoint>& points, Outside outside, const AugmentSettings& settings,
                    const RowMonitor& monitor = {});

}  // namespace bondscope
