#pragma once

// What all runs of a data set share.

#include <vector>

#include "libpmd/model/molecule.hpp"

namespace bondscope {

/// What all runs of a data set share.
struct ModelParameters {
  double wavelength_nm = 800.0;       ///< λ; nm
  int cycles = 2;                     ///< n_p of Eq. (1)
  double softening = 0.5;             ///< a of Eq. (3), for molecules whose centres depend on it
  std::vector<Molecule> molecules{};  ///< of the runs, by name, as far as they are not built in

  /// Whether all members are equal.
  bool operator==(const ModelParameters&) const = default;
};

}  // namespace bondscope
