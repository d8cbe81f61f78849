#pragma once

// The parameters under which a measured distribution is most probable.

#include <functional>
#include <optional>
#include <span>
#include <string>
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
/// If a parameter is not the same in all shots (the intensity I, with a standard deviation σI; phase and
/// orientation likewise), it is instead what it makes of Σ w Y(I(1 + σx)) s(I(1 + σx)), with the yields Y and
/// shares s that the emulator knows and the nodes x and weights w of normal_nodes(), seven of them, or of two
/// parameters five of each, of three three; shots beyond the range of the runs are taken at its end. The
/// search is Fisher's scoring, damped as Levenberg and Marquardt's, from the known runs that are most
/// probable and not near each other, at first without effects; the best end is the answer. A way that comes
/// near another's end, or that can no longer become as probable, is given up. It ends where a further step
/// would make the electrons more probable by less than a part in 10⁷ of what the best parameters leave
/// unexplained, which is far below what as many electrons can tell. Parameters stay within those of the runs.
class Likelihood {
 public:
  Likelihood() = default;
  /// What is to be found. `names` are those of the emulator's parameters. Throws ConfigError if shots are to
  /// differ in one that is not among them, or the emulator knows no yields.
  Likelihood(Emulator emulator, Instrument instrument, std::vector<Effect> effects,
             std::span<const std::string> names = {});

  /// A maximum.
  struct Estimate {
    std::vector<double> parameters;  ///< of the emulator
    std::vector<double> effects;     ///< searched numbers, in the order of Likelihood::effects()
    double log_likelihood = 0;       ///< Σ s ln p, per electron
    /// Of the parameters' errors, times the number of electrons: the part of the inverse of Fisher's
    /// information, of all that is searched and not at a bound. Of what is at a bound as if it were not.
    Eigen::MatrixXd covariance;
    /// Pearson's χ² of the counts over the number of groups, of neighbouring cells in which at least
    /// expected_electrons are expected; 0 where shares are negative, since something was subtracted.
    double misfit = 0;
  };
  /// Of shares that add up to 1, [cell][distribution]; what noise has left below a background may be
  /// negative. Each is found as if it were alone, but for rounding. `threads` share the work. Of each the
  /// most probable maximum first, and then those where the probability of so many `electrons` [distribution]
  /// is less by a factor of at most exp(most_deficit). Throws DataError if what was learned leads nowhere.
  std::vector<std::vector<Estimate>> operator()(const Eigen::MatrixXd& shares,
                                                std::span<const double> electrons, int threads) const;

  static constexpr double most_deficit = 10;        ///< above
  static constexpr double expected_electrons = 10;  ///< above

  /// What it was made with.
  const Emulator& emulator() const { return emulator_; }
  /// What is found beside the parameters: what differs from shot to shot before what the detector does.
  std::span<const Effect> effects() const { return effects_; }

 private:
  using Given = Eigen::Ref<const Eigen::VectorXd>;
  struct Point;
  /// Told where the climb has come to and by how much the last step has gained; whether to give up.
  using Hopeless = std::function<bool(const Point& at, double gain)>;

  /// The mean over so different shots, and the changes with their variances as the last columns.
  Shares over_shots(std::span<const double> parameters, std::span<const double> variances) const;
  Point point(std::vector<double> searched, const Given& shares) const;
  std::vector<std::vector<double>> starts(const Eigen::VectorXf& likely) const;
  std::optional<Point> climb(std::vector<double> from, const Given& shares, int steps,
                             const Hopeless& hopeless) const;
  Estimate estimate(const Point& end, const Given& shares, double electrons) const;
  std::vector<Estimate> find(const Given& shares, const Eigen::VectorXf& likely, double electrons) const;

  Emulator emulator_;
  Instrument instrument_;
  std::vector<Effect> effects_;
  std::vector<std::size_t> of_shots_;    ///< which parameters shots differ in, of the first effects
  Eigen::MatrixXf log_known_;            ///< [cell][run], of known runs with a little background
  std::vector<double> least_, largest_;  ///< of what is searched
};

}  // namespace bondscope::ml
