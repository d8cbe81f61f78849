#pragma once

// A measured file as a momentum distribution, with what was understood on the way.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/import/raster.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/store/row_arrays.hpp"

namespace bondscope {

/// A row of a store, and how it came about.
struct Measurement {
  std::filesystem::path file;  ///< as named by the user
  std::uint64_t bytes = 0;     ///< of the file
  std::string hash;            ///< XXH3-128 of its bytes

  /// [kx][ky], a.u.⁻²: the probability that a detected electron has this momentum, per d²k. Its sum times the
  /// cell is 1. Where more background was subtracted than there was, it is negative; where nothing was
  /// measured, 0.
  std::vector<float> pmd;
  /// mask; uncertainty, from the numbers of electrons with and in the background; of events the counts.
  RowArrays arrays;
  double electrons = 0;  ///< in the measured cells, without background

  Geometry geometry;                 ///< as given or found
  std::optional<double> symmetry{};  ///< correlation at a centre that was found
  std::optional<double> ring{};      ///< radius of the ring that was found, units of the file
  double unmeasured = 0;             ///< part of the cells in which nothing was measured
  double negative = 0;               ///< part of the cells with negative values
  double outside = 0;                ///< part of what was measured that the axes do not reach
  Raster raster;                     ///< what was measured, without background
};

/// Reads a file, and those that the settings name. Throws what read_table() throws; DataError that names the
/// file, what is wrong and what would be right: what raster.hpp, centre.hpp and ring.hpp refuse; a centre
/// outside the image; axes beyond the image; no electrons.
Measurement measure(const std::filesystem::path& file, const ImportSettings& settings,
                    const MomentumAxes& axes);

}  // namespace bondscope
