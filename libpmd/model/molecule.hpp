#pragma once

// Model molecules with fixed nuclei: sums of soft-core centres in the plane, Eqs. (3) and (7).
// A further molecule is one more entry of the table in molecule.cpp.

#include <string>
#include <vector>

#include "libpmd/model/run_parameters.hpp"

namespace bondscope {

/// Names a RunParameters::molecule can have.
std::vector<std::string> molecule_names();

/// The binding potential of one molecule at one geometry.
class Potential {
 public:
  /// Throws ConfigError for an unknown molecule, R < 0, softening <= 0 or values that are not finite.
  Potential(const RunParameters& parameters, const ModelParameters& model);

  double value(double x, double y) const;             ///< V(x, y), hartree
  double gradient_squared(double x, double y) const;  ///< |∇V|², (hartree/a.u.)²
  double deepest() const;                             ///< the smallest V at a nucleus or midway between
  /// V(-r) = V(r): the ground state is even and must stay so.
  bool inversion_symmetric() const { return inversion_symmetric_; }
  /// V(x, -y) = V(x, y): the molecule lies along x, or across it with equal nuclei.
  bool mirror_symmetric() const;

 private:
  /// -(charge + core·exp(-core_decay·s))/√(s + softening), s = squared distance from the centre.
  struct Centre {
    double x, y, charge, softening, core, core_decay;
  };
  static double term(const Centre& centre, double s);
  static double term_derivative(const Centre& centre, double s);  ///< with respect to s

  std::vector<Centre> centres_;
  bool inversion_symmetric_ = false;

  friend struct MoleculeTable;
};

}  // namespace bondscope
