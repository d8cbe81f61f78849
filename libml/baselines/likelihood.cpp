#include "libml/baselines/likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <Eigen/Cholesky>

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Added to each cell's share: no single electron rules a distribution out.
constexpr double least_share = 1e-9;
/// Of the known runs and as long as no effects are searched, so that a background hides nothing.
constexpr double background_of_known = 0.01;
/// From where the likelihood is climbed, and how far apart they are at least in units of the emulator's
/// lengths.
constexpr std::size_t most_starts = 4, most_considered = 200;
constexpr double apart = 0.25;
/// With effects, which cost the most, it begins after some steps without.
constexpr int first_steps = 8, most_steps = 40;

double log_likelihood(std::span<const double> shares, const std::vector<double>& probabilities) {
  double sum = 0;
  for (std::size_t i = 0; i < shares.size(); ++i)
    sum += shares[i] * std::log(probabilities[i]);
  return sum;
}

}  // namespace

/// A place on the way.
struct Likelihood::Point {
  /// Parameters and, once they are searched, effects; until then there is a little background.
  std::vector<double> searched;
  Emulator::Roots roots{};  ///< at the parameters
  std::vector<double> probabilities{};
  double log_likelihood = 0;
  MatrixXd slopes{};  ///< [cell][searched]
};

Likelihood::Likelihood(Emulator emulator, Instrument instrument, std::vector<Effect> effects)
    : emulator_(std::move(emulator)), instrument_(std::move(instrument)), effects_(std::move(effects)) {
  for (std::size_t p = 0; p < emulator_.parameters(); ++p) {
    const auto range = emulator_.range(p);
    least_.push_back(range.min);
    largest_.push_back(range.max);
  }
  for (const auto& effect : effects_) {
    least_.push_back(0);
    largest_.push_back(effect.largest);
  }
  log_known_ = emulator_.known_roots().array().square();
  const auto cells = static_cast<float>(log_known_.rows());
  for (Index run = 0; run < log_known_.cols(); ++run) {
    auto shares = log_known_.col(run).array();
    shares *= static_cast<float>(1 - background_of_known) / shares.sum();
    shares = (shares + static_cast<float>(background_of_known) / cells).log();
  }
}

std::vector<double> Likelihood::probabilities(const VectorXd& roots, std::span<const double> effects) const {
  std::vector<double> shares(static_cast<std::size_t>(roots.size()));
  const double whole = roots.squaredNorm();
  for (Index i = 0; i < roots.size(); ++i)
    shares[static_cast<std::size_t>(i)] = roots(i) * roots(i) / whole;
  if (effects.size() < effects_.size()) {
    for (auto& share : shares)
      share = (1 - background_of_known) * share + background_of_known / static_cast<double>(shares.size());
    return shares;
  }
  auto seen = instrument_(shares, effects_, effects);
  const double sum = std::accumulate(seen.begin(), seen.end(), 0.0);
  for (auto& share : seen)
    share = share / sum + least_share;
  return seen;
}

void Likelihood::differentiate(Point& point) const {
  const auto d = emulator_.parameters();
  const std::span<const double> searched = point.searched;
  const auto& roots = point.roots;
  const std::vector<double> effects(searched.begin() + static_cast<std::ptrdiff_t>(d), searched.end());
  point.slopes.resize(roots.values.size(), static_cast<Index>(searched.size()));
  const auto difference = [&](std::size_t column, const std::vector<double>& above,
                              const std::vector<double>& below, double by) {
    for (std::size_t i = 0; i < above.size(); ++i)
      point.slopes(static_cast<Index>(i), static_cast<Index>(column)) = (above[i] - below[i]) / by;
  };
  for (std::size_t p = 0; p < d; ++p) {
    // Along the roots' own slopes, which are exact.
    const double step = 1e-4 * (largest_[p] - least_[p]);
    const VectorXd change = step * roots.slopes.col(static_cast<Index>(p));
    difference(p, probabilities(roots.values + change, effects),
               probabilities(roots.values - change, effects), 2 * step);
  }
  for (std::size_t e = 0; e < effects.size(); ++e) {
    auto above = effects, below = effects;
    above[e] = std::min(effects[e] + effects_[e].step, effects_[e].largest);
    below[e] = std::max(effects[e] - effects_[e].step, 0.0);
    difference(d + e, probabilities(roots.values, above), probabilities(roots.values, below),
               above[e] - below[e]);
  }
}

