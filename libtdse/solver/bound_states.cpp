#include "libtdse/solver/bound_states.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/model/ground_energy.hpp"

namespace bondscope::tdse {

BoundStates::BoundStates(const Potential& potential) : ground_(ground_energy(potential)) {}

double BoundStates::below_all() const {
  // The variational energy is too high, for H2+ and HeH+ by up to 1.5 %.
  return 1.05 * ground_;
}

double BoundStates::cut() const {
  return std::max(-0.2, 0.5 * ground_);
}

double BoundStates::half_edge() const {
  return std::min(2.0 / 15, -ground_ / 3);
}

double BoundStates::left() const {
  return std::max(-0.35, 0.875 * ground_);
}

double BoundStates::decay_length(double exponent) const {
  return exponent / std::sqrt(-2 * ground_);
}

double BoundStates::half_width(double extent) const {
  return 0.5 * extent + std::max(30.0, decay_length(25));
}

}  // namespace bondscope::tdse
