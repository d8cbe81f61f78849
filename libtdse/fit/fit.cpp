#include "libtdse/fit/fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include <Eigen/LU>
#include <Eigen/QR>
#include <boost/math/distributions/chi_squared.hpp>
#include <fmt/format.h>
#include <unsupported/Eigen/NonLinearOptimization>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

// Expected electrons below this say nothing more.
constexpr double least_expected = 1e-6;
/// Steps are relative to the length of the variables, so these stay away from 0.
constexpr double offset = 2;

/// MINUIT's variable without bounds, so that the parameter stays within them: θ = middle + half sin(x - 2).
class Variable {
 public:
  explicit Variable(const FitParameter& parameter) : parameter_(parameter) {
    const auto& [name, start, step, bounds, tolerance] = parameter;
    bounded_ = std::isfinite(bounds.min) && std::isfinite(bounds.max);
    if (!(step > 0)) throw ConfigError(fmt::format("{}: a step of {}; expected a number > 0", name, step));
    if (!bounded_) return;
    if (!(bounds.min + 2 * step < start && start < bounds.max - 2 * step))
      throw ConfigError(
          fmt::format("{}: the start {} is not inside the bounds {} to {}; expected at least two steps "
                      "({:.3g}) between",
                      name, start, bounds.min, bounds.max, step));
  }

  double variable(double value) const {
    return offset +
           (bounded_ ? std::asin((value - middle()) / half()) : (value - parameter_.start) / scale());
  }
  double value(double x) const {
    return bounded_ ? middle() + half() * std::sin(x - offset) : parameter_.start + scale() * (x - offset);
  }
  double slope(double x) const { return bounded_ ? half() * std::cos(x - offset) : scale(); }

  /// The two runs beside a value: within the bounds.
  Interval beside(double value) const {
    const double h = parameter_.step;
    if (!bounded_) return {value - h, value + h};
    return {std::max(parameter_.bounds.min, value - h), std::min(parameter_.bounds.max, value + h)};
  }

 private:
  double middle() const { return 0.5 * (parameter_.bounds.min + parameter_.bounds.max); }
  /// Of one without bounds: a step of the method should not be huge beside those of derivatives.
  double scale() const { return 100 * parameter_.step; }
  double half() const { return 0.5 * (parameter_.bounds.max - parameter_.bounds.min); }

  FitParameter parameter_;
  bool bounded_ = false;
};

/// Signed root of a cell's share of the deviance.
double deviance_root(double counts, double expected) {
  const double ratio = counts > 0 ? counts * std::log(counts / expected) : 0;
  return std::copysign(std::sqrt(std::max(0.0, 2 * (ratio - (counts - expected)))), expected - counts);
}

/// The cells that count, and what is expected in them.
class Comparison {
 public:
  explicit Comparison(const Observation& observation) : noise_(observation.electrons.has_value()) {
    for (std::size_t c = 0; c < observation.used.size(); ++c)
      if (observation.used[c]) cells_.push_back(c);
    for (const auto c : cells_) {
      values_.push_back(observation.values[c]);
      sum_ += values_.back();
    }
  }

  bool with_noise() const { return noise_; }
  Eigen::Index size() const { return static_cast<Eigen::Index>(cells_.size()); }
  const std::vector<std::size_t>& cells() const { return cells_; }
  const std::vector<double>& values() const { return values_; }

  /// As much in all as was observed.
  Eigen::VectorXd expected(const std::vector<double>& probabilities) const {
    Eigen::VectorXd mu(size());
    for (Eigen::Index i = 0; i < size(); ++i)
      mu[i] = probabilities[cells_[static_cast<std::size_t>(i)]];
    const double all = mu.sum();
    if (!(all > 0) || !mu.allFinite())
      throw NumericsError("a computed distribution is zero in all cells that count");
    mu *= sum_ / all;
    const double least = noise_ ? least_expected : 1e-12 * sum_;
    return mu.cwiseMax(least);
  }

