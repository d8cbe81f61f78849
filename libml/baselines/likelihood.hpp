#pragma once

// The parameters under which a measured distribution is most probable.

#include <span>
#include <vector>

#include "libml/baselines/emulator.hpp"
#include "libml/baselines/instrument.hpp"

namespace bondscope::ml {

/// N electrons, each in cell i with probability p_i(θ), are found in shares s_i = n_i/N with the likelihood
///
///   ln L(θ) = N Σ_i s_i ln p_i(θ) + const.
///
/// Its maximum does not depend on N, which need not be known. θ are the emulator's parameters and as much of
/// each effect as is searched; p is what the instrument makes of the emulator's shares, of all in the window.
/// The search is Fisher's scoring, damped as Levenberg and Marquardt's, from the known runs that are most
/// probable and not near each other, at first without effects; the best end is the answer. Parameters stay
/// within those of the runs.
class Likelihood {
 public:
  Likelihood() = default;
  /// What is to be found.
  Likelihood(Emulator emulator, Instrument instrument, std::vector<Effect> effects);

  /// Where it was found.
  struct Estimate {
    std::vector<double> parameters;  ///< of the emulator
    std::vector<double> effects;     ///< searched numbers
    double log_likelihood = 0;       ///< Σ s ln p, per electron
  };
  /// Of shares that add up to 1; what noise has left below a background may be negative.
  Estimate operator()(std::span<const double> shares) const;

  /// What it was made with.
  const Emulator& emulator() const { return emulator_; }

 private:
  struct Point;
  std::vector<double> probabilities(const Eigen::VectorXd& roots, std::span<const double> effects) const;
  void differentiate(Point& point) const;
  Point climb(Point from, std::span<const double> shares, int steps) const;

  Emulator emulator_;
  Instrument instrument_;
  std::vector<Effect> effects_;
  Eigen::MatrixXf log_known_;            ///< [cell][run], of known runs with a little background
  std::vector<double> least_, largest_;  ///< of what is searched
};

}  // namespace bondscope::ml
