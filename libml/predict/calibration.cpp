#include "libml/predict/calibration.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "libml/arrays/safetensors.hpp"
#include "libml/train/preprocessing.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"

namespace bondscope::ml {
namespace {

constexpr const char* kind = "conformal";
constexpr const char* file_name = "calibration.safetensors";

void expect_numbers(const ModelDescription& model) {
  if (!model.recipe.classes.empty())
    throw ConfigError(
        "a classifier's answers are classes, which have no intervals; expected a model of numbers");
}

}  // namespace

std::vector<std::size_t> trained_on(const ModelDescription& model, const SampleSet& samples) {
  std::vector<RunParameters> runs;
  for (const auto& run : model.train)
    runs.push_back(run.parameters);
  std::ranges::sort(runs);
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (samples.samples[i].unknown.empty() && std::ranges::binary_search(runs, samples.samples[i].parameters))
      chosen.push_back(i);
  return chosen;
}

KnownRuns known_runs(const ModelDescription& model, const SomeSamples& trained, int threads) {
  expect_numbers(model);
  std::map<RunParameters, std::int64_t> numbers;
  for (std::size_t run = 0; run < model.train.size(); ++run)
    numbers.emplace(model.train[run].parameters, static_cast<std::int64_t>(run));
  std::vector<std::int64_t> runs;
  for (const auto i : trained.chosen) {
    const auto found = numbers.find(trained.samples.samples[i].parameters);
    if (found == numbers.end())
      throw DataError(fmt::format("{}: the model was not trained on run {}", trained.samples.source.store,
                                  trained.samples.samples[i].number));
    runs.push_back(found->second);
  }
  return {trained.samples, trained.chosen, runs, target_values(model.recipe, trained.samples, trained.chosen),
          threads};
}

CalibrationContent calibrate(const Model& model, KnownRuns known, const SomeSamples& held_back, int threads) {
  const auto& [samples, chosen] = held_back;
  const auto& description = model.description;
  expect_numbers(description);
  for (const auto& target : targets(description.recipe.targets, samples.source.declared))
    expect_known(samples, chosen, target.parameter);
  CalibrationContent content{.evidence = {.targets = description.recipe.targets.size(),
                                          .periods = periods_of(description),
                                          .answers = {},
                                          .truths = target_values(description.recipe, samples, chosen),
                                          .electrons = {},
                                          .distances = {},
                                          .peaks = model.method->peaks(samples, chosen)},
                             .strangeness = {},
                             .traits = {},
                             .known = std::move(known)};
  content.evidence.answers = content.evidence.peaks.empty() ? model.method->predict(samples, chosen)
                                                            : first_peaks(content.evidence.peaks);
  for (const auto i : chosen) {
    content.evidence.electrons.push_back(samples.samples[i].electrons);
    content.evidence.runs.push_back(samples.samples[i].parameters);
  }
  for (const auto& place : content.known.places(samples, chosen, threads)) {
    const auto& peaks = content.evidence.peaks;
    content.strangeness.push_back(with_misfit(
        place.strangeness, peaks.empty() ? std::span<const Peak>() : peaks[content.strangeness.size()]));
    content.evidence.distances.push_back(place.distance);
  }
  check(content.evidence);
  const auto small = thumbnails(samples, chosen);
  for (std::size_t i = 0; i < small.size(); ++i)
    content.traits.push_back(traits_of(small, i));
  return content;
}

std::vector<Divider> dividers(const SomeSamples& some, const std::vector<Target>& targets) {
  auto names = measured_targets();
  for (const auto& target : targets)
    if (std::ranges::find(names, target.name) == names.end()) names.push_back(target.name);
  std::vector<Divider> all;
  for (const auto& name : names) {
    const auto quantity = target(name, some.samples.source.declared);
    Divider divider{quantity.name, quantity.unit, {}};
    for (const auto i : some.chosen) {
      const auto& sample = some.samples.samples[i];
      if (std::ranges::find(sample.unknown, quantity.parameter.name) == sample.unknown.end())
        divider.values.push_back(quantity.value(sample.parameters));
    }
    if (divider.values.size() == some.chosen.size()) all.push_back(std::move(divider));
  }
  return all;
}

void add_calibration(const std::filesystem::path& folder, ModelDescription& model,
                     const CalibrationContent& content, const std::vector<SomeSamples>& held_back) {
  model.calibration =
      Calibration{.kind = kind, .levels = {shown_levels.begin(), shown_levels.end()}, .runs = {}};
  for (const auto& [samples, chosen] : held_back)
    for (const auto i : chosen)
      model.calibration->runs.push_back({samples.samples[i].parameters, samples.samples[i].checksum});
  write_file(folder / file_name, to_safetensors(content.learned().arrays));
}

CalibrationContent read_calibration(const Model& model) {
  const auto name = (model.folder / file_name).string();
  const auto& calibration = model.description.calibration;
  if (!calibration)
    throw ConfigError(fmt::format(
        "{}: the model is not calibrated, so its answers would have no intervals; 'pmd_train calibrate' does "
        "it with runs that it has not seen",
        model.folder.string()));
  if (calibration->kind != kind)
    throw DataError(fmt::format("{}: a calibration of the kind '{}'; this program knows '{}'", name,
                                calibration->kind, kind));
  expect_numbers(model.description);
  const auto bytes = read_model_file(model.folder, model.description, file_name);
  try {
    return CalibrationContent::from({from_safetensors(bytes), {}}, model.description);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", name, error.what()));
  }
}

}  // namespace bondscope::ml
