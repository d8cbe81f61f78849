#include "libml/report/power_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>

#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

constexpr int distinct_sizes_needed = 3;

/// The problem in units in which N and y are about 1, so that the normal equations are well conditioned.
struct Scaled {
  std::vector<double> log_n, y, weight;  ///< log_n of N/typical N; weight 1/sd^2
  double typical_n = 1, typical_y = 1;
};

/// Best a, c at one b.
struct Projected {
  double a = 0, c = 0;
  double chi_squared = std::numeric_limits<double>::infinity();
  bool c_at_zero = false;
};

Projected project(const Scaled& data, double b) {
  double w = 0, wx = 0, wxx = 0, wy = 0, wxy = 0;
  for (std::size_t i = 0; i < data.y.size(); ++i) {
    const double x = std::exp(b * data.log_n[i]), weight = data.weight[i];
    w += weight;
    wx += weight * x;
    wxx += weight * x * x;
    wy += weight * data.y[i];
    wxy += weight * x * data.y[i];
  }
  Projected best;
  const double mean_x = wx / w, mean_y = wy / w;
  best.a = (wxy - wx * mean_y) / (wxx - wx * mean_x);
  best.c = mean_y - best.a * mean_x;
  best.c_at_zero = best.c < 0;
  if (best.c_at_zero) {
    best.a = wxy / wxx;
    best.c = 0;
  }
  if (!(best.a > 0)) return {};
  best.chi_squared = 0;
  for (std::size_t i = 0; i < data.y.size(); ++i) {
    const double r = data.y[i] - best.a * std::exp(b * data.log_n[i]) - best.c;
    best.chi_squared += data.weight[i] * r * r;
  }
  return best;
}

std::size_t distinct_sizes(std::span<const ErrorPoint> points) {
  std::set<double> sizes;
  for (const auto& point : points)
    sizes.insert(point.samples);
  return sizes.size();
}

void check(std::span<const ErrorPoint> points) {
  std::size_t with_sd = 0;
  for (const auto& [samples, error, sd] : points) {
    if (!(samples > 0) || !std::isfinite(samples) || !(error > 0) || !std::isfinite(error) || !(sd >= 0) ||
        !std::isfinite(sd))
      throw DataError("power law: N = " + format_number(samples) + " with error " + format_number(error) +
                      " and s.d. " + format_number(sd) + "; expected N and error positive, all finite");
    with_sd += sd > 0;
  }
  if (with_sd != 0 && with_sd != points.size())
    throw DataError("power law: " + std::to_string(with_sd) + " of " + std::to_string(points.size()) +
                    " points have a standard deviation; expected all or none");
  const auto sizes = distinct_sizes(points);
  if (sizes < distinct_sizes_needed)
    throw DataError("power law: a N^b + c cannot be fitted to " + std::to_string(sizes) +
                    " different N; needs at least " + std::to_string(distinct_sizes_needed));
}

Scaled scaled(std::span<const ErrorPoint> points) {
  Scaled data;
  double log_n = 0, y = 0;
  for (const auto& point : points) {
    log_n += std::log(point.samples);
    y += point.error;
  }
  const double n = static_cast<double>(points.size());
  data.typical_n = std::exp(log_n / n);
  data.typical_y = y / n;
  for (const auto& point : points) {
    data.log_n.push_back(std::log(point.samples / data.typical_n));
    data.y.push_back(point.error / data.typical_y);
    const double sd = point.sd > 0 ? point.sd / data.typical_y : 1;
    data.weight.push_back(1 / (sd * sd));
  }
  return data;
}

/// b of the lowest chi^2: the scan finds the valley, golden sections its bottom.
double best_exponent(const Scaled& data) {
  const auto [lowest, highest] = power_law_exponents;
  constexpr int steps = 60;
  const auto exponent = [&](int step) {
    return lowest * std::pow(highest / lowest, static_cast<double>(step) / steps);
  };
  int best = 0;
  double lowest_chi = std::numeric_limits<double>::infinity();
  for (int step = 0; step <= steps; ++step)
    if (const double chi = project(data, exponent(step)).chi_squared; chi < lowest_chi) {
      lowest_chi = chi;
      best = step;
    }
  double left = exponent(std::max(best - 1, 0)), right = exponent(std::min(best + 1, steps));
  const double golden = (std::sqrt(5.0) - 1) / 2;
  double x1 = right - golden * (right - left), x2 = left + golden * (right - left);
  double f1 = project(data, x1).chi_squared, f2 = project(data, x2).chi_squared;
  for (int iteration = 0; iteration < 45; ++iteration) {
    if (f1 <= f2) {
      right = x2;
      x2 = x1;
      f2 = f1;
      x1 = right - golden * (right - left);
      f1 = project(data, x1).chi_squared;
    } else {
      left = x1;
      x1 = x2;
      f1 = f2;
      x2 = left + golden * (right - left);
      f2 = project(data, x2).chi_squared;
    }
  }
  return (left + right) / 2;
}

using Matrix = std::array<std::array<double, 3>, 3>;

