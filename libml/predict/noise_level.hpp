#pragma once

// Which runs of a calibration were counted with as many electrons.

#include <cstddef>
#include <span>
#include <vector>

#include "libpmd/model/run_parameters.hpp"

namespace bondscope::ml {

/// Runs whose numbers of electrons are within a factor of √10 of the least of them, or that were not counted.
struct NoiseLevel {
  double least = 0, most = 0;     ///< electrons; 0: not counted
  std::vector<std::size_t> runs;  ///< their positions

  /// By how much counting noise is larger with so many electrons than with the least of the level, at least
  /// 1: √(least/electrons).
  double larger_by(double electrons) const;
};

/// All of these runs; `electrons` of each, 0 of what was not counted.
std::vector<NoiseLevel> noise_levels(std::span<const double> electrons);
/// Whether an image with this number can be told about by one of the levels: not fewer electrons than half
/// its least, and not more than its most by a half.
bool has_level(std::span<const NoiseLevel> levels, double electrons);
/// The position of the level that it belongs to, or of the nearest. What was not counted has less noise than
/// anything that was.
std::size_t level_of(std::span<const NoiseLevel> levels, double electrons);

/// Of each of these rows, 1 over how many of them are of its run. `runs` is what was computed of every row
/// there is, equal where several detectors have seen one; empty: all are different.
std::vector<double> parts_of_runs(std::span<const std::size_t> rows, const std::vector<RunParameters>& runs);
/// How many runs these are parts of.
std::size_t different_runs(std::span<const double> parts);

}  // namespace bondscope::ml
