#pragma once

// What counts as bound, deeply bound and free in one molecule, from the energy of its ground state.
//
// A late stage must not inherit what is deeply bound (stage_change.hpp). Between what is taken out whole and
// what stays whole lies a range of energies whose width is one over the time that telling them apart takes.
// For molecules as deep as H2+ and HeH+ both are set by that time, 150 a.u. to either side; a shallower
// molecule has everything nearer to zero, and it takes longer.

#include "libpmd/model/potential.hpp"

namespace bondscope::tdse {

/// Energies in hartree, lengths in a.u.
class BoundStates {
 public:
  /// Costs as much as ground_energy(), and throws as it does.
  explicit BoundStates(const Potential& potential);

  double ground() const { return ground_; }  ///< the ground state's energy, from above
  double below_all() const;                  ///< an energy below all states
  double cut() const;                        ///< middle of the edge of the spectral filter
  double half_edge() const;  ///< states below cut() - half_edge() are taken out whole, above + not at all
  double left() const;       ///< an energy below all states of which the filter leaves something

  /// Distance from the nuclei by which the ground state has fallen to exp(-exponent), a.u.
  double decay_length(double exponent) const;
  /// Half width of the box that holds the ground state down to rounding errors around nuclei `extent` apart.
  double half_width(double extent) const;

 private:
  double ground_;
};

}  // namespace bondscope::tdse
