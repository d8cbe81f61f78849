#include "libml/predict/conformal.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

/// The square of a normal error's mean size over its variance.
constexpr double mean_of_normal = 2 / std::numbers::pi;

/// The position in increasing scores of the one that an interval of this level ends at.
std::optional<std::size_t> rank(std::size_t count, double level) {
  const auto k = static_cast<std::size_t>(std::ceil(static_cast<double>(count + 1) * level - 1e-9));
  if (k > count || k == 0) return {};
  return k - 1;
}

/// The same among rows of which each is a part of a run, summed in their order.
std::optional<std::size_t> rank(const std::vector<double>& runs_up_to, std::size_t runs, double level) {
  const auto at = rank(runs, level);
  if (!at) return {};
  const auto found = std::ranges::lower_bound(runs_up_to, static_cast<double>(*at + 1) - 1e-6);
  return static_cast<std::size_t>(found - runs_up_to.begin());
}

/// Scores of rows and what part of a run each is.
using RowsOfRuns = std::vector<std::pair<double, double>>;

/// The scores in order, and how many runs there are up to each.
std::pair<std::vector<double>, std::vector<double>> in_order(RowsOfRuns parts) {
  std::ranges::stable_sort(parts, {}, &RowsOfRuns::value_type::first);
  std::pair<std::vector<double>, std::vector<double>> found;
  double sum = 0;
  for (const auto& [score, part] : parts) {
    found.first.push_back(score);
    found.second.push_back(sum += part);
  }
  return found;
}

/// A truth as seen from the peak that explains it best.
struct Explained {
  double score = std::numeric_limits<double>::infinity();
  double error = 0;  ///< (f_h - truth)/σ_h
};
Explained score_of(const auto& places, double truth, double period) {
  Explained best;
  for (const auto& place : places) {
    const double error = shorter_way(place.value, truth, period) / place.scale;
    const double score = std::sqrt(2 * place.deficit + error * error);
    if (score < best.score) best = {score, error};
  }
  return best;
}

/// Of the first two targets.
double joint_score(const std::vector<Ellipse>& places, std::span<const Peak> peaks, const double* truth,
                   std::span<const double> periods) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t h = 0; h < places.size(); ++h) {
    const auto& m = places[h];
    const double x = shorter_way(m.x, truth[0], periods[0]), y = shorter_way(m.y, truth[1], periods[1]);
    // Correlations are never so near to ±1 that nothing is left.
    const double determinant = std::max(m.xx * m.yy - m.xy * m.xy, 1e-9 * m.xx * m.yy);
    const double squared = (m.yy * x * x - 2 * m.xy * x * y + m.xx * y * y) / determinant;
    least = std::min(least, std::sqrt(2 * peaks[h].deficit + squared));
  }
  return least;
}

/// Those that touch as one, increasing.
std::vector<ConfidenceInterval> united(std::vector<ConfidenceInterval> all) {
  std::ranges::sort(all, {}, &ConfidenceInterval::low);
  std::vector<ConfidenceInterval> apart;
  for (const auto& one : all)
    if (!apart.empty() && one.low <= apart.back().high)
      apart.back().high = std::max(apart.back().high, one.high);
    else
      apart.push_back(one);
  return apart;
}

/// The same of values with a period, next to the answer. All the way round is all that there is.
std::vector<ConfidenceInterval> united_round(std::vector<ConfidenceInterval> all, double answer,
                                             double period) {
  const auto too_wide = [&](const ConfidenceInterval& one) { return one.high - one.low >= period; };
  while (all.size() > 1 && std::ranges::none_of(all, too_wide) &&
         all.front().low + period <= all.back().high) {
    auto first = all.front();
    all.erase(all.begin());
    all.push_back({first.low + period, first.high + period});
    all = united(std::move(all));
  }
  if (std::ranges::any_of(all, too_wide)) return {{answer - period / 2, answer + period / 2}};
  for (auto& [low, high] : all) {
    const double middle = (low + high) / 2, by = beside(answer, middle, period) - middle;
    low += by;
    high += by;
  }
  std::ranges::sort(all, {}, &ConfidenceInterval::low);
  return all;
}

