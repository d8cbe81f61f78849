#include "libml/predict/coverage.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <numeric>

#include <fmt/format.h>

#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

constexpr double significance = 0.01;

/// A run whose truth is known, and intervals that were calibrated without it.
struct Judged {
  std::size_t run = 0;
  const ConformalIntervals* intervals = nullptr;
};

double log_beta(double a, double b) {
  return std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
}

/// P(count = k) for each k.
std::vector<double> beta_binomial(std::size_t runs, double a, double b) {
  std::vector<double> all;
  const auto n = static_cast<double>(runs);
  for (std::size_t i = 0; i <= runs; ++i) {
    const auto k = static_cast<double>(i);
    all.push_back(
        std::exp(log_beta(k + a, n - k + b) - log_beta(a, b) - log_beta(k + 1, n - k + 1) - std::log(n + 1)));
  }
  return all;
}

/// What `calibrated` runs leave of a level.
struct Law {
  double a, b;
};
Law law_of(double level, double calibrated) {
  const double k = std::min(std::ceil((calibrated + 1) * level - 1e-9), calibrated);
  return {std::max(1.0, k), std::max(1.0, calibrated + 1 - k)};
}

/// One target of some runs.
class Counter {
 public:
  Counter(const Evidence& evidence, std::size_t target, const std::vector<Judged>& all, bool fresh)
      : evidence_(evidence), target_(target), all_(all), fresh_(fresh) {}

  Coverage at(double level, const std::vector<std::size_t>& part) const {
    Coverage coverage{.level = level};
    std::map<const double*, Behind> behind;
    for (const auto i : part) {
      const auto& [run, intervals] = all_[i];
      const auto held = intervals->holds(evidence_.asked(run), target_, truth(run), level);
      if (!held) continue;
      auto& group = behind[intervals->signed_scores(evidence_.asked(run), target_).data()];
      ++group.asked;
      group.calibrated = static_cast<double>(intervals->runs_behind(evidence_.asked(run), target_));
      ++coverage.runs;
      coverage.inside += *held;
    }
    if (coverage.runs > 0 && fresh_) judge(coverage, effective(behind));
    return coverage;
  }

  CoverageOfPart part(const std::string& name, const std::vector<std::size_t>& part) const {
    CoverageOfPart of_part{.part = name, .levels = {}};
    for (std::size_t l = 0; l < shown_levels.size(); ++l)
      of_part.levels[l] = at(shown_levels[l], part);
    std::vector<double> widths, errors;
    for (const auto i : part) {
      const auto& [run, intervals] = all_[i];
      if (const auto region = intervals->region(evidence_.asked(run), target_, 0.9)) {
        auto& width = widths.emplace_back(0);
        for (const auto& [low, high] : *region)
          width += high - low;
      }
      errors.push_back(std::abs(evidence_.error(run, target_)));
    }
    if (!widths.empty()) of_part.mean_width = mean(widths);
    if (!errors.empty()) of_part.mean_absolute_error = mean(errors);
    return of_part;
  }

  std::vector<double> transforms() const {
    std::vector<double> values;
    for (const auto& [run, intervals] : all_)
      values.push_back(intervals->transform(evidence_.asked(run), target_, truth(run)));
    std::ranges::sort(values);
    return values;
  }

 private:
  double truth(std::size_t run) const { return evidence_.truths[run * evidence_.targets + target_]; }

  /// A group of a calibration, and the runs that were asked about with it.
  struct Behind {
    double asked = 0, calibrated = 0;
  };

  /// The coverage of all together is the mean over groups, which vary independently as 1/(n_g + 2): of which
  /// number of runs would a single group vary as much?
  static double effective(const std::map<const double*, Behind>& groups) {
    double all = 0, squares = 0;
    for (const auto& [scores, group] : groups) {
      all += group.asked;
      squares += group.asked * group.asked / group.calibrated;
    }
    return all * all / squares;
  }

  void judge(Coverage& c, double calibrated) const {
    c.judged = true;
    const auto [a, b] = law_of(c.level, std::max(1.0, calibrated));
    const auto [lower, upper] = beta_binomial_tails(c.inside, c.runs, a, b);
    c.p_value = std::min(1.0, 2 * std::min(lower, upper));
    const auto probabilities = beta_binomial(c.runs, a, b);
    const auto n = static_cast<double>(c.runs);
    double below = 0;
    bool low = false, high = false;
    for (std::size_t k = 0; k <= c.runs; ++k) {
      below += probabilities[k];
      if (!low && below > significance / 2) c.low = static_cast<double>(k) / n, low = true;
      if (!high && below >= 1 - significance / 2) c.high = static_cast<double>(k) / n, high = true;
    }
  }

  const Evidence& evidence_;
  std::size_t target_;
  const std::vector<Judged>& all_;
  bool fresh_;  ///< whether none of the runs was calibrated with
};

/// Positions by the name of the part that they are in, in the order of the parts.
using Parts = std::vector<std::pair<std::string, std::vector<std::size_t>>>;