/// Inverse of the upper left n x n block by Gauss-Jordan with pivots; none if it is singular.
std::optional<Matrix> inverse(Matrix m, std::size_t n) {
  Matrix result{};
  for (std::size_t i = 0; i < n; ++i)
    result[i][i] = 1;
  for (std::size_t column = 0; column < n; ++column) {
    std::size_t pivot = column;
    for (std::size_t row = column + 1; row < n; ++row)
      if (std::abs(m[row][column]) > std::abs(m[pivot][column])) pivot = row;
    if (!(std::abs(m[pivot][column]) > 0)) return {};
    std::swap(m[pivot], m[column]);
    std::swap(result[pivot], result[column]);
    const double divisor = m[column][column];
    for (std::size_t k = 0; k < n; ++k) {
      m[column][k] /= divisor;
      result[column][k] /= divisor;
    }
    for (std::size_t row = 0; row < n; ++row) {
      if (row == column) continue;
      const double factor = m[row][column];
      for (std::size_t k = 0; k < n; ++k) {
        m[row][k] -= factor * m[column][k];
        result[row][k] -= factor * result[column][k];
      }
    }
  }
  return result;
}

/// Of (a, b, c) in the scaled units, with the absolute weights; zero for held parameters.
std::optional<Matrix> scaled_covariance(const Scaled& data, double b, const Projected& at, bool b_held) {
  std::vector<std::size_t> free{0};
  if (!b_held) free.push_back(1);
  if (!at.c_at_zero) free.push_back(2);
  Matrix normal{};
  for (std::size_t i = 0; i < data.y.size(); ++i) {
    const double power = std::exp(b * data.log_n[i]);
    const std::array<double, 3> slope{power, at.a * power * data.log_n[i], 1};
    for (std::size_t j = 0; j < free.size(); ++j)
      for (std::size_t k = 0; k < free.size(); ++k)
        normal[j][k] += data.weight[i] * slope[free[j]] * slope[free[k]];
  }
  const auto inverted = inverse(normal, free.size());
  if (!inverted) return {};
  Matrix covariance{};
  for (std::size_t j = 0; j < free.size(); ++j)
    for (std::size_t k = 0; k < free.size(); ++k)
      covariance[free[j]][free[k]] = (*inverted)[j][k];
  return covariance;
}

/// From the scaled units to those of the points: a = a' Y T^-b, c = c' Y, with T and Y the typical N and
/// error.
Matrix in_units(const Matrix& covariance, const Scaled& data, double a, double b) {
  const double power = data.typical_y * std::pow(data.typical_n, -b);
  const Matrix slope{{{power, -a * power * std::log(data.typical_n), 0}, {0, 1, 0}, {0, 0, data.typical_y}}};
  Matrix result{};
  for (std::size_t i = 0; i < 3; ++i)
    for (std::size_t j = 0; j < 3; ++j)
      for (std::size_t k = 0; k < 3; ++k)
        for (std::size_t l = 0; l < 3; ++l)
          result[i][j] += slope[i][k] * covariance[k][l] * slope[j][l];
  return result;
}

struct Found {
  PowerLaw law;
  Projected at;  ///< in the scaled units
};

/// None if the error does not fall with N.
std::optional<Found> find_law(const Scaled& data) {
  const double b = best_exponent(data);
  const auto at = project(data, b);
  if (!std::isfinite(at.chi_squared)) return {};
  return Found{{at.a * data.typical_y * std::pow(data.typical_n, -b), b, at.c * data.typical_y}, at};
}

void check(std::span<const ErrorsAtSize> sizes) {
  std::set<double> seen;
  for (const auto& size : sizes) {
    const auto n = format_number(size.samples);
    if (size.errors.empty()) throw DataError("power law: N = " + n + " has no errors; expected one per seed");
    if (!seen.insert(size.samples).second)
      throw DataError("power law: N = " + n + " is given twice; expected all its seeds together");
    for (const double error : size.errors)
      if (!(error > 0) || !std::isfinite(error))
        throw DataError("power law: an error at N = " + n + " is " + format_number(error) +
                        "; expected positive and finite");
  }
}

/// S.d. over seeds relative to the mean, pooled; 0 if no N has two seeds or they all agree.
double pooled_scatter(std::span<const ErrorsAtSize> sizes) {
  double squares = 0, freedom = 0;
  for (const auto& size : sizes) {
    const double centre = mean(size.errors);
    for (const double error : size.errors)
      squares += (error / centre - 1) * (error / centre - 1);
    freedom += static_cast<double>(size.errors.size() - 1);
  }
  const double scatter = freedom > 0 ? std::sqrt(squares / freedom) : 0;
  constexpr double rounding = 1e-12;
  return scatter > rounding ? scatter : 0;
}

/// Mean over n values drawn from n with replacement, its distance from the mean widened.
double resampled_mean(const std::vector<double>& values, Random& random) {
  const double centre = mean(values), n = static_cast<double>(values.size());
  if (values.size() == 1) return centre;
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i)
    sum += values[random.below(values.size())];
  return centre + std::sqrt(n / (n - 1)) * (sum / n - centre);
}

