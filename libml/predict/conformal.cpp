#include "libml/predict/conformal.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// The position in increasing scores of the one that an interval of this level ends at.
std::optional<std::size_t> rank(std::size_t count, double level) {
  const auto k = static_cast<std::size_t>(std::ceil(static_cast<double>(count + 1) * level - 1e-9));
  if (k > count || k == 0) return {};
  return k - 1;
}

}  // namespace

double Evidence::error(std::size_t run, std::size_t target) const {
  const auto i = run * targets + target;
  const double difference = answers[i] - truths[i];
  return periods[target] > 0 ? std::remainder(difference, periods[target]) : difference;
}

Evidence Evidence::of(std::span<const std::size_t> runs) const {
  Evidence part{
      .targets = targets, .periods = periods, .answers = {}, .truths = {}, .electrons = {}, .distances = {}};
  for (const auto run : runs) {
    for (std::size_t t = 0; t < targets; ++t) {
      part.answers.push_back(answers[run * targets + t]);
      part.truths.push_back(truths[run * targets + t]);
    }
    part.electrons.push_back(electrons[run]);
    part.distances.push_back(distances[run]);
  }
  return part;
}

void check(const Evidence& e) {
  const auto finite = [](const std::vector<double>& values) {
    return std::ranges::all_of(values, [](double value) { return std::isfinite(value); });
  };
  if (e.targets == 0 || e.periods.size() != e.targets || e.answers.size() != e.size() * e.targets ||
      e.truths.size() != e.answers.size() || e.distances.size() != e.size())
    throw DataError(
        "a calibration's answers, truths, distances and numbers of electrons do not fit each other");
  if (!finite(e.answers) || !finite(e.truths) || !finite(e.electrons) || !finite(e.distances) ||
      !finite(e.periods))
    throw DataError("a calibration holds a number that is not finite");
  const auto negative = [](const std::vector<double>& values) {
    return std::ranges::any_of(values, [](double value) { return value < 0; });
  };
  if (negative(e.electrons) || negative(e.distances) || negative(e.periods))
    throw DataError("a calibration holds a number of electrons, a distance or a period below 0");
  if (e.size() < least_evidence)
    throw DataError(
        fmt::format("a calibration needs at least {} runs that the model has not learned from; "
                    "there are {}",
                    least_evidence, e.size()));
}

ConformalIntervals::ConformalIntervals(Evidence evidence) : evidence_(std::move(evidence)) {
  check(evidence_);
  const auto targets = evidence_.targets;
  for (std::size_t t = 0; t < targets; ++t) {
    std::vector<double> answers;
    for (std::size_t i = 0; i < evidence_.size(); ++i)
      answers.push_back(evidence_.answers_of(i)[t]);
    const double spread = average(answers).sd.value_or(0);
    spread_.push_back(spread > 0 ? spread : 1);
  }
  noises_ = noise_levels(evidence_.electrons);
  for (const auto& noise : noises_) {
    auto& of_noise = groups_.emplace_back(targets);
    for (std::size_t t = 0; t < targets; ++t) {
      auto runs = noise.runs;
      const auto answer = [&](std::size_t i) { return evidence_.answers_of(i)[t]; };
      std::ranges::stable_sort(runs, {}, answer);
      const auto parts = std::clamp(runs.size() / runs_of_part, std::size_t{1}, most_parts_of_range);
      for (std::size_t p = 0; p < parts; ++p) {
        Group group;
        const auto begin = p * runs.size() / parts, end = (p + 1) * runs.size() / parts;
        if (p + 1 < parts) group.upper = answer(runs[end - 1]);
        for (auto at = begin; at < end; ++at) {
          const auto i = runs[at];
          const double score = evidence_.error(i, t) / scale_among(noise, evidence_.asked(i), t, i);
          group.signed_scores.push_back(score);
          group.scores.push_back(std::abs(score));
        }
        std::ranges::sort(group.scores);
        std::ranges::sort(group.signed_scores);
        of_noise[t].push_back(std::move(group));
      }
    }
  }
}

const ConformalIntervals::Group& ConformalIntervals::group_of(const Asked& asked, std::size_t target) const {
  const auto& groups = groups_[level_of(noises_, asked.electrons)][target];
  return *std::ranges::find_if(groups,
                               [&](const Group& group) { return asked.answers[target] <= group.upper; });
}

double ConformalIntervals::scale_among(const NoiseLevel& noise, const Asked& asked, std::size_t target,
                                       std::size_t without) const {
  struct Near {
    double apart, error, distance;
  };
  std::vector<Near> all;
  all.reserve(noise.runs.size());
  double sum = 0;
  for (const auto i : noise.runs) {
    if (i == without) continue;
    double squared = 0;
    for (std::size_t t = 0; t < evidence_.targets; ++t) {
      double apart = asked.answers[t] - evidence_.answers_of(i)[t];
      if (evidence_.periods[t] > 0) apart = std::remainder(apart, evidence_.periods[t]);
      squared += apart * apart / (spread_[t] * spread_[t]);
    }
    const double error = std::abs(evidence_.error(i, target));
    sum += error;
    all.push_back({squared, error, evidence_.distances[i]});
  }
  // What alone has its number of electrons, or errors of 0, still needs a scale to divide by.
  constexpr double smallest = 1e-12;
  if (all.empty()) return spread_[target];
  const auto wanted = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(all.size()))));
  const auto k = std::min(all.size(), std::clamp(wanted, std::size_t{8}, std::size_t{40}));
  std::ranges::nth_element(all, all.begin() + static_cast<std::ptrdiff_t>(k - 1), {}, &Near::apart);
  double errors = 0, distances = 0;
  for (std::size_t i = 0; i < k; ++i) {
    errors += all[i].error;
    distances += all[i].distance;
  }
  // An image that equals a known one has a distance of 0, and no error of 0.
  constexpr double least_nearness = 0.1;
  const double nearness =
      distances > 0 ? std::max(asked.distance * static_cast<double>(k) / distances, least_nearness) : 1;
  const double mean = sum / static_cast<double>(all.size());
  return std::max({nearness * errors / static_cast<double>(k), 1e-3 * mean, smallest * spread_[target]});
}

double ConformalIntervals::scale(const Asked& asked, std::size_t target) const {
  const auto& noise = noises_[level_of(noises_, asked.electrons)];
  return noise.larger_by(asked.electrons) * scale_among(noise, asked, target, none);
}

std::size_t ConformalIntervals::runs_behind(const Asked& asked, std::size_t target) const {
  return group_of(asked, target).scores.size();
}

std::optional<double> ConformalIntervals::half_width(const Asked& asked, std::size_t target,
                                                     double level) const {
  const auto& scores = group_of(asked, target).scores;
  const auto at = rank(scores.size(), level);
  if (!at) return {};
  return scores[*at] * scale(asked, target);
}

double ConformalIntervals::transform(const Asked& asked, std::size_t target, double truth) const {
  const double difference = asked.answers[target] - truth, period = evidence_.periods[target];
  const double error = period > 0 ? std::remainder(difference, period) : difference;
  const auto scores = signed_scores(asked, target);
  const double score = error / scale(asked, target);
  // The larger answer - truth is, the lower the truth lies.
  const auto above = scores.end() - std::ranges::lower_bound(scores, score);
  return (static_cast<double>(above) + 0.5) / static_cast<double>(scores.size() + 1);
}

std::span<const double> ConformalIntervals::signed_scores(const Asked& asked, std::size_t target) const {
  return group_of(asked, target).signed_scores;
}

}  // namespace bondscope::ml
