#include "libml/predict/calibrate_model.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

KnownRuns find_known(const Model& model, const SampleSet& samples, const SampleSet* trained, int threads) {
  if (!trained && model.description.calibration) return read_calibration(model).known;
  const auto& from = trained ? *trained : samples;
  const auto chosen = trained_on(model.description, from);
  if (chosen.size() < 3)
    throw ConfigError(
        fmt::format("{}: has {} of the runs that the model was trained on; expected at least 3, here or "
                    "in --known, to tell what is like them",
                    from.source.store, chosen.size()));
  return known_runs(model.description, {from, chosen}, threads);
}

/// Evenly spread.
std::vector<std::size_t> at_most(const std::vector<std::size_t>& all, std::size_t most) {
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < std::min(most, all.size()); ++i)
    some.push_back(all[all.size() > most ? i * all.size() / most : i]);
  return some;
}

}  // namespace

bool can_calibrate(const ModelDescription& model, const SampleSet& samples) {
  return model.recipe.classes.empty() && test_samples(model, samples).size() >= least_evidence &&
         trained_on(model, samples).size() >= 3;
}

CalibrationReport calibrate_model(Model& model, std::span<const SampleSet> sets, const SampleSet* trained,
                                  int threads) {
  const auto known = find_known(model, sets.front(), trained, threads);
  std::vector<std::size_t> runs;
  std::vector<std::vector<TargetCoverage>> coverages;
  std::optional<CalibrationContent> content;
  std::vector<std::vector<std::size_t>> held_back;
  for (const auto& samples : sets)
    held_back.push_back(at_most(test_samples(model.description, samples), most_evidence / sets.size()));
  std::vector<SomeSamples> all;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const auto& some = all.emplace_back(SomeSamples{sets[s], held_back[s]});
    auto of_set = calibrate(model, known, some, threads);
    const auto asked = targets(model.description.recipe.targets, some.samples.source.declared);
    const auto folds = std::min<std::size_t>(5, held_back[s].size() / least_evidence);
    runs.push_back(held_back[s].size());
    coverages.push_back(folds < 2 ? std::vector<TargetCoverage>()
                                  : cross_coverage(of_set.evidence, asked, dividers(some, asked),
                                                   model.description.recipe.seed, folds));
    if (content)
      content->append(of_set);
    else
      content = std::move(of_set);
  }
  add_calibration(model.folder, model.description, *content, all);
  return {runs, coverages, std::move(*content)};
}

CheckReport check_calibration(const Model& model, const CalibrationContent& content, const SampleSet& samples,
                              int threads) {
  std::set<RunParameters> calibrated;
  for (const auto& run : model.description.calibration->runs)
    calibrated.insert(run.parameters);
  auto chosen = test_samples(model.description, samples);
  std::erase_if(chosen, [&](std::size_t i) { return calibrated.contains(samples.samples[i].parameters); });
  if (chosen.size() < least_evidence)
    throw DataError(
        fmt::format("{}: {} of its runs had no part in the training or the calibration; expected at "
                    "least {}",
                    samples.source.store, chosen.size(), least_evidence));
  const SomeSamples some{samples, chosen};
  const auto asked = targets(model.description.recipe.targets, samples.source.declared);
  const auto fresh = calibrate(model, content.known, some, threads);
  const Alarm alarm(content.strangeness, content.evidence.electrons);
  double raised = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    raised += alarm(fresh.strangeness[i], fresh.evidence.electrons[i]).raised;
  return {chosen.size(),
          coverage(ConformalIntervals(content.evidence), fresh.evidence, asked, dividers(some, asked)),
          raised / static_cast<double>(chosen.size())};
}

}  // namespace bondscope::ml
