#pragma once

// The absorbing mask, Eq. (4), and what it takes out.

#include <vector>

#include "libtdse/solver/grid.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// The mask for absorption events every `interval`: M^(interval/reference_step), so that the rate of
/// absorption is that of M applied every reference_step.
class Absorber {
 public:
  /// For the given rows of the grid.
  Absorber(const Grid& grid, Part rows, const Preset& preset, double interval);

  /// Whether M is below 1 anywhere on row i.
  bool touches(int i) const { return !touched_[index(i)].empty(); }
  /// Whether M is below 1 anywhere on the grid.
  static bool touches_any(const Grid& grid, const Preset& preset);
  /// M on row i, by column.
  const double* mask(int i) const { return mask_.data() + index(i) * columns_; }

  /// field <- M · field
  void absorb(Field& field, Threads& threads) const;

 private:
  std::size_t index(int i) const { return static_cast<std::size_t>(i - rows_.first); }

  Part rows_;
  std::size_t columns_;
  AlignedVector<double> mask_;
  std::vector<std::vector<int>> touched_;  ///< by row: Blocks with M below 1
};

}  // namespace bondscope::tdse