void bootstrap(LearningLaw& law, std::span<const ErrorsAtSize> sizes, const std::vector<ErrorPoint>& points,
               std::uint64_t seed) {
  Random random(seed, "power law");
  auto drawn = points;
  for (std::size_t r = 0; r < law.resamples; ++r) {
    for (std::size_t i = 0; i < sizes.size(); ++i)
      // Widening can leave the positive numbers only where the seeds differ by more than their mean.
      drawn[i].error = std::max(resampled_mean(sizes[i].errors, random), points[i].error * 1e-3);
    if (const auto found = find_law(scaled(drawn))) law.resampled.push_back(found->law);
  }
  if (law.resampled.empty()) return;
  const auto interval = [&](double PowerLaw::*parameter) {
    std::vector<double> values;
    for (const auto& resampled : law.resampled)
      values.push_back(resampled.*parameter);
    return interval_95(values);
  };
  law.a_95 = interval(&PowerLaw::a);
  law.b_95 = interval(&PowerLaw::b);
  law.c_95 = interval(&PowerLaw::c);
}

}  // namespace

double PowerLaw::operator()(double samples) const {
  return a * std::pow(samples, b) + c;
}

std::optional<double> PowerLaw::samples_for(double target) const {
  if (!(target > c)) return {};
  const double samples = std::pow((target - c) / a, 1 / b);
  if (!std::isfinite(samples)) return {};
  return samples;
}

std::optional<std::array<double, 3>> PowerLawFit::uncertainty() const {
  if (!covariance) return {};
  std::array<double, 3> sd{};
  for (std::size_t i = 0; i < 3; ++i)
    sd[i] = std::sqrt((*covariance)[i][i]);
  return sd;
}

PowerLawFit fit_power_law(std::span<const ErrorPoint> points) {
  check(points);
  const auto data = scaled(points);
  const auto found = find_law(data);
  if (!found)
    throw DataError(
        "power law: the error does not fall with N, so that no a > 0 and b < 0 fit; expected "
        "trainings on more samples to be better");
  const bool known_sd = points.front().sd > 0;
  const auto [lowest, highest] = power_law_exponents;
  const double b = found->law.b;
  PowerLawFit fit{.law = found->law, .c_at_zero = found->at.c_at_zero};
  constexpr double close = 1e-6;
  fit.b_at_bound = b - lowest < close * std::abs(lowest) || highest - b < close * std::abs(highest);
  fit.chi_squared = found->at.chi_squared * (known_sd ? 1 : data.typical_y * data.typical_y);
  fit.freedom = static_cast<int>(points.size()) - 3 + int{fit.c_at_zero} + int{fit.b_at_bound};
  if (fit.freedom <= 0) return fit;
  if (auto covariance = scaled_covariance(data, b, found->at, fit.b_at_bound)) {
    if (!known_sd)
      for (auto& row : *covariance)
        for (auto& entry : row)
          entry *= found->at.chi_squared / fit.freedom;
    fit.covariance = in_units(*covariance, data, found->at.a, b);
  }
  return fit;
}

LearningLaw fit_learning_law(std::span<const ErrorsAtSize> sizes, std::uint64_t seed, int resamples) {
  check(sizes);
  LearningLaw law;
  law.relative_scatter = pooled_scatter(sizes);
  std::vector<ErrorPoint> points;
  for (const auto& size : sizes) {
    const double centre = mean(size.errors);
    points.push_back({size.samples, centre,
                      law.relative_scatter * centre / std::sqrt(static_cast<double>(size.errors.size()))});
    law.single_seed_sizes += size.errors.size() == 1;
  }
  law.fit = fit_power_law(points);
  const auto by_size = [](const ErrorPoint& p, const ErrorPoint& q) { return p.samples < q.samples; };
  law.smallest = std::min_element(points.begin(), points.end(), by_size)->samples;
  law.largest = std::max_element(points.begin(), points.end(), by_size)->samples;
  if (law.single_seed_sizes < sizes.size()) {
    law.resamples = static_cast<std::size_t>(std::max(resamples, 0));
    bootstrap(law, sizes, points, seed);
  }
  return law;
}

SamplesNeeded samples_needed(const LearningLaw& law, double target) {
  if (!(target > 0) || !std::isfinite(target))
    throw ConfigError("samples for an error of " + format_number(target) + ": expected a positive number");
  SamplesNeeded needed{.samples = law.fit.law.samples_for(target)};
  if (needed.samples)
    needed.extrapolation = std::max({1.0, *needed.samples / law.largest, law.smallest / *needed.samples});
  if (law.resampled.empty()) return needed;
  // A resample in which the error does not fall with N never gets there either.
  std::vector<double> all(law.resamples, std::numeric_limits<double>::infinity());
  std::size_t reached = 0;
  for (const auto& resampled : law.resampled)
    if (const auto samples = resampled.samples_for(target)) all[reached++] = *samples;
  needed.never_fraction = 1 - static_cast<double>(reached) / static_cast<double>(law.resamples);
  needed.interval_95 = interval_95(all);
  return needed;
}

}  // namespace bondscope::ml
