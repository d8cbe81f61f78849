#pragma once

// The binding potential of one molecule at one geometry.

#include <vector>

#include "libpmd/model/model_parameters.hpp"
#include "libpmd/model/run_parameters.hpp"

namespace bondscope {

/// -(charge + core·exp(-core_decay·s))/√(s + softening), s = squared distance from the centre.
struct PotentialCentre {
  double x, y;               ///< a.u.
  double charge, softening;  ///< softening in a.u. squared
  double core, core_decay;   ///< 0 without a screened core
};

/// V(x, y), a sum over centres that α has turned.
class Potential {
 public:
  /// Throws ConfigError for an unknown molecule, a parameter of it that the run does not have, R < 0, numbers
  /// that are not admissible, and if there is no well.
  Potential(const RunParameters& parameters, const ModelParameters& model);

  double value(double x, double y) const;             ///< V(x, y), hartree
  double gradient_squared(double x, double y) const;  ///< |∇V|², (hartree/a.u.)²
  double deepest() const;  ///< the smallest V at a centre or midway between two, hartree
  /// The distance between two centres opposite each other that are as far from the origin as the farthest:
  /// R for two centres at ±R/2.
  double extent() const { return extent_; }
  /// Of all centres.
  double smallest_softening() const;
  const std::vector<PotentialCentre>& centres() const { return centres_; }  ///< turned by α

 private:
  static double term(const PotentialCentre& centre, double s);
  static double term_derivative(const PotentialCentre& centre, double s);  ///< with respect to s

  std::vector<PotentialCentre> centres_;
  double extent_ = 0;
};

}  // namespace bondscope
