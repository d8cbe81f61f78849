#include "libml/baselines/likelihood.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"
#include "libpmd/detector/intensity_jitter.hpp"

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
/// lengths. Ways that have come nearer than `same_place` end at the same place.
constexpr std::size_t most_starts = 4, most_considered = 200;
constexpr double apart = 0.25, same_place = 0.05;
/// Of the variances at which shots are begun with: with less they are as good as equal, and how the mean
/// changes is taken there.
constexpr double least_part = 1e-3;
/// With effects, which cost the most, it begins after some steps without.
constexpr int first_steps = 8, most_steps = 40;
/// What a climb may still gain, in units of its last step's gain: Fisher's scoring gains less with each.
constexpr double most_further_gain = 10;
/// Of the log-likelihood per electron: of what is left unexplained, and at least.
constexpr double negligible_part = 1e-7, negligible = 1e-11;

/// Of squares of roots, which add up to more or less than 1.
Shares normalised(const Emulator::Roots& roots) {
  const double whole = roots.values.squaredNorm();
  Shares shares{roots.values.array().square() / whole, MatrixXd(roots.values.size(), roots.slopes.cols())};
  for (Index p = 0; p < roots.slopes.cols(); ++p) {
    shares.slopes.col(p) = 2 / whole * roots.values.array() * roots.slopes.col(p).array();
    const double growth = shares.slopes.col(p).sum();
    shares.slopes.col(p) -= growth * shares.values;
  }
  return shares;
}

/// The same, of anything.
void normalise_shares(Shares& shares) {
  const double all = shares.values.sum();
  const Eigen::RowVectorXd growths = shares.slopes.colwise().sum() / all;
  shares.values /= all;
  shares.slopes /= all;
  shares.slopes.noalias() -= shares.values * growths;
}

/// Σ s ln s, what Σ s ln p cannot exceed.
double largest_log_likelihood(const Eigen::Ref<const VectorXd>& shares) {
  double sum = 0;
  for (const double s : shares)
    if (s > 0) sum += s * std::log(s);
  return sum;
}

/// Pearson's χ² of N s about N p over the number of groups; 0 of what something was subtracted from, whose
/// noise is not that of its counts.
double misfit(const Eigen::Ref<const VectorXd>& shares, const VectorXd& expected, double electrons) {
  if (shares.minCoeff() < 0) return 0;
  double chi_squared = 0, s = 0, p = 0, last_s = 0, last_p = 0;
  std::size_t groups = 0;
  const auto close = [&] {
    chi_squared += electrons * (s - p) * (s - p) / p;
    ++groups;
    last_s = std::exchange(s, 0);
    last_p = std::exchange(p, 0);
  };
  for (Index i = 0; i < shares.size(); ++i) {
    s += shares(i);
    p += expected(i);
    if (electrons * p >= Likelihood::expected_electrons) close();
  }
  if (groups == 0) return 0;
  // What is left goes with the last group.
  chi_squared -= electrons * (last_s - last_p) * (last_s - last_p) / last_p;
  s += last_s;
  p += last_p;
  chi_squared += electrons * (s - p) * (s - p) / p;
  return chi_squared / static_cast<double>(groups);
}

/// The change of largest gain gᵀc - cᵀHc/2 that keeps `searched` within its bounds.
VectorXd bounded_change(const MatrixXd& information, const VectorXd& gradient, const VectorXd& lowest,
                        const VectorXd& highest) {
  const Index n = gradient.size();
  VectorXd change = VectorXd::Zero(n);
  std::vector<bool> held(static_cast<std::size_t>(n), false);
  // At most all of them come to a bound, one round after the other.
  for (Index round = 0; round <= n; ++round) {
    MatrixXd matrix = information;
    VectorXd wanted = gradient;
    for (Index k = 0; k < n; ++k) {
      if (!held[static_cast<std::size_t>(k)] && information(k, k) > 0) continue;
      wanted -= information.col(k) * change(k);
      matrix.row(k).setZero();
      matrix.col(k).setZero();
      matrix(k, k) = 1;
    }
    for (Index k = 0; k < n; ++k)
      if (held[static_cast<std::size_t>(k)] || !(information(k, k) > 0)) wanted(k) = change(k);
    change = matrix.ldlt().solve(wanted);
    bool beyond = false;
    for (Index k = 0; k < n; ++k) {
      const double within = std::clamp(change(k), lowest(k), highest(k));
      if (within == change(k)) continue;
      change(k) = within;
      held[static_cast<std::size_t>(k)] = beyond = true;
    }
    if (!beyond) break;
  }
  return change;
}

}  // namespace

