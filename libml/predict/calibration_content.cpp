#include "libml/predict/calibration_content.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

/// Numbers [run][member] of values that are arrays.
template <class T>
std::vector<double> flat(const std::vector<T>& all) {
  std::vector<double> numbers;
  for (const auto& one : all)
    numbers.insert(numbers.end(), one.values.begin(), one.values.end());
  return numbers;
}

template <class T>
std::vector<T> from_flat(const std::vector<double>& numbers) {
  std::vector<T> all(numbers.size() / T::names.size());
  for (std::size_t i = 0; i < numbers.size(); ++i)
    all[i / T::names.size()].values[i % T::names.size()] = numbers[i];
  return all;
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
  add(strangeness, other.strangeness);
  add(traits, other.traits);
}

Learned CalibrationContent::learned() const {
  const auto runs = static_cast<std::int64_t>(evidence.size());
  const auto targets = static_cast<std::int64_t>(evidence.targets);
  Learned all;
  all.add("answers", {runs, targets}, evidence.answers);
  all.add("truths", {runs, targets}, evidence.truths);
  all.add("electrons", {runs}, evidence.electrons);
  all.add("distances", {runs}, evidence.distances);
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
                   .answers = learned.values<double>("answers", {runs, targets}),
                   .truths = learned.values<double>("truths", {runs, targets}),
                   .electrons = learned.values<double>("electrons", {runs}),
                   .distances = learned.values<double>("distances", {runs})},
      .strangeness = from_flat<Strangeness>(
          learned.values<double>("strangeness", {runs, std::ssize(Strangeness::names)})),
      .traits = from_flat<Traits>(learned.values<double>("traits", {runs, std::ssize(Traits::names)})),
      .known = KnownRuns(learned, model.recipe.image, model.recipe.targets.size(), model.train.size())};
  check(content.evidence);
  return content;
}

}  // namespace bondscope::ml
