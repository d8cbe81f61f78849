#pragma once

// Which runs of a calibration were counted with as many electrons.

#include <cstddef>
#include <span>
#include <vector>

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

}  // namespace bondscope::ml
