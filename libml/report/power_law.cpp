#include "libml/report/power_law.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <Eigen/Dense>
#include <boost/math/tools/minima.hpp>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

constexpr int distinct_sizes_needed = 3;

/// The problem in units in which N and y are about 1, so that the normal equations are well conditioned.
struct Scaled {
  Eigen::ArrayXd log_n, y, weight;  ///< log_n of N/typical N; weight 1/sd^2
  double typical_n = 1, typical_y = 1;
};

/// Best a, c at one b.
struct Projected {
  double a = 0, c = 0;
  double chi_squared = std::numeric_limits<double>::infinity();
  bool c_at_zero = false;
};

Projected project(const Scaled& data, double b) {
  const auto& [log_n, y, weight, typical_n, typical_y] = data;
  const Eigen::ArrayXd x = (b * log_n).exp(), weighted = weight * x;
  const double mean_x = weighted.sum() / weight.sum(), mean_y = (weight * y).sum() / weight.sum();
  Projected best;
  best.a = (weighted * (y - mean_y)).sum() / (weighted * (x - mean_x)).sum();
  best.c = mean_y - best.a * mean_x;
  best.c_at_zero = best.c < 0;
  if (best.c_at_zero) {
    best.a = (weighted * y).sum() / (weighted * x).sum();
    best.c = 0;
  }
  if (!(best.a > 0)) return {};
  best.chi_squared = (weight * (y - best.a * x - best.c).square()).sum();
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
      throw DataError(fmt::format(
          "power law: N = {} with error {} and s.d. {}; expected N and error positive, all finite",
          format_number(samples), format_number(error), format_number(sd)));
    with_sd += sd > 0;
  }
  if (with_sd != 0 && with_sd != points.size())
    throw DataError(fmt::format("power law: {} of {} points have a standard deviation; expected all or none",
                                with_sd, points.size()));
  const auto sizes = distinct_sizes(points);
  if (sizes < distinct_sizes_needed)
    throw DataError(fmt::format("power law: a N^b + c cannot be fitted to {} different N; needs at least {}",
                                sizes, distinct_sizes_needed));
}

Scaled scaled(std::span<const ErrorPoint> points) {
  const auto column = [&](double ErrorPoint::*member) {
    Eigen::ArrayXd values(static_cast<Eigen::Index>(points.size()));
    std::ranges::transform(points, values.begin(), member);
    return values;
  };
  Scaled data{.log_n = column(&ErrorPoint::samples).log(), .y = column(&ErrorPoint::error), .weight = {}};
  const double log_typical_n = data.log_n.mean();
  data.typical_n = std::exp(log_typical_n);
  data.typical_y = data.y.mean();
  data.log_n -= log_typical_n;
  data.y /= data.typical_y;
  const Eigen::ArrayXd sd = column(&ErrorPoint::sd) / data.typical_y;
  data.weight = (sd > 0).select(sd, 1).square().inverse();
  return data;
}

/// b of the lowest chi^2: the scan finds the valley, Brent's method its bottom.
double best_exponent(const Scaled& data) {
  const auto [lowest, highest] = power_law_exponents;
  constexpr int steps = 60;
  const auto exponent = [&](int step) {
    return lowest * std::pow(highest / lowest, static_cast<double>(step) / steps);
  };
  // Where no a > 0 fits chi^2 is infinite, which interpolation cannot go on with.
  const auto chi_squared = [&](double b) { return std::min(project(data, b).chi_squared, 1e100); };
  std::vector<double> scan;
  for (int step = 0; step <= steps; ++step)
    scan.push_back(chi_squared(exponent(step)));
  const auto best = static_cast<int>(std::ranges::min_element(scan) - scan.begin());
  constexpr int bits = std::numeric_limits<double>::digits / 2;
  return boost::math::tools::brent_find_minima(chi_squared, exponent(std::max(best - 1, 0)),
                                               exponent(std::min(best + 1, steps)), bits)
      .first;
}