Likelihood::Point Likelihood::climb(Point point, std::span<const double> shares, int steps) const {
  const auto d = emulator_.parameters();
  const auto evaluate = [&](Point& at) {
    const std::span<const double> searched = at.searched;
    at.roots = emulator_.at(searched.first(d));
    at.probabilities = probabilities(at.roots.values, searched.subspan(d));
    at.log_likelihood = log_likelihood(shares, at.probabilities);
  };
  evaluate(point);
  double damping = 1e-3;
  constexpr double negligible = 1e-11, strongest_damping = 1e6;
  for (int step = 0; step < steps; ++step) {
    differentiate(point);
    const Index cells = point.slopes.rows(), n = point.slopes.cols();
    VectorXd weights(cells), ratios(cells);
    for (Index i = 0; i < cells; ++i) {
      weights(i) = 1 / point.probabilities[static_cast<std::size_t>(i)];
      ratios(i) = shares[static_cast<std::size_t>(i)] * weights(i);
    }
    VectorXd gradient = point.slopes.transpose() * ratios;
    MatrixXd information = point.slopes.transpose() * weights.asDiagonal() * point.slopes;
    // What is at a bound and would go beyond stays where it is.
    for (Index k = 0; k < n; ++k) {
      const auto at = static_cast<std::size_t>(k);
      const bool held = (point.searched[at] <= least_[at] && gradient(k) < 0) ||
                        (point.searched[at] >= largest_[at] && gradient(k) > 0);
      if (!held && information(k, k) > 0) continue;
      gradient(k) = 0;
      information.row(k).setZero();
      information.col(k).setZero();
      information(k, k) = 1;
    }
    bool gained = false;
    double gain = 0;
    while (!gained && damping < strongest_damping) {
      MatrixXd damped = information;
      damped.diagonal() *= 1 + damping;
      const VectorXd change = damped.ldlt().solve(gradient);
      Point next{point.searched};
      for (Index k = 0; k < n; ++k) {
        const auto at = static_cast<std::size_t>(k);
        next.searched[at] = std::clamp(point.searched[at] + change(k), least_[at], largest_[at]);
      }
      evaluate(next);
      gain = next.log_likelihood - point.log_likelihood;
      gained = gain > 0;
      if (gained)
        point = std::move(next);
      else if (std::abs(gain) < negligible)
        return point;
      damping = gained ? damping / 10 : damping * 10;
    }
    if (!gained || gain < negligible) break;
  }
  return point;
}

Likelihood::Estimate Likelihood::operator()(std::span<const double> shares) const {
  const Eigen::VectorXf given =
      Eigen::Map<const VectorXd>(shares.data(), static_cast<Index>(shares.size())).cast<float>();
  const Eigen::VectorXf likely = log_known_.transpose() * given;
  std::vector<std::size_t> order(emulator_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto considered = std::min(order.size(), most_considered);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(considered), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      const float at_a = likely(static_cast<Index>(a)), at_b = likely(static_cast<Index>(b));
                      return at_a != at_b ? at_a > at_b : a < b;
                    });
  const auto d = emulator_.parameters();
  std::vector<Point> starts;
  for (std::size_t i = 0; i < considered && starts.size() < most_starts; ++i) {
    std::vector<double> searched;
    for (std::size_t p = 0; p < d; ++p)
      searched.push_back(emulator_.truth(order[i], p));
    const bool near = std::ranges::any_of(starts, [&](const Point& other) {
      return emulator_.distance(searched, std::span(other.searched).first(d)) < apart;
    });
    if (near) continue;
    starts.push_back({std::move(searched)});
  }
  if (!effects_.empty()) {
    for (auto& start : starts)
      start = climb(std::move(start), shares, first_steps);
    for (auto& start : starts)
      for (const auto& effect : effects_)
        start.searched.push_back(effect.begin);
  }
  Point best = climb(starts.front(), shares, most_steps);
  for (std::size_t i = 1; i < starts.size(); ++i)
    if (auto other = climb(starts[i], shares, most_steps); other.log_likelihood > best.log_likelihood)
      best = std::move(other);
  const auto end = best.searched.begin() + static_cast<std::ptrdiff_t>(d);
  return {{best.searched.begin(), end}, {end, best.searched.end()}, best.log_likelihood};
}

}  // namespace bondscope::ml
