#pragma once

// What a fit is made to: a momentum distribution in equal cells, as counts or as probabilities.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "libpmd/base/text/number.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/store/row_arrays.hpp"

namespace bondscope::tdse {

/// Equal cells of the momentum plane, [kx][ky].
struct Cells {
  Interval kx, ky;     ///< outer edges, a.u.
  int nx = 0, ny = 0;  ///< along each axis

  /// Number of cells.
  std::size_t size() const { return static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny); }
  /// Probability in each of them. Throws DataError if they reach beyond the samples.
  std::vector<double> of(std::span<const float> pmd, const MomentumPlane& plane) const;
};

/// Which cells of a distribution count, and as what.
struct ObservationSettings {
  double cell = 0.05;  ///< side, a.u.; whole samples of the observed plane, at least one
  /// Without counts: cells below this power of ten of the brightest one do not count.
  double floor = -4;
  /// In the whole plane, of a density that was counted. Not for a row with counts; one without both has no
  /// noise.
  std::optional<double> electrons{};
};

/// A distribution as a fit sees it.
struct Observation {
  Cells cells;                      ///< where
  std::vector<double> values;       ///< electrons in each cell, or its probability
  std::vector<bool> used;           ///< cells that count
  std::optional<double> electrons;  ///< in the cells that count; empty: without noise

  /// Number of cells that count.
  std::size_t used_cells() const;
};

/// Cells are blocks of whole samples of `plane`, so that each electron is in one, as far as `computed` has
/// them too. `arrays`: what the row has beside its distribution: `counts` are taken instead of `pmd`, and
/// masked samples take their cells with them. Throws DataError (planes that share nothing, no electrons,
/// negative values) and ConfigError (settings).
Observation observe(std::span<const float> pmd, const RowArrays& arrays, const MomentumPlane& plane,
                    const MomentumPlane& computed, const ObservationSettings& settings);

}  // namespace bondscope::tdse
