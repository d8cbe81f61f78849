#include "libml/predict/calibrate_model.hpp"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "libml/predict/coverage_text.hpp"
#include "libml/predict/told_targets.hpp"
#include "libml/report/card.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"

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

CoverageOf coverage_of(const SomeSamples& some, const Evidence& evidence) {
  double electrons = 0;
  for (const double of_run : evidence.electrons)
    electrons += of_run / static_cast<double>(evidence.size());
  return {some.samples.source.store, evidence.size(), electrons, {}};
}

std::string rows_of_card(const CoverageOf& of) {
  // With its folder: that is where files of several detectors differ.
  const std::filesystem::path file(of.file);
  const auto begin =
      fmt::format("| {} | {} | {} |", (file.parent_path().filename() / file.filename()).string(),
                  of.electrons > 0 ? fmt::format("{:.3g}", of.electrons) : "none", of.runs);
  if (of.coverages.empty()) return begin + " too few to count | | | | | |\n";
  std::string rows;
  for (const auto& target : of.coverages) {
    const auto& all = target.parts.front();
    const auto unit = target.target.unit.empty() ? "" : fmt::format(" ({})", target.target.unit);
    rows += fmt::format("{} {}{} |", begin, target.target.name, unit);
    for (const auto& level : all.levels)
      rows += fmt::format(" {} |", describe(level));
    rows += fmt::format(" {:.3g} | {:.3g} |\n", all.mean_width, all.mean_absolute_error);
  }
  return rows;
}

}  // namespace

bool can_calibrate(const ModelDescription& model, const SampleSet& samples) {
  return model.recipe.classes.empty() && test_samples(model, samples).size() >= least_evidence &&
         trained_on(model, samples).size() >= 3;
}

CalibrationReport calibrate_model(Model& model, std::span<const SampleSet> sets, const SampleSet* trained,
                                  int threads) {
  const auto known = find_known(model, sets.front(), trained, threads);
  std::vector<CoverageOf> within;
  std::optional<CalibrationContent> content;
  std::vector<std::vector<std::size_t>> held_back;
  for (const auto& samples : sets)
    held_back.push_back(at_most(test_samples(model.description, samples), most_evidence / sets.size()));
  std::vector<SomeSamples> all;
  for (std::size_t s = 0; s < sets.size(); ++s) {
    const auto& some = all.emplace_back(SomeSamples{sets[s], held_back[s]});
    auto of_set = calibrate(model, known, some, threads);
    const ToldTargets told(targets(model.description.recipe.targets, some.samples.source.declared));
    const auto folds = std::min<std::size_t>(5, held_back[s].size() / least_evidence);
    within.push_back(coverage_of(some, of_set.evidence));
    if (folds >= 2)
      within.back().coverages =
          cross_coverage(told.evidence(of_set.evidence), told.targets(), dividers(some, told.targets()),
                         model.description.recipe.seed, folds);
    if (content)
      content->append(of_set);
    else
      content = std::move(of_set);
  }
  add_calibration(model.folder, model.description, *content, all);
  // As it will be read again.
  return {std::move(within), CalibrationContent::from(content->learned(), model.description)};
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
  const ToldTargets told(targets(model.description.recipe.targets, samples.source.declared));
  const auto fresh = calibrate(model, content.known, some, threads);
  const Alarm alarm(content.strangeness, content.evidence.electrons, content.evidence.runs);
  double raised = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    raised += alarm(fresh.strangeness[i], fresh.evidence.electrons[i]).raised;
  auto of = coverage_of(some, fresh.evidence);
  of.coverages = coverage(ConformalIntervals(told.evidence(content.evidence)), told.evidence(fresh.evidence),
                          told.targets(), dividers(some, told.targets()));
  return {std::move(of), raised / static_cast<double>(chosen.size())};
}

std::string intervals_of_card(const CalibrationReport& report, std::span<const CheckReport> checks) {
  std::string text =
      "Intervals of 68, 90 and 95 % about its answers are calibrated (conformal), so that as many hold the "
      "truth of distributions like those that calibrated them:\n\n";
  const std::string header =
      "| runs of | counted electrons | runs | | in 68 % | in 90 % | in 95 % | mean width of 90 % | mean "
      "absolute error |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  text += header;
  for (const auto& of : report.within)
    text += rows_of_card(of);
  text +=
      "\nEach fifth of a file's runs was asked with intervals from the others of that file: that all "
      "together come "
      "near the level is no proof.\n";
  if (checks.empty()) return text;
  text +=
      "\nChecked on runs that calibrated nothing, in brackets where 99 % of such shares lie if the promise "
      "holds:\n\n" +
      header;
  for (const auto& check : checks)
    text += rows_of_card(check.of);
  return text;
}

void write_card(const Model& model, const std::string& intervals) {
  std::optional<TestResult> test;
  if (std::filesystem::exists(model.folder / "metrics.json")) test = read_test_result(model.folder);
  write_file(model.folder / "card.md", card(model.description, test, intervals));
}

}  // namespace bondscope::ml