  Eigen::VectorXd residuals(const Eigen::VectorXd& mu) const {
    Eigen::VectorXd r(size());
    for (Eigen::Index i = 0; i < size(); ++i) {
      const double value = values_[static_cast<std::size_t>(i)];
      r[i] = noise_ ? deviance_root(value, mu[i]) : std::log10(mu[i] / value);
    }
    return r;
  }

 private:
  bool noise_;
  std::vector<std::size_t> cells_;
  std::vector<double> values_;
  double sum_ = 0;
};

/// At one position: what is expected there and beside it.
struct Neighbourhood {
  Eigen::VectorXd expected;
  Eigen::MatrixXd jacobian;  ///< of the residuals
  Eigen::MatrixXd slopes;    ///< of what is expected
};

/// What Eigen's method asks for, in its variables.
class Problem {
 public:
  using Scalar = double;
  using InputType = Eigen::VectorXd;
  using ValueType = Eigen::VectorXd;
  using JacobianType = Eigen::MatrixXd;
  enum { InputsAtCompileTime = Eigen::Dynamic, ValuesAtCompileTime = Eigen::Dynamic };

  Problem(const Comparison& comparison, const std::vector<FitParameter>& parameters,
          const ComputeCells& compute)
      : comparison_(comparison), compute_(compute) {
    for (const auto& parameter : parameters)
      variables_.emplace_back(parameter);
  }

  int inputs() const { return static_cast<int>(variables_.size()); }
  int values() const { return static_cast<int>(comparison_.size()); }

  Position position(const Eigen::VectorXd& x) const {
    Position position;
    for (std::size_t k = 0; k < variables_.size(); ++k)
      position.push_back(variables_[k].value(x[static_cast<Eigen::Index>(k)]));
    return position;
  }
  Eigen::VectorXd variables(const Position& position) const {
    Eigen::VectorXd x(inputs());
    for (std::size_t k = 0; k < variables_.size(); ++k)
      x[static_cast<Eigen::Index>(k)] = variables_[k].variable(position[k]);
    return x;
  }

  /// All runs of a position at once, the displaced ones included: they are wanted next, and there are several
  /// ranks to compute them.
  Neighbourhood at(const Position& position) const {
    std::vector<Position> all{position};
    std::vector<double> distances;
    for (std::size_t k = 0; k < variables_.size(); ++k) {
      const auto [low, high] = variables_[k].beside(position[k]);
      distances.push_back(high - low);
      for (const double value : {low, high}) {
        all.push_back(position);
        all.back()[k] = value;
      }
    }
    const auto computed = compute_(all);
    Neighbourhood here{comparison_.expected(computed.front()), Eigen::MatrixXd(values(), inputs()),
                       Eigen::MatrixXd(values(), inputs())};
    for (std::size_t k = 0; k < variables_.size(); ++k) {
      const auto column = static_cast<Eigen::Index>(k);
      const auto below = comparison_.expected(computed[2 * k + 1]),
                 above = comparison_.expected(computed[2 * k + 2]);
      here.slopes.col(column) = (above - below) / distances[k];
      here.jacobian.col(column) =
          (comparison_.residuals(above) - comparison_.residuals(below)) / distances[k];
    }
    return here;
  }

  int operator()(const Eigen::VectorXd& x, Eigen::VectorXd& residuals) const {
    residuals = comparison_.residuals(at(position(x)).expected);
    return 0;
  }
  int df(const Eigen::VectorXd& x, Eigen::MatrixXd& jacobian) const {
    jacobian = at(position(x)).jacobian;
    for (Eigen::Index k = 0; k < inputs(); ++k)
      jacobian.col(k) *= variables_[static_cast<std::size_t>(k)].slope(x[k]);
    return 0;
  }

 private:
  const Comparison& comparison_;
  const ComputeCells& compute_;
  std::vector<Variable> variables_;
};

