#pragma once

// What all runs of a data set share.

#include <vector>

#include "libpmd/model/molecule.hpp"
#include "libpmd/model/pulse_shape.hpp"

namespace bondscope {

/// What all runs of a data set share.
struct ModelParameters {
  PulseShape pulse{};                 ///< of runs that have no values of their own
  double softening = 0.5;             ///< a of Eq. (3), for molecules whose centres depend on it
  std::vector<Molecule> molecules{};  ///< of the runs, by name, as far as they are not built in

  /// Whether all members are equal.
  bool operator==(const ModelParameters&) const = default;
};

}  // namespace bondscope