/// Standard deviation of a column; 1 of one that is the same everywhere.
double spread_of(const std::vector<double>& values, std::size_t columns, std::size_t column) {
  std::vector<double> of_column;
  for (auto i = column; i < values.size(); i += columns)
    of_column.push_back(values[i]);
  const double spread = average(of_column).sd.value_or(0);
  if (!std::isfinite(spread)) throw DataError("a calibration whose answers are too large");
  return spread > 0 ? spread : 1;
}

}  // namespace

ConformalIntervals::ConformalIntervals(Evidence evidence) : evidence_(std::move(evidence)) {
  check(evidence_);
  const auto targets = evidence_.targets;
  std::map<RunParameters, std::size_t> numbers;
  for (std::size_t i = 0; i < evidence_.size(); ++i)
    run_of_.push_back(
        evidence_.runs.empty() ? i : numbers.try_emplace(evidence_.runs[i], numbers.size()).first->second);
  for (std::size_t t = 0; t < targets; ++t)
    spread_.push_back(spread_of(evidence_.answers, targets, t));
  const auto told_by = evidence_.outputs.size() / evidence_.size();
  for (std::size_t t = 0; t < told_by; ++t)
    spread_of_outputs_.push_back(spread_of(evidence_.outputs, told_by, t));
  noises_ = noise_levels(evidence_.electrons);
  for (const auto& noise : noises_) {
    auto& of_noise = groups_.emplace_back(targets);
    const auto part_of_noise = parts_of_runs(noise.runs, evidence_.runs);
    runs_of_noise_.push_back(different_runs(part_of_noise));
    for (std::size_t t = 0; t < targets; ++t) {
      auto runs = noise.runs;
      const auto answer = [&](std::size_t i) { return evidence_.answers_of(i)[t]; };
      std::ranges::stable_sort(runs, {}, answer);
      const auto parts =
          std::clamp(runs_of_noise_.back() / runs_of_part, std::size_t{1}, most_parts_of_range);
      for (std::size_t p = 0; p < parts; ++p) {
        Group group;
        RowsOfRuns parts_of_group;
        const auto begin = p * runs.size() / parts, end = (p + 1) * runs.size() / parts;
        if (p + 1 < parts) group.upper = answer(runs[end - 1]);
        for (auto at = begin; at < end; ++at) {
          const auto i = runs[at];
          const auto nearest = score_of(places(noise, evidence_.asked(i), t, i),
                                        evidence_.truths[i * targets + t], evidence_.periods[t]);
          group.signed_scores.push_back(nearest.error);
          parts_of_group.emplace_back(nearest.score, 0);
        }
        const auto rows = std::span(runs).subspan(begin, end - begin);
        const auto part_of_run = parts_of_runs(rows, evidence_.runs);
        group.runs = different_runs(part_of_run);
        for (std::size_t i = 0; i < rows.size(); ++i)
          parts_of_group[i].second = part_of_run[i];
        std::tie(group.scores, group.runs_up_to) = in_order(std::move(parts_of_group));
        std::ranges::sort(group.signed_scores);
        of_noise[t].push_back(std::move(group));
      }
    }
    auto& joint = joint_scores_.emplace_back();
    auto& runs_up_to = joint_runs_up_to_.emplace_back();
    if (evidence_.peaks.empty() || targets < 2) continue;
    RowsOfRuns parts_of_joint;
    for (std::size_t at = 0; at < noise.runs.size(); ++at) {
      const auto i = noise.runs[at];
      const auto asked = evidence_.asked(i);
      parts_of_joint.emplace_back(joint_score(joint_places(noise, asked, i), asked.peaks,
                                              &evidence_.truths[i * targets], evidence_.periods),
                                  part_of_noise[at]);
    }
    std::tie(joint, runs_up_to) = in_order(std::move(parts_of_joint));
  }
}

const ConformalIntervals::Group& ConformalIntervals::group_of(const Asked& asked, std::size_t target) const {
  const auto& groups = groups_[level_of(noises_, asked.electrons)][target];
  const auto found =
      std::ranges::find_if(groups, [&](const Group& group) { return asked.answers[target] <= group.upper; });
  if (found == groups.end()) throw DataError("an answer that is no number: what was learned leads nowhere");
  return *found;
}