Eigen::MatrixXd inverse(const Eigen::MatrixXd& matrix, const std::string& what) {
  const Eigen::FullPivLU<Eigen::MatrixXd> lu(matrix);
  if (!matrix.allFinite() || !lu.isInvertible()) throw NumericsError(what);
  return lu.inverse();
}

Eigen::MatrixXd covariance(const Comparison& comparison, const Neighbourhood& here,
                           const std::vector<FitParameter>& parameters) {
  Eigen::MatrixXd information;
  if (comparison.with_noise())
    information = here.slopes.transpose() * here.expected.cwiseInverse().asDiagonal() * here.slopes;
  else
    information = here.jacobian.transpose() * here.jacobian;
  // In units of the steps, so that "singular" does not depend on units.
  Eigen::VectorXd steps(information.rows());
  for (Eigen::Index k = 0; k < steps.size(); ++k) {
    steps[k] = parameters[static_cast<std::size_t>(k)].step;
    if (!(information(k, k) > 0))
      throw NumericsError(fmt::format(
          "{} has no influence on the distribution: a symmetry forbids it, or the step is too small; start "
          "elsewhere, or leave it out",
          parameters[static_cast<std::size_t>(k)].name));
  }
  const Eigen::MatrixXd scaled = steps.asDiagonal() * information * steps.asDiagonal();
  Eigen::MatrixXd result = steps.asDiagonal() *
                           inverse(scaled, "the fitted parameters cannot be told apart; fit fewer") *
                           steps.asDiagonal();
  if (!comparison.with_noise()) {
    const auto freedom = static_cast<double>(std::max<Eigen::Index>(1, comparison.size() - steps.size()));
    result *= comparison.residuals(here.expected).squaredNorm() / freedom;
  }
  return result;
}

/// Cells follow each other along ky, so groups are of neighbours.
void test_goodness(const Comparison& comparison, const Eigen::VectorXd& expected, std::size_t parameters,
                   FitResult& result) {
  constexpr double least_in_group = 10;
  double groups = 0, in_group = 0, seen = 0;
  for (Eigen::Index i = 0; i < expected.size(); ++i) {
    in_group += expected[i];
    seen += comparison.values()[static_cast<std::size_t>(i)];
    if (in_group < least_in_group) continue;
    result.chi_squared += (seen - in_group) * (seen - in_group) / in_group;
    ++groups;
    in_group = seen = 0;
  }
  // The sum is fitted, too.
  result.degrees_of_freedom = groups - 1 - static_cast<double>(parameters);
  if (result.degrees_of_freedom >= 1)
    result.p_value = boost::math::cdf(
        boost::math::complement(boost::math::chi_squared(result.degrees_of_freedom), result.chi_squared));
}

/// Whether the step to the minimum, as the slopes here foretell it, is too small to count.
bool arrived(const Comparison& comparison, const Neighbourhood& here, const Eigen::MatrixXd& covariance,
             const std::vector<FitParameter>& parameters) {
  const Eigen::VectorXd step = here.jacobian.colPivHouseholderQr().solve(comparison.residuals(here.expected));
  for (Eigen::Index k = 0; k < step.size(); ++k)
    if (!(std::abs(step[k]) <=
          std::max(0.1 * std::sqrt(covariance(k, k)), parameters[static_cast<std::size_t>(k)].tolerance)))
      return false;
  return true;
}

/// Whether a parameter has come to the end of where it may go.
bool at_bound(const Position& position, const std::vector<FitParameter>& parameters) {
  for (std::size_t k = 0; k < position.size(); ++k) {
    const auto& [name, start, step, bounds, tolerance] = parameters[k];
    if (position[k] - bounds.min < step || bounds.max - position[k] < step) return true;
  }
  return false;
}

}  // namespace

double FitResult::standard_error(std::size_t i) const {
  const auto k = static_cast<Eigen::Index>(i);
  return std::sqrt(covariance(k, k));
}