Parts parts_of(const Divider& divider, const std::vector<Judged>& all) {
  Parts parts;
  const auto [least, most] = std::ranges::minmax(divider.values);
  if (!(most > least)) return parts;
  const double width = (most - least) / parts_of_divider;
  for (std::size_t p = 0; p < parts_of_divider; ++p)
    parts.push_back(
        {fmt::format("{} {:.3g} to {:.3g}{}{}", divider.name, least + width * static_cast<double>(p),
                     least + width * static_cast<double>(p + 1), divider.unit.empty() ? "" : " ",
                     divider.unit),
         {}});
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto p = static_cast<std::size_t>((divider.values[all[i].run] - least) / width);
    parts[std::min(p, parts_of_divider - 1)].second.push_back(i);
  }
  return parts;
}

Parts parts_by_electrons(const Evidence& evidence, const std::vector<Judged>& all) {
  std::map<double, std::vector<std::size_t>> by_decade;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const double n = evidence.electrons[all[i].run];
    by_decade[n > 0 ? std::round(std::log10(n)) : std::numeric_limits<double>::infinity()].push_back(i);
  }
  Parts parts;
  if (by_decade.size() < 2) return parts;
  for (auto& [decade, positions] : by_decade)
    parts.push_back({std::isfinite(decade) ? fmt::format("1e{:.0f} electrons", decade) : "not counted",
                     std::move(positions)});
  return parts;
}

std::vector<TargetCoverage> count(const Evidence& evidence, const std::vector<Judged>& all,
                                  const std::vector<Target>& targets, const std::vector<Divider>& dividers,
                                  bool fresh) {
  std::vector<std::size_t> everything(all.size());
  std::iota(everything.begin(), everything.end(), std::size_t{0});
  Parts parts{{"all", everything}};
  for (const auto& divider : dividers)
    std::ranges::move(parts_of(divider, all), std::back_inserter(parts));
  std::ranges::move(parts_by_electrons(evidence, all), std::back_inserter(parts));
  std::vector<TargetCoverage> found;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    const Counter counter(evidence, t, all, fresh);
    TargetCoverage of_target{
        .target = targets[t], .curve = {}, .parts = {}, .transforms = counter.transforms()};
    for (int percent = 5; percent < 100; percent += 5)
      of_target.curve.push_back(counter.at(percent / 100.0, everything));
    for (const auto& [name, positions] : parts)
      if (!positions.empty()) of_target.parts.push_back(counter.part(name, positions));
    found.push_back(std::move(of_target));
  }
  return found;
}

}  // namespace

Tails beta_binomial_tails(std::size_t inside, std::size_t runs, double a, double b) {
  const auto probabilities = beta_binomial(runs, a, b);
  const auto at = probabilities.begin() + static_cast<std::ptrdiff_t>(inside);
  return {std::accumulate(probabilities.begin(), at + 1, 0.0), std::accumulate(at, probabilities.end(), 0.0)};
}

std::vector<TargetCoverage> coverage(const ConformalIntervals& intervals, const Evidence& evidence,
                                     const std::vector<Target>& targets,
                                     const std::vector<Divider>& dividers) {
  std::vector<Judged> all;
  for (std::size_t run = 0; run < evidence.size(); ++run)
    all.push_back({run, &intervals});
  return count(evidence, all, targets, dividers, true);
}

std::vector<TargetCoverage> cross_coverage(const Evidence& evidence, const std::vector<Target>& targets,
                                           const std::vector<Divider>& dividers, std::uint64_t seed,
                                           std::size_t folds) {
  Random random(seed, "folds of a calibration");
  const auto order = permutation(evidence.size(), random);
  std::vector<std::unique_ptr<ConformalIntervals>> calibrated;
  std::vector<Judged> all;
  for (std::size_t fold = 0; fold < folds; ++fold) {
    std::vector<std::size_t> others;
    for (std::size_t i = 0; i < order.size(); ++i)
      if (i % folds != fold) others.push_back(order[i]);
    calibrated.push_back(std::make_unique<ConformalIntervals>(evidence.of(others)));
    for (std::size_t i = fold; i < order.size(); i += folds)
      all.push_back({order[i], calibrated.back().get()});
  }
  return count(evidence, all, targets, dividers, false);
}

std::vector<std::string> refuted(const std::vector<TargetCoverage>& coverages) {
  std::size_t tests = 0;
  for (const auto& of_target : coverages)
    for (const auto& part : of_target.parts)
      tests += static_cast<std::size_t>(std::ranges::count_if(part.levels, &Coverage::judged));
  std::vector<std::string> all;
  for (const auto& of_target : coverages)
    for (const auto& part : of_target.parts)
      for (const auto& c : part.levels)
        if (c.judged && c.p_value * static_cast<double>(tests) < significance)
          all.push_back(fmt::format("{}, {}: {:.1f} % of {} runs are in their intervals of {:.0f} %",
                                    of_target.target.name, part.part, 100 * c.share(), c.runs,
                                    100 * c.level));
  return all;
}

}  // namespace bondscope::ml
