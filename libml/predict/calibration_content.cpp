#include "libml/predict/calibration_content.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

/// To seven digits, enough of all that calibrates.
std::vector<float> rounded(const std::vector<double>& numbers) {
  constexpr double most = std::numeric_limits<float>::max();
  std::vector<float> all;
  for (const double number : numbers)
    all.push_back(static_cast<float>(std::clamp(number, -most, most)));
  return all;
}

/// Numbers [run][member] of values that are arrays.
template <class T>
std::vector<float> flat(const std::vector<T>& all) {
  std::vector<double> numbers;
  for (const auto& one : all)
    numbers.insert(numbers.end(), one.values.begin(), one.values.end());
  return rounded(numbers);
}

/// Of values with so many of their members.
template <class T>
std::vector<T> from_flat(const std::vector<double>& numbers, std::size_t members = T::names.size()) {
  std::vector<T> all(numbers.size() / members);
  for (std::size_t i = 0; i < numbers.size(); ++i)
    all[i / members].values[i % members] = numbers[i];
  return all;
}

std::vector<Strangeness> strangeness_from(const Learned& from, std::int64_t runs) {
  // Earlier versions knew no misfit.
  constexpr auto now = Strangeness::names.size(), before = now - 1;
  const auto* found = from.array("strangeness");
  const bool early =
      found && found->shape.size() == 2 && found->shape[1] == static_cast<std::int64_t>(before);
  const auto members = early ? before : now;
  return from_flat<Strangeness>(from.doubles("strangeness", {runs, static_cast<std::int64_t>(members)}),
                                members);
}

void save_peaks(const Evidence& evidence, Learned& into) {
  if (evidence.peaks.empty()) return;
  const auto targets = static_cast<std::int64_t>(evidence.targets);
  std::vector<std::int64_t> counts;
  std::vector<double> values, covariances, deficits;
  for (const auto& of_run : evidence.peaks) {
    counts.push_back(std::ssize(of_run));
    for (const auto& peak : of_run) {
      values.insert(values.end(), peak.values.begin(), peak.values.end());
      covariances.insert(covariances.end(), peak.covariance.begin(), peak.covariance.end());
      deficits.push_back(peak.deficit);
    }
  }
  const auto runs = std::ssize(counts), all = std::ssize(deficits);
  into.add("peaks.count", {runs}, std::move(counts));
  into.add("peaks.values", {all, targets}, rounded(values));
  into.add("peaks.covariances", {all, targets, targets}, std::move(covariances));
  into.add("peaks.deficits", {all}, rounded(deficits));
}

std::vector<std::vector<Peak>> peaks_from(const Learned& from, std::int64_t runs, std::int64_t targets) {
  if (!from.array("peaks.count")) return {};
  const auto& counts = from.values<std::int64_t>("peaks.count", {runs});
  const auto deficits = from.doubles("peaks.deficits", {Learned::any});
  const auto all = std::ssize(deficits);
  const auto values = from.doubles("peaks.values", {all, targets});
  const auto& covariances = from.values<double>("peaks.covariances", {all, targets, targets});
  std::vector<std::vector<Peak>> peaks;
  std::int64_t at = 0;
  for (const auto count : counts) {
    if (count < 1 || count > all - at) throw DataError("the array 'peaks.count' does not fit the peaks");
    auto& of_run = peaks.emplace_back();
    for (const auto end = at + count; at < end; ++at)
      of_run.push_back(
          {{values.begin() + at * targets, values.begin() + (at + 1) * targets},
           {covariances.begin() + at * targets * targets, covariances.begin() + (at + 1) * targets * targets},
           deficits[static_cast<std::size_t>(at)]});
  }
  if (at != all) throw DataError("the array 'peaks.count' leaves peaks over");
  return peaks;
}

}  // namespace

std::vector<double> periods_of(const ModelDescription& model) {
  std::vector<double> periods;
  for (const auto& target : targets(model.recipe.targets, model.data.declared))
    periods.push_back(target.period());
  return periods;
}

void CalibrationContent::append(const CalibrationContent& other) {
  const auto add = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
  add(evidence.answers, other.evidence.answers);
  add(evidence.truths, other.evidence.truths);
  add(evidence.electrons, other.evidence.electrons);
  add(evidence.distances, other.evidence.distances);
  add(evidence.peaks, other.evidence.peaks);
  add(evidence.runs, other.evidence.runs);
  add(strangeness, other.strangeness);
  add(traits, other.traits);
}

Learned CalibrationContent::learned() const {
  const auto runs = static_cast<std::int64_t>(evidence.size());
  const auto targets = static_cast<std::int64_t>(evidence.targets);
  Learned all;
  all.add("answers", {runs, targets}, rounded(evidence.answers));
  all.add("truths", {runs, targets}, rounded(evidence.truths));
  all.add("electrons", {runs}, evidence.electrons);
  all.add("distances", {runs}, rounded(evidence.distances));
  save_peaks(evidence, all);
  all.add("strangeness", {runs, std::ssize(Strangeness::names)}, flat(strangeness));
  all.add("traits", {runs, std::ssize(Traits::names)}, flat(traits));
  known.save(all);
  return all;
}

CalibrationContent CalibrationContent::from(const Learned& learned, const ModelDescription& model) {
  const auto targets = std::ssize(model.recipe.targets);
  const auto runs = static_cast<std::int64_t>(learned.rows("electrons", {Learned::any}));
  if (static_cast<std::size_t>(runs) > most_evidence)
    throw DataError(fmt::format("a calibration of {} runs; expected at most {}", runs, most_evidence));
  CalibrationContent content{
      .evidence = {.targets = model.recipe.targets.size(),
                   .periods = periods_of(model),
                   .answers = learned.doubles("answers", {runs, targets}),
                   .truths = learned.doubles("truths", {runs, targets}),
                   .electrons = learned.values<double>("electrons", {runs}),
                   .distances = learned.doubles("distances", {runs})},
      .strangeness = strangeness_from(learned, runs),
      .traits = from_flat<Traits>(learned.doubles("traits", {runs, std::ssize(Traits::names)})),
      .known = KnownRuns(learned, model.recipe.image, model.recipe.targets.size(), model.train.size())};
  content.evidence.peaks = peaks_from(learned, runs, targets);
  if (model.calibration)
    for (const auto& run : model.calibration->runs)
      content.evidence.runs.push_back(run.parameters);
  check(content.evidence);
  return content;
}

}  // namespace bondscope::ml
