#pragma once

// Parameters of a run from its momentum distribution: the equation itself is asked. Whatever computes
// distributions is a function here.

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "libtdse/fit/observation.hpp"

namespace bondscope::tdse {

/// A parameter that is fitted.
struct FitParameter {
  std::string name;      ///< as model/parameter.hpp has it
  double start = 0;      ///< where the fit begins
  double step = 0;       ///< half the distance of the two runs that derivatives are taken from
  Range bounds = {};     ///< both ends finite, or neither
  double tolerance = 0;  ///< changes below it end the fit, if errors are not larger
};

/// Parameters of one run, in the order of the fitted ones.
using Position = std::vector<double>;
/// Probabilities in the observation's cells for each position. Positions that it has had before cost little.
using ComputeCells = std::function<std::vector<std::vector<double>>(const std::vector<Position>&)>;

/// How far a fit has come.
struct FitStep {
  int number = 0;       ///< 0: the start
  Position position;    ///< where it is
  double distance = 0;  ///< the deviance, or the sum of squared differences of log10
};

/// How a fit ended.
struct FitResult {
  Position position;           ///< the best one
  Eigen::MatrixXd covariance;  ///< of the position
  double distance = 0;         ///< the deviance, or the sum of squared differences of log10
  /// In the observation's cells, as its values are; 0 in those that do not count.
  std::vector<double> expected;
  bool converged = false;  ///< not given up, and at no bound
  bool at_bound = false;   ///< whether a parameter has come to the end of where it may go
  int steps = 0;           ///< taken
  /// With counts: Pearson's χ² over groups of neighbouring cells with at least ten expected electrons each.
  double chi_squared = 0, degrees_of_freedom = 0, p_value = 1;

  /// Square root of a diagonal element.
  double standard_error(std::size_t i) const;
};

/// Maximum likelihood of counts: the deviance 2 Σ [n ln(n/μ) - (n - μ)] is least, with μ the expected
/// electrons at as many in all as there are; or, without noise, least squares of log10 of the probabilities
/// over their sum. By the Levenberg-Marquardt method (Moré) with derivatives from runs at either side; bounds
/// by MINUIT's sine. The covariance is the inverse of the Fisher matrix Σ (∂μ/∂θ)(∂μ/∂θ)ᵀ/μ, or s²(JᵀJ)⁻¹.
///
/// Ends when the step that the slopes foretell changes no parameter by more than a tenth of its error, or
/// than its tolerance. Throws ConfigError (start outside the bounds), NumericsError (a parameter has no
/// influence), and what `compute` throws.
FitResult fit(const Observation& observation, const std::vector<FitParameter>& parameters,
              const ComputeCells& compute, int most_steps, const std::function<void(const FitStep&)>& report);

/// How far two estimates are apart.
struct Agreement {
  double chi_squared = 0;  ///< Δᵀ (C + C')⁻¹ Δ
  double p_value = 1;      ///< that it is larger by chance
};
/// Throws DataError (not of the same parameters, no covariances), NumericsError (their sum is singular).
Agreement agreement(const Position& a, const Eigen::MatrixXd& covariance_a, const Position& b,
                    const Eigen::MatrixXd& covariance_b);

}  // namespace bondscope::tdse