/// Of (a, b, c) in the scaled units, with the absolute weights; zero for held parameters.
std::optional<Eigen::Matrix3d> scaled_covariance(const Scaled& data, double b, const Projected& at,
                                                 bool b_held) {
  const Eigen::ArrayXd power = (b * data.log_n).exp();
  Eigen::MatrixX3d slopes(power.size(), 3);
  slopes << power, at.a * power * data.log_n, Eigen::ArrayXd::Ones(power.size());
  const Eigen::Array3d free{1, b_held ? 0.0 : 1.0, at.c_at_zero ? 0.0 : 1.0};
  slopes *= free.matrix().asDiagonal();
  Eigen::Matrix3d normal = slopes.transpose() * data.weight.matrix().asDiagonal() * slopes;
  normal.diagonal().array() += 1 - free;
  const Eigen::FullPivLU<Eigen::Matrix3d> lu(normal);
  if (!lu.isInvertible()) return {};
  Eigen::Matrix3d covariance = lu.inverse();
  covariance.diagonal().array() -= 1 - free;
  return covariance;
}

/// From the scaled units to those of the points: a = a' Y T^-b, c = c' Y, with T and Y the typical N and
/// error.
Eigen::Matrix3d in_units(const Eigen::Matrix3d& covariance, const Scaled& data, double a, double b) {
  const double power = data.typical_y * std::pow(data.typical_n, -b);
  Eigen::Matrix3d slope;
  slope << power, -a * power * std::log(data.typical_n), 0, 0, 1, 0, 0, 0, data.typical_y;
  return slope * covariance * slope.transpose();
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
    if (size.errors.empty())
      throw DataError(fmt::format("power law: N = {} has no errors; expected one per seed", n));
    if (!seen.insert(size.samples).second)
      throw DataError(fmt::format("power law: N = {} is given twice; expected all its seeds together", n));
    for (const double error : size.errors)
      if (!(error > 0) || !std::isfinite(error))
        throw DataError(fmt::format("power law: an error at N = {} is {}; expected positive and finite", n,
                                    format_number(error)));
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

/// So many of so many, with replacement.
std::vector<std::size_t> draw(std::size_t count, Random& random) {
  std::vector<std::size_t> drawn(count);
  for (auto& one : drawn)
    one = random.below(count);
  return drawn;
}

/// Mean over the values drawn, its distance from the mean of all widened.
double resampled_mean(const std::vector<double>& values, const std::vector<std::size_t>& drawn) {
  const double centre = mean(values), n = static_cast<double>(values.size());
  if (values.size() == 1) return centre;
  double sum = 0;
  for (const auto i : drawn)
    sum += values[i];
  return centre + std::sqrt(n / (n - 1)) * (sum / n - centre);
}

void bootstrap(LearningLaw& law, std::span<const ErrorsAtSize> sizes, const std::vector<ErrorPoint>& points,
               std::uint64_t seed, bool shared) {
  Random random(seed, "power law");
  auto drawn = points;
  const auto seeds = sizes.front().errors.size();
  const bool same_seeds = shared && std::ranges::all_of(sizes, [&](const ErrorsAtSize& size) {
                            return size.errors.size() == seeds;
                          });
  for (std::size_t r = 0; r < law.resamples; ++r) {
    const auto of_all = same_seeds ? draw(seeds, random) : std::vector<std::size_t>();
    for (std::size_t i = 0; i < sizes.size(); ++i) {
      const auto& errors = sizes[i].errors;
      // Widening can leave the positive numbers only where the seeds differ by more than their mean.
      drawn[i].error = std::max(resampled_mean(errors, same_seeds ? of_all : draw(errors.size(), random)),
                                points[i].error * 1e-3);
    }
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
  if (const auto covariance = scaled_covariance(data, b, found->at, fit.b_at_bound)) {
    const Eigen::Matrix3d in_points_units = in_units(*covariance, data, found->at.a, b);
    const double factor = known_sd ? 1 : found->at.chi_squared / fit.freedom;
    fit.covariance.emplace();
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 3; ++j)
        fit.covariance->at(i).at(j) = factor * in_points_units(i, j);
  }
  return fit;
}

LearningLaw fit_learning_law(std::span<const ErrorsAtSize> sizes, std::uint64_t seed, int resamples,
                             bool shared) {
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
    bootstrap(law, sizes, points, seed, shared);
  }
  return law;
}

SamplesNeeded samples_needed(const LearningLaw& law, double target) {
  if (!(target > 0) || !std::isfinite(target))
    throw ConfigError(
        fmt::format("samples for an error of {}: expected a positive number", format_number(target)));
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