/// A place on the way.
struct Likelihood::Point {
  /// Parameters and, once they are searched, effects; until then there is a little background.
  std::vector<double> searched;
  Shares seen;  ///< probabilities, and how they change with what is searched
  double log_likelihood = 0;
};

Likelihood::Likelihood(Emulator emulator, Instrument instrument, std::vector<Effect> effects,
                       std::span<const std::string> names)
    : emulator_(std::move(emulator)), instrument_(std::move(instrument)), effects_(std::move(effects)) {
  const auto detectors =
      std::ranges::stable_partition(effects_, [](const Effect& effect) { return effect.shots != nullptr; });
  for (const auto& effect : std::span(effects_.begin(), detectors.begin())) {
    const auto at = std::ranges::find(names, std::string(effect.shots));
    if (at == names.end())
      throw ConfigError(fmt::format("effects: {}: shots differ in {}; expected it among the targets",
                                    effect.name, effect.shots));
    of_shots_.push_back(static_cast<std::size_t>(at - names.begin()));
  }
  if (!of_shots_.empty() && !emulator_.has_yields())
    throw ConfigError(
        fmt::format("effects: {}: some shots bring more electrons; expected runs whose yields are known and "
                    "positive",
                    effects_.front().name));
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

Likelihood::Point Likelihood::point(std::vector<double> searched, const Given& shares) const {
  const auto d = emulator_.parameters();
  const auto parameters = std::span<const double>(searched).first(d);
  const auto amounts = std::span<const double>(searched).subspan(d);
  Shares seen;
  if (amounts.size() < effects_.size()) {
    seen = normalised(emulator_.at(parameters));
    seen.slopes *= 1 - background_of_known;
    seen.values = (1 - background_of_known) * seen.values.array() +
                  background_of_known / static_cast<double>(seen.values.size());
  } else if (effects_.empty()) {
    seen = normalised(emulator_.at(parameters));
  } else {
    const auto of_shots = of_shots_.size();
    seen =
        of_shots > 0 ? over_shots(parameters, amounts.first(of_shots)) : normalised(emulator_.at(parameters));
    seen = instrument_(std::move(seen), std::span(effects_).subspan(of_shots), amounts.subspan(of_shots));
    normalise_shares(seen);
  }
  seen.values.array() += least_share;
  const double log_likelihood = shares.dot(seen.values.array().log().matrix());
  return {std::move(searched), std::move(seen), log_likelihood};
}

Shares Likelihood::over_shots(std::span<const double> parameters, std::span<const double> variances) const {
  const auto d = static_cast<Index>(parameters.size()), kinds = std::ssize(variances);
  constexpr std::array nodes_of_each{7, 5, 3};
  const auto nodes = normal_nodes(nodes_of_each[std::min(variances.size(), nodes_of_each.size()) - 1]);
  std::optional<double> reference;
  Shares mean;
  // All combinations of one node for each parameter, counted like the digits of a number.
  std::vector<std::size_t> digits(variances.size(), 0);
  for (bool more = true; more;) {
    std::vector<double> shot(parameters.begin(), parameters.end());
    double weight = 1;
    // How the shot's parameter changes with the mean one and with the variance; 0 beyond the runs' range.
    std::vector<double> with_mean(parameters.size(), 1), with_variance(variances.size(), 0);
    for (std::size_t k = 0; k < variances.size(); ++k) {
      const auto p = of_shots_[k];
      const double deviation = std::sqrt(std::max(variances[k], least_part * effects_[k].begin)),
                   x = nodes[digits[k]].place;
      const double unit = effects_[k].relative ? parameters[p] : 1,
                   wanted = parameters[p] + unit * deviation * x;
      weight *= nodes[digits[k]].weight;
      shot[p] = std::clamp(wanted, least_[p], largest_[p]);
      const bool inside = shot[p] == wanted;
      with_mean[p] = !inside ? 0 : effects_[k].relative ? 1 + deviation * x : 1;
      with_variance[k] = inside ? unit * x / (2 * deviation) : 0;
    }
    const auto roots = emulator_.at(shot);
    if (!reference) {
      reference = roots.log_yield;
      mean = {VectorXd::Zero(roots.values.size()), MatrixXd::Zero(roots.values.size(), d + kinds)};
    }
    auto shares = normalised(roots);
    shares.slopes.noalias() += shares.values * roots.log_yield_slopes;
    weight *= std::exp(roots.log_yield - *reference);
    mean.values += weight * shares.values;
    for (Index p = 0; p < d; ++p)
      mean.slopes.col(p) += weight * with_mean[static_cast<std::size_t>(p)] * shares.slopes.col(p);
    for (Index k = 0; k < kinds; ++k) {
      const auto i = static_cast<std::size_t>(k);
      mean.slopes.col(d + k) +=
          weight * with_variance[i] * shares.slopes.col(static_cast<Index>(of_shots_[i]));
    }
    more = false;
    for (auto& digit : digits) {
      more = ++digit < nodes.size();
      if (more) break;
      digit = 0;
    }
  }
  return mean;
}

std::optional<Likelihood::Point> Likelihood::climb(std::vector<double> from, const Given& shares, int steps,
                                                   const Hopeless& hopeless) const {
  auto at = point(std::move(from), shares);
  const auto n = static_cast<Index>(at.searched.size());
  const double largest = largest_log_likelihood(shares);
  double damping = 1e-3;
  constexpr double strongest_damping = 1e6;
  for (int step = 0; step < steps; ++step) {
    const VectorXd weights = at.seen.values.cwiseInverse();
    const VectorXd gradient = at.seen.slopes.transpose() * shares.cwiseProduct(weights);
    const MatrixXd information = at.seen.slopes.transpose() * weights.asDiagonal() * at.seen.slopes;
    VectorXd lowest(n), highest(n);
    for (Index k = 0; k < n; ++k) {
      const auto i = static_cast<std::size_t>(k);
      lowest(k) = least_[i] - at.searched[i];
      highest(k) = largest_[i] - at.searched[i];
    }
    const double enough = std::max(negligible, negligible_part * (largest - at.log_likelihood));
    double gain = 0;
    while (damping < strongest_damping) {
      MatrixXd damped = information;
      damped.diagonal() *= 1 + damping;
      const VectorXd change = bounded_change(damped, gradient, lowest, highest);
      // A step of so little is none.
      if (change.dot(gradient) - change.dot(information * change) / 2 < enough / 4) return at;
      auto searched = at.searched;
      for (Index k = 0; k < n; ++k) {
        const auto i = static_cast<std::size_t>(k);
        searched[i] = std::clamp(searched[i] + change(k), least_[i], largest_[i]);
      }
      auto next = point(std::move(searched), shares);
      gain = next.log_likelihood - at.log_likelihood;
      if (gain > 0) {
        at = std::move(next);
        damping /= 10;
        break;
      }
      if (std::abs(gain) < negligible) return at;
      damping *= 10;
    }
    if (gain < enough) break;
    // A damped step gains less than there is to be had.
    if (damping < 1 && hopeless(at, gain)) return {};
  }
  return at;
}

/// The known runs that are most probable and not near each other.
std::vector<std::vector<double>> Likelihood::starts(const Eigen::VectorXf& likely) const {
  std::vector<std::size_t> order(emulator_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto considered = std::min(order.size(), most_considered);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(considered), order.end(),
                    [&](std::size_t a, std::size_t b) {
                      const float at_a = likely(static_cast<Index>(a)), at_b = likely(static_cast<Index>(b));
                      return at_a != at_b ? at_a > at_b : a < b;
                    });
  std::vector<std::vector<double>> starts;
  for (std::size_t i = 0; i < considered && starts.size() < most_starts; ++i) {
    std::vector<double> searched;
    for (std::size_t p = 0; p < emulator_.parameters(); ++p)
      searched.push_back(emulator_.truth(order[i], p));
    if (std::ranges::none_of(starts,
                             [&](const auto& other) { return emulator_.distance(searched, other) < apart; }))
      starts.push_back(std::move(searched));
  }
  return starts;
}

std::vector<Likelihood::Estimate> Likelihood::find(const Given& shares, const Eigen::VectorXf& likely,
                                                   double electrons) const {
  const auto d = emulator_.parameters();
  auto from = starts(likely);
  if (!effects_.empty()) {
    std::vector<Point> without;
    const auto arrived = [&](const Point& at, double) {
      return std::ranges::any_of(without, [&](const Point& end) {
        return emulator_.distance(at.searched, end.searched) < same_place;
      });
    };
    for (auto& start : from)
      if (auto end = climb(std::move(start), shares, first_steps, arrived); end && !arrived(*end, 0))
        without.push_back(std::move(*end));
    std::ranges::stable_sort(without, std::greater<>(), &Point::log_likelihood);
    from.clear();
    for (const auto& end : without) {
      from.push_back(end.searched);
      for (const auto& effect : effects_)
        from.back().push_back(effect.begin);
    }
  }
  std::vector<Point> ends;
  double best = -std::numeric_limits<double>::infinity();
  const double allowed = most_deficit / electrons;
  const auto elsewhere = [&](const Point& at) {
    return std::ranges::none_of(ends, [&](const Point& end) {
      return emulator_.distance(std::span(at.searched).first(d), std::span(end.searched).first(d)) <
             same_place;
    });
  };
  const auto behind = [&](const Point& at, double gain) {
    return at.log_likelihood + most_further_gain * gain < best - allowed || !elsewhere(at);
  };
  for (auto& start : from)
    if (auto end = climb(std::move(start), shares, most_steps, behind); end && elsewhere(*end)) {
      best = std::max(best, end->log_likelihood);
      ends.push_back(std::move(*end));
    }
  std::ranges::stable_sort(ends, std::greater<>(), &Point::log_likelihood);
  std::vector<Estimate> found;
  for (const auto& end : ends)
    if (end.log_likelihood >= best - allowed) found.push_back(estimate(end, shares, electrons));
  if (found.empty())
    throw DataError("a likelihood without a maximum: what was learned leads to numbers that are not finite");
  return found;
}

Likelihood::Estimate Likelihood::estimate(const Point& end, const Given& shares, double electrons) const {
  const auto d = static_cast<Index>(emulator_.parameters());
  MatrixXd information =
      end.seen.slopes.transpose() * end.seen.values.cwiseInverse().asDiagonal() * end.seen.slopes;
  // Of effects at a bound nothing is to be learned.
  for (Index k = d; k < information.rows(); ++k) {
    const auto i = static_cast<std::size_t>(k);
    if (end.searched[i] > least_[i] && end.searched[i] < largest_[i]) continue;
    information.row(k).setZero();
    information.col(k).setZero();
    information(k, k) = 1;
  }
  // A parameter on which nothing depends has a large error, and no infinite one.
  constexpr double smallest = 1e-9;
  information.diagonal().array() *= 1 + smallest;
  for (Index k = 0; k < information.rows(); ++k)
    if (!(information(k, k) > 0)) information(k, k) = smallest;
  const MatrixXd inverse = information.inverse();
  const auto begin_of_effects = end.searched.begin() + d;
  return {{end.searched.begin(), begin_of_effects},
          {begin_of_effects, end.searched.end()},
          end.log_likelihood,
          inverse.topLeftCorner(d, d),
          misfit(shares, end.seen.values, electrons)};
}

std::vector<std::vector<Likelihood::Estimate>> Likelihood::operator()(const MatrixXd& shares,
                                                                      std::span<const double> electrons,
                                                                      int threads) const {
  // The known runs' probabilities are read once for so many.
  constexpr Index most_together = 32;
  const auto blocks = (shares.cols() + most_together - 1) / most_together;
  std::vector<std::vector<Estimate>> estimates(static_cast<std::size_t>(shares.cols()));
  Eigen::MatrixXf likely(log_known_.cols(), shares.cols());
  for_each_index(static_cast<std::size_t>(blocks), threads, [&](std::size_t b) {
    const auto begin = static_cast<Index>(b) * most_together;
    const auto count = std::min(most_together, shares.cols() - begin);
    likely.middleCols(begin, count).noalias() =
        log_known_.transpose() * shares.middleCols(begin, count).cast<float>();
  });
  for_each_index(estimates.size(), threads, [&](std::size_t i) {
    const auto column = static_cast<Index>(i);
    estimates[i] = find(shares.col(column), likely.col(column), electrons[i]);
  });
  return estimates;
}

}  // namespace bondscope::ml
