#include "libml/predict/evidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {

double shorter_way(double a, double b, double period) {
  return period > 0 ? std::remainder(a - b, period) : a - b;
}

double beside(double answer, double value, double period) {
  return period > 0 ? answer + std::remainder(value - answer, period) : value;
}

double Evidence::error(std::size_t run, std::size_t target) const {
  const auto i = run * targets + target;
  return shorter_way(answers[i], truths[i], periods[target]);
}

double Evidence::error_of_nearest(std::size_t run, std::size_t target) const {
  if (peaks.empty()) return error(run, target);
  double least = std::numeric_limits<double>::infinity(), found = 0;
  for (const auto& peak : peaks[run]) {
    const double wrong = shorter_way(peak.values[target], truths[run * targets + target], periods[target]);
    constexpr double smallest = 1e-30;
    const double variance = std::max(peak.covariance[target * (targets + 1)], smallest);
    const double surprise = 2 * peak.deficit + wrong * wrong / variance;
    if (surprise < least) least = surprise, found = wrong;
  }
  return found;
}

Evidence Evidence::of(std::span<const std::size_t> rows) const {
  Evidence part{
      .targets = targets, .periods = periods, .answers = {}, .truths = {}, .electrons = {}, .distances = {}};
  for (const auto run : rows) {
    for (std::size_t t = 0; t < targets; ++t) {
      part.answers.push_back(answers[run * targets + t]);
      part.truths.push_back(truths[run * targets + t]);
    }
    part.electrons.push_back(electrons[run]);
    part.distances.push_back(distances[run]);
    if (!peaks.empty()) part.peaks.push_back(peaks[run]);
    if (!runs.empty()) part.runs.push_back(runs[run]);
    const auto of_model = outputs_of(run);
    part.outputs.insert(part.outputs.end(), of_model.begin(), of_model.end());
  }
  return part;
}

std::vector<double> first_peaks(const std::vector<std::vector<Peak>>& peaks) {
  std::vector<double> answers;
  for (const auto& of_run : peaks)
    answers.insert(answers.end(), of_run.front().values.begin(), of_run.front().values.end());
  return answers;
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
      !finite(e.periods) || !finite(e.outputs))
    throw DataError("a calibration holds a number that is not finite");
  const auto negative = [](const std::vector<double>& values) {
    return std::ranges::any_of(values, [](double value) { return value < 0; });
  };
  if (negative(e.electrons) || negative(e.distances) || negative(e.periods))
    throw DataError("a calibration holds a number of electrons, a distance or a period below 0");
  if (!e.peaks.empty() && e.peaks.size() != e.size())
    throw DataError("a calibration's peaks and numbers of electrons do not fit each other");
  if (!e.outputs.empty() && (e.size() == 0 || e.outputs.size() % e.size() != 0))
    throw DataError("a calibration's outputs and numbers of electrons do not fit each other");
  if (!e.runs.empty() && e.runs.size() != e.size())
    throw DataError("a calibration's runs and numbers of electrons do not fit each other");
  for (std::size_t run = 0; run < e.peaks.size(); ++run) {
    const auto& peaks = e.peaks[run];
    if (peaks.empty() || !std::ranges::equal(peaks.front().values, e.answers_of(run)))
      throw DataError("a calibration has a run whose first peak is not its answer");
    for (const auto& peak : peaks) {
      bool right = peak.values.size() == e.targets && peak.covariance.size() == e.targets * e.targets &&
                   finite(peak.values) && finite(peak.covariance) && std::isfinite(peak.deficit) &&
                   peak.deficit >= 0;
      for (std::size_t t = 0; right && t < e.targets; ++t)
        right = peak.covariance[t * (e.targets + 1)] >= 0;
      if (!right) throw DataError("a calibration has a peak whose covariance or deficit cannot be");
    }
  }
  if (e.size() < least_evidence)
    throw DataError(
        fmt::format("a calibration needs at least {} runs that the model has not learned from; "
                    "there are {}",
                    least_evidence, e.size()));
}

}  // namespace bondscope::ml