FitResult fit(const Observation& observation, const std::vector<FitParameter>& parameters,
              const ComputeCells& compute, int most_steps,
              const std::function<void(const FitStep&)>& report) {
  if (parameters.empty()) throw ConfigError("nothing is to be fitted; expected at least one parameter");
  const Comparison comparison(observation);
  if (comparison.size() <= static_cast<Eigen::Index>(parameters.size()))
    throw DataError(fmt::format("{} cells count; expected more than parameters", comparison.size()));
  Problem problem(comparison, parameters, compute);
  Position position;
  for (const auto& parameter : parameters)
    position.push_back(parameter.start);

  Eigen::LevenbergMarquardt<Problem> method(problem);
  // The first step goes at most a tenth of the way: fringes have other minima farther off.
  method.parameters.factor = 0.05;
  method.parameters.xtol = 1e-10;
  method.parameters.ftol = 1e-10;
  method.parameters.maxfev = std::numeric_limits<int>::max();  // `most_steps` is the limit
  Eigen::VectorXd x = problem.variables(position);
  FitResult result;
  method.minimizeInit(x);
  const auto distance = [&] { return method.fnorm * method.fnorm; };
  report({0, position, distance()});
  while (result.steps < most_steps && !result.converged) {
    const auto status = method.minimizeOneStep(x);
    const auto next = problem.position(x);
    ++result.steps;
    report({result.steps, next, distance()});
    const auto here = problem.at(next);
    // Any end but "goes on": no smaller distance can be found.
    result.converged = arrived(comparison, here, covariance(comparison, here, parameters), parameters) ||
                       status != Eigen::LevenbergMarquardtSpace::Running;
    position = next;
  }
  const auto here = problem.at(position);
  result.position = position;
  result.at_bound = at_bound(position, parameters);
  result.converged = result.converged && !result.at_bound;
  result.distance = comparison.residuals(here.expected).squaredNorm();
  result.covariance = covariance(comparison, here, parameters);
  result.expected.assign(observation.values.size(), 0);
  for (Eigen::Index i = 0; i < here.expected.size(); ++i)
    result.expected[comparison.cells()[static_cast<std::size_t>(i)]] = here.expected[i];
  if (comparison.with_noise()) test_goodness(comparison, here.expected, parameters.size(), result);
  return result;
}

Agreement agreement(const Position& a, const Eigen::MatrixXd& covariance_a, const Position& b,
                    const Eigen::MatrixXd& covariance_b) {
  const auto n = static_cast<Eigen::Index>(a.size());
  if (b.size() != a.size() || covariance_a.rows() != n || covariance_a.cols() != n ||
      covariance_b.rows() != n || covariance_b.cols() != n)
    throw DataError("two estimates of different parameters cannot be compared");
  Eigen::VectorXd difference(n);
  for (Eigen::Index k = 0; k < n; ++k)
    difference[k] = a[static_cast<std::size_t>(k)] - b[static_cast<std::size_t>(k)];
  // Units differ by many orders of magnitude.
  const Eigen::MatrixXd sum = covariance_a + covariance_b;
  const Eigen::VectorXd scale = sum.diagonal().cwiseSqrt();
  if (!scale.allFinite() || !(scale.minCoeff() > 0))
    throw DataError("a covariance without positive diagonal");
  const Eigen::VectorXd inverse_scale = scale.cwiseInverse();
  const Eigen::VectorXd scaled = difference.cwiseProduct(inverse_scale);
  const Eigen::MatrixXd correlation = inverse_scale.asDiagonal() * sum * inverse_scale.asDiagonal();
  Agreement result;
  result.chi_squared =
      scaled.dot(inverse(correlation, "the covariances of two estimates are singular together") * scaled);
  result.p_value = boost::math::cdf(boost::math::complement(boost::math::chi_squared(static_cast<double>(n)),
                                                            std::max(0.0, result.chi_squared)));
  return result;
}

}  // namespace bondscope::tdse
