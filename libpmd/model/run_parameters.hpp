#pragma once

// What is simulated in one run: a molecule in a laser pulse.

#include <compare>
#include <string>
#include <vector>

namespace bondscope {

/// The value of a parameter that a data set declares beside those that every run has (model/parameter.hpp).
struct DeclaredValue {
  std::string name;  ///< as the data set declares it
  double value = 0;  ///< in the declared unit

  /// By name, then by value.
  auto operator<=>(const DeclaredValue&) const = default;
};

/// Parameters that differ from run to run. Atomic units unless the name says otherwise. Formulas use the
/// members; what reads, writes, draws or lists all of them goes through the table in model/parameter.hpp.
struct RunParameters {
  std::string molecule = "H2+";   ///< one that find_molecule() (model/molecule.hpp) knows
  double R = 2.0;                 ///< internuclear distance
  double intensity_w_cm2 = 1e14;  ///< peak intensity
  double cep = 0.0;               ///< carrier-envelope phase φ, radians
  double angle = 0.0;  ///< orientation angle α between molecular axis and polarisation (x), radians
  std::vector<DeclaredValue> declared{};  ///< by name, each once

  /// Runs with the same parameters are the same run, so that they can be the keys of a map.
  auto operator<=>(const RunParameters&) const = default;
};

}  // namespace bondscope