double ConformalIntervals::usual_error(const NoiseLevel& noise, const Asked& asked, std::size_t target,
                                       std::size_t without) const {
  struct Near {
    double apart, error, distance;
  };
  std::vector<Near> all;
  all.reserve(noise.runs.size());
  double sum = 0;
  for (const auto i : noise.runs) {
    // What another detector saw of the same run tells its error, too, and a new run has no such.
    if (without != none && run_of_[i] == run_of_[without]) continue;
    double squared = 0;
    if (asked.outputs.empty() || evidence_.outputs.empty())
      for (std::size_t t = 0; t < evidence_.targets; ++t) {
        const double scaled =
            shorter_way(asked.answers[t], evidence_.answers_of(i)[t], evidence_.periods[t]) / spread_[t];
        squared += scaled * scaled;
      }
    else
      for (std::size_t t = 0; t < spread_of_outputs_.size(); ++t) {
        const double scaled =
            (asked.outputs[t] - evidence_.outputs[i * spread_of_outputs_.size() + t]) / spread_of_outputs_[t];
        squared += scaled * scaled;
      }
    const double error = std::abs(evidence_.error_of_nearest(i, target));
    sum += error;
    all.push_back({squared, error, evidence_.distances[i]});
  }
  // What alone has its number of electrons, or errors of 0, still needs a scale to divide by.
  constexpr double smallest = 1e-12;
  if (all.empty()) return spread_[target];
  // So many different runs, each as often as they are there.
  const auto missing = all.size() < noise.runs.size() ? 1.0 : 0.0;
  const auto runs =
      static_cast<double>(runs_of_noise_[static_cast<std::size_t>(&noise - noises_.data())]) - missing;
  const auto each = static_cast<double>(all.size()) / runs;
  const auto wanted =
      static_cast<std::size_t>(std::lround(each * std::clamp(std::round(std::sqrt(runs)), 8.0, 40.0)));
  const auto k = std::min(all.size(), wanted);
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

std::vector<ConformalIntervals::Place> ConformalIntervals::places(const NoiseLevel& noise, const Asked& asked,
                                                                  std::size_t target,
                                                                  std::size_t without) const {
  const double noisier = noise.larger_by(asked.electrons);
  if (asked.peaks.empty())
    return {{asked.answers[target], noisier * usual_error(noise, asked, target, without), 0}};
  std::vector<Place> all;
  for (const auto& peak : asked.peaks) {
    const double usual =
        noisier * usual_error(noise, {peak.values, asked.electrons, asked.distance, {}}, target, without);
    const double own = mean_of_normal * peak.covariance[target * (evidence_.targets + 1)];
    all.push_back({beside(asked.answers[target], peak.values[target], evidence_.periods[target]),
                   std::max(usual, std::sqrt(own)), peak.deficit});
  }
  return all;
}

std::vector<Ellipse> ConformalIntervals::joint_places(const NoiseLevel& noise, const Asked& asked,
                                                      std::size_t without) const {
  const double noisier = noise.larger_by(asked.electrons);
  std::vector<Ellipse> all;
  for (const auto& peak : asked.peaks) {
    const Asked there{peak.values, asked.electrons, asked.distance, {}};
    const double x = noisier * usual_error(noise, there, 0, without),
                 y = noisier * usual_error(noise, there, 1, without);
    const auto& c = peak.covariance;
    const auto value = [&](std::size_t target) {
      return beside(asked.answers[target], peak.values[target], evidence_.periods[target]);
    };
    all.push_back({value(0), value(1), std::max(x * x, mean_of_normal * c[0]), mean_of_normal * c[1],
                   std::max(y * y, mean_of_normal * c[evidence_.targets + 1])});
  }
  return all;
}

double ConformalIntervals::scale(const Asked& asked, std::size_t target) const {
  return places(noises_[level_of(noises_, asked.electrons)], asked, target, none).front().scale;
}

std::size_t ConformalIntervals::runs_behind(const Asked& asked, std::size_t target) const {
  return group_of(asked, target).runs;
}

std::optional<double> ConformalIntervals::score_at(const Asked& asked, std::size_t target,
                                                   double level) const {
  const auto& group = group_of(asked, target);
  const auto at = rank(group.runs_up_to, group.runs, level);
  if (!at) return {};
  return group.scores[*at];
}

std::optional<double> ConformalIntervals::half_width(const Asked& asked, std::size_t target,
                                                     double level) const {
  const auto score = score_at(asked, target, level);
  if (!score) return {};
  return *score * scale(asked, target);
}

std::optional<std::vector<ConfidenceInterval>> ConformalIntervals::region(const Asked& asked,
                                                                          std::size_t target,
                                                                          double level) const {
  const auto score = score_at(asked, target, level);
  if (!score) return {};
  std::vector<ConfidenceInterval> all;
  for (const auto& place : places(noises_[level_of(noises_, asked.electrons)], asked, target, none)) {
    const double left = *score * *score - 2 * place.deficit;
    if (left < 0) continue;
    const double half = place.scale * std::sqrt(left);
    all.push_back({place.value - half, place.value + half});
  }
  all = united(std::move(all));
  const double period = evidence_.periods[target], answer = asked.answers[target];
  return period > 0 ? united_round(std::move(all), answer, period) : all;
}

std::optional<bool> ConformalIntervals::holds(const Asked& asked, std::size_t target, double truth,
                                              double level) const {
  const auto score = score_at(asked, target, level);
  if (!score) return {};
  const auto all = places(noises_[level_of(noises_, asked.electrons)], asked, target, none);
  return score_of(all, truth, evidence_.periods[target]).score <= *score;
}

std::vector<Ellipse> ConformalIntervals::joint_region(const Asked& asked, double level) const {
  const auto noise = level_of(noises_, asked.electrons);
  const auto& scores = joint_scores_[noise];
  if (asked.peaks.empty() || scores.empty()) return {};
  const auto at = rank(joint_runs_up_to_[noise], runs_of_noise_[noise], level);
  if (!at) return {};
  std::vector<Ellipse> all;
  const auto places = joint_places(noises_[noise], asked, none);
  for (std::size_t h = 0; h < places.size(); ++h) {
    const double left = scores[*at] * scores[*at] - 2 * asked.peaks[h].deficit;
    if (left <= 0) continue;
    auto ellipse = places[h];
    for (double* element : {&ellipse.xx, &ellipse.xy, &ellipse.yy})
      *element *= left;
    all.push_back(ellipse);
  }
  return all;
}

std::vector<double> ConformalIntervals::draws(const Asked& asked, std::size_t target) const {
  const auto scores = signed_scores(asked, target);
  const auto all = places(noises_[level_of(noises_, asked.electrons)], asked, target, none);
  // What is below a peak: its height times its widths.
  std::vector<double> weights;
  double sum = 0;
  for (const auto& place : all) {
    weights.push_back(std::exp(-place.deficit) * place.scale);
    sum += weights.back();
  }
  std::vector<double> values;
  const auto n = static_cast<double>(scores.size());
  for (std::size_t h = 0; h < all.size(); ++h) {
    const auto count = std::isfinite(sum) ? std::lround(n * weights[h] / sum) : 0;
    for (long i = 0; i < count; ++i) {
      const auto at =
          static_cast<std::size_t>((static_cast<double>(i) + 0.5) * n / static_cast<double>(count));
      values.push_back(all[h].value - scores[at] * all[h].scale);
    }
  }
  if (values.empty()) values.push_back(all.front().value);
  std::ranges::sort(values);
  return values;
}

double ConformalIntervals::transform(const Asked& asked, std::size_t target, double truth) const {
  const auto values = draws(asked, target);
  const double answer = asked.answers[target];
  const auto below =
      std::ranges::lower_bound(values, beside(answer, truth, evidence_.periods[target])) - values.begin();
  return (static_cast<double>(below) + 0.5) / static_cast<double>(values.size() + 1);
}

std::span<const double> ConformalIntervals::signed_scores(const Asked& asked, std::size_t target) const {
  return group_of(asked, target).signed_scores;
}

}  // namespace bondscope::ml
