#pragma once

// Numerics of a run, as read from configs/presets/*.yaml.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/fields.hpp"

namespace bondscope::tdse {

/// Fractions of the Nyquist momentum where the dispersion along x and y leaves k; 1: never.
struct RollOff {
  /// The same along both.
  RollOff(double both) : x(both), y(both) {}
  /// One for each direction.
  RollOff(double along_x, double along_y) : x(along_x), y(along_y) {}

  /// Along and across the polarisation.
  double x, y;

  /// Whether all members are equal.
  bool operator==(const RollOff&) const = default;
};

/// Space grid and time step; what a molecule may need its own values of.
struct Discretisation {
  double spacing = 0.5;       ///< Δx = Δy, a.u.
  RollOff roll_off = 0.6;     ///< where the dispersion bends
  double time_step = 0.2;     ///< Δt, a.u.; 0: the longest that is admissible for the run, at most 0.25
  bool band_limited = false;  ///< the potential is filtered before it is sampled (sampled_potential.hpp)

  /// Whether all members are equal.
  bool operator==(const Discretisation&) const = default;
};

/// Numerics for large internuclear distances, where the wells are shallow.
struct DistanceRule {
  double from = 0;                ///< R, a.u.
  Discretisation discretisation;  ///< from this distance on
};

/// What the solver does less work by, each to be switched off; docs/solver.md has their errors.
struct Mechanisms {
  bool even_symmetry = true;  ///< half the grid where V(x, -y) = V(x, y)
  bool sparse_sampling =
      true;  ///< absorbed waves sampled at every second point where that tells momenta apart
};

/// A coarser grid, in single precision, for what has left an inner box (hand_over.hpp).
struct OuterGrid {
  Discretisation discretisation;  ///< its own
  /// Of the mask that hands over, a.u.: it begins where the last electrons turn back to the nuclei, but not
  /// nearer than this beyond them.
  double least_radius = 50;
  double mask_width = 30;  ///< a.u.
};

/// Who transforms: our own sweeps, or FFTW3-MPI in the textbook method (libtdse/witness).
enum class Transforms { own, fftw };

/// A coarser grid and longer step for what is still inside after the pulse, its bound part taken out.
struct LateStage {
  double delay = 0;               ///< a.u. after the end of the pulse
  Discretisation discretisation;  ///< of the stage
  double absorber_interval = 2;   ///< longest time between absorption events, a.u.
};

/// With Observation, what images depend on beside the accuracy.
struct Preset : Observation {
  std::string name;                                    ///< as in its YAML
  Discretisation discretisation;                       ///< for every molecule not named below
  std::vector<DistanceRule> by_distance;               ///< instead of it, in order of distance
  std::map<std::string, Discretisation> per_molecule;  ///< complete settings by molecule, known or not
  double half_width_x = 180;                           ///< as half_width_y
  double half_width_y = 180;                ///< box is [-half_width, half_width); rounded up to a fast size
  double absorber_interval = 2.0;           ///< longest time between absorption events
  bool corrected_potential = true;          ///< Takahashi–Imada potential
  Mechanisms mechanisms;                    ///< which are on
  std::optional<OuterGrid> outer;           ///< none: one grid in the whole box
  std::vector<LateStage> late_stages;       ///< in order of delay
  Transforms transforms = Transforms::own;  ///< who transforms
  bool amplitude = false;                   ///< runs keep the complex amplitude, too
  int ranks_per_run = 1;                    ///< advice to farms, without influence on results; 0: automatic

  /// As the preset has it: time_step may be 0. the stages of a Plan have the resolved one.
  const Discretisation& discretisation_of(const std::string& molecule, double R) const;

  /// Throws ConfigError.
  static Preset from_config(const Config& config);
  /// All keys that results depend on with their values, readable by from_config().
  std::string to_yaml() const;
};

}  // namespace bondscope::tdse
