#include "libml/predict/answer.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libml/baselines/instrument.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

/// Of a parameter among the runs trained on.
ConfidenceInterval range_of(const ModelDescription& model, const auto& value) {
  ConfidenceInterval range{value(model.train.front().parameters), value(model.train.front().parameters)};
  for (const auto& run : model.train) {
    range.low = std::min(range.low, value(run.parameters));
    range.high = std::max(range.high, value(run.parameters));
  }
  return range;
}

std::set<std::string> molecules_of(const ModelDescription& model) {
  std::set<std::string> molecules;
  for (const auto& run : model.train)
    molecules.insert(run.parameters.molecule);
  return molecules;
}

/// What is known of the distribution itself and is not as the model learned it.
std::vector<std::string> contradictions(const ModelDescription& model, const Sample& sample) {
  std::vector<std::string> all;
  const bool unknown = sample.measured && sample.parameters.molecule == "unknown";  // so import says
  if (const auto molecules = molecules_of(model); !unknown && !molecules.contains(sample.parameters.molecule))
    all.push_back(fmt::format("the molecule is {}, and the model knows {}", sample.parameters.molecule,
                              fmt::join(molecules, ", ")));
  for (const auto& parameter : common_parameters()) {
    if (std::ranges::find(sample.unknown, parameter.name) != sample.unknown.end()) continue;
    const auto [low, high] = range_of(model, [&](const RunParameters& run) { return parameter.of(run); });
    // Some runs of the same ranges lie outside of what n others reach, and hardly one by more than this.
    const double gaps = 7 * (high - low) / static_cast<double>(model.train.size());
    const double value = parameter.of(sample.parameters),
                 margin = gaps + 1e-6 * (std::abs(low) + std::abs(high)) + 1e-9;
    if (value < low - margin || value > high + margin)
      all.push_back(fmt::format("{} is {:.4g} {}, and the model learned from {:.4g}{}", parameter.title,
                                value / parameter.shown_unit, parameter.shown_unit_name,
                                low / parameter.shown_unit,
                                high > low ? fmt::format(" to {:.4g}", high / parameter.shown_unit) : ""));
  }
  return all;
}

constexpr std::array about_strangeness{
    "it is far from all runs that the model learned from",
    "it does not lie between the runs that the model learned from, but beside them",
    "it has structures that none of the runs has that the model learned from",
    "its features lie far out among those of the runs that the model learned from",
    "its momenta reach elsewhere than those of the runs that the model learned from",
    "nothing that the model knows fits it, whatever the experiment did"};
static_assert(about_strangeness.size() == Strangeness::names.size());

}  // namespace

std::vector<std::pair<std::string, std::string>> assumptions(const ModelDescription& model) {
  std::vector<std::pair<std::string, std::string>> all{
      {"molecule", fmt::format("{}", fmt::join(molecules_of(model), ", "))}};
  std::set<std::string> asked;
  for (const auto& target : targets(model.recipe.targets, model.data.declared))
    asked.insert(target.parameter.name);
  for (const auto& parameter : all_parameters(model.data.declared)) {
    const auto [low, high] = range_of(model, [&](const RunParameters& run) { return parameter.of(run); });
    const double unit = parameter.shown_unit;
    all.push_back(
        {parameter.title + (asked.contains(parameter.name) ? " (asked for)" : ""),
         high > low ? fmt::format("{:.4g} to {:.4g} {}", low / unit, high / unit, parameter.shown_unit_name)
                    : fmt::format("{:.4g} {}", low / unit, parameter.shown_unit_name)});
  }
  for (const auto& [key, value] : model.data.setting)
    if (value) {
      const auto number = read_number(*value);
      all.push_back({key, number ? fmt::format("{:.6g}", *number) : *value});
    }
  return all;
}

double AnsweredTarget::reach(std::size_t level) const {
  for (const auto& part : parts[level])
    if (part.low <= value && value <= part.high) return (part.high - part.low) / 2;
  return scale;
}

Answerer::Answerer(Model model, int threads) : Answerer(model, read_calibration(model), threads) {}

Answerer::Answerer(Model model, CalibrationContent content, int threads)
    : model_(std::move(model)),
      threads_(threads),
      told_(ml::targets(model_.description.recipe.targets, model_.description.data.declared)),
      targets_(told_.targets()),
      intervals_(told_.evidence(content.evidence)),
      alarm_(std::move(content.strangeness), content.evidence.electrons, content.evidence.runs),
      traits_(std::move(content.traits)),
      known_(std::move(content.known)) {
  for (const auto& target : targets_)
    learned_.push_back(
        range_of(model_.description, [&](const RunParameters& run) { return target.value(run); }));
}

AnsweredTarget Answerer::answer(const Target& target, std::size_t number,
                                const Evidence::Asked& asked) const {
  AnsweredTarget found{
      .target = target, .value = asked.answers[number], .scale = intervals_.scale(asked, number)};
  for (std::size_t l = 0; l < shown_levels.size(); ++l)
    if (auto region = intervals_.region(asked, number, shown_levels[l])) {
      found.intervals[l] = {region->front().low, region->back().high};
      found.parts[l] = std::move(*region);
    }
  found.draws = intervals_.draws(asked, number);
  return found;
}

void Answerer::judge(Answer& answer, const KnownRuns::Place& place, bool incomplete) const {
  const auto& sample = answer.sample;
  const auto explained = incomplete ? std::span<const Peak>() : std::span<const Peak>(answer.peaks);
  answer.alarm = alarm_(with_misfit(place.strangeness, explained), sample.electrons);
  if (answer.alarm.raised)
    answer.distrust.push_back(
        fmt::format("{} (p = {:.2g})", about_strangeness[answer.alarm.strangest], answer.alarm.p_value));
  if (!intervals_.knows(sample.electrons))
    answer.distrust.push_back(
        sample.electrons > 0
            ? fmt::format("its intervals are not for {:.3g} counted electrons: the model was calibrated with "
                          "others; 'pmd_train calibrate' with distributions of as many mends it",
                          sample.electrons)
            : "its intervals are for counted electrons, and this distribution was not counted");
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    const auto& of = answer.targets[t];
    if (targets_[t].period() > 0) continue;
    const auto [low, high] = learned_[t];
    const double reach = of.reach(1);
    if (of.value < low - reach || of.value > high + reach)
      answer.distrust.push_back(
          fmt::format("{} = {:.4g} {} is outside of what the model learned, {:.4g} to {:.4g}", of.target.name,
                      of.value, of.target.unit, low, high));
  }
  std::ranges::move(contradictions(model_.description, sample), std::back_inserter(answer.distrust));
}

void Answerer::note_effects(Answer& answer) {
  std::vector<std::string> found;
  for (const auto& [name, value] : answer.effects) {
    const auto& effect = known_effect(name);
    const std::string label = effect.label, unit = effect.unit;
    found.push_back(value ? fmt::format("{} {:.3g}{}", label, *value, unit.empty() ? "" : " " + unit)
                          : "no " + label);
  }
  if (!found.empty()) answer.notes.push_back(fmt::format("found beside: {}", fmt::join(found, ", ")));
}

/// Other answers that an interval of 95 % holds as well.
void Answerer::note_other_peaks(Answer& answer) const {
  for (std::size_t h = 1; h < answer.peaks.size(); ++h) {
    const auto& peak = answer.peaks[h];
    bool apart = false;
    std::vector<std::string> values;
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      const auto& of = answer.targets[t];
      values.push_back(fmt::format("{} = {:.4g} {}", of.target.name, peak.values[t], of.target.unit));
      const auto holds = [&](const ConfidenceInterval& part, double value) {
        const double near = beside(of.value, value, targets_[t].period());
        return part.low <= near && near <= part.high;
      };
      for (const auto& part : of.parts.back())
        apart = apart || (holds(part, peak.values[t]) && !holds(part, of.value));
    }
    if (apart)
      answer.notes.push_back(fmt::format("there may be another answer: {}, {:.2g} times as probable",
                                         fmt::join(values, ", "), std::exp(-peak.deficit)));
  }
}

/// Known runs that are nearly as similar as the nearest, and have another value.
void Answerer::note_other_answers(Answer& answer, const KnownRuns::Place& place) const {
  constexpr double nearly = 1.5, many_scales = 10, part_of_range = 0.1;
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    const auto& of = answer.targets[t];
    const double apart =
        std::max(many_scales * of.scale, part_of_range * (learned_[t].high - learned_[t].low));
    for (const auto& near : place.neighbours) {
      const double value = known_.truths_of(near.known)[told_.asked(t)];
      if (targets_[t].period() > 0 || near.distance > nearly * place.neighbours.front().distance ||
          std::abs(value - of.value) < apart)
        continue;
      answer.notes.push_back(
          fmt::format("a known run that is nearly as similar as the nearest has {} = {:.4g} {}: there "
                      "may be more than one answer",
                      of.target.name, value, of.target.unit));
      break;
    }
  }
}

std::vector<Answer> Answerer::operator()(const SampleSet& samples, const std::vector<std::size_t>& chosen,
                                         const std::vector<bool>& incomplete) const {
  const auto peaks = model_.method->peaks(samples, chosen);
  const auto outputs = peaks.empty() ? model_.method->predict(samples, chosen) : first_peaks(peaks);
  const auto values = told_.values(outputs);
  const auto of_model = outputs.size() / std::max<std::size_t>(chosen.size(), 1);
  const auto places = known_.places(samples, chosen, threads_);
  const auto small = thumbnails(samples, chosen);
  std::vector<Answer> all;
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    Answer answer{.sample = samples.samples[chosen[i]], .targets = {}, .alarm = {}};
    const auto of_run = std::span(values).subspan(i * targets_.size(), targets_.size());
    // A calibration without peaks has scales that do not go with them.
    if (!peaks.empty() && !intervals_.evidence().peaks.empty()) answer.peaks = peaks[i];
    const Evidence::Asked asked{of_run, answer.sample.electrons, places[i].distance, answer.peaks,
                                std::span(outputs).subspan(i * of_model, of_model)};
    for (std::size_t t = 0; t < targets_.size(); ++t)
      answer.targets.push_back(this->answer(targets_[t], t, asked));
    for (std::size_t l = 0; l < shown_levels.size(); ++l)
      answer.joint[l] = intervals_.joint_region(asked, shown_levels[l]);
    if (!peaks.empty()) answer.effects = peaks[i].front().effects;
    judge(answer, places[i], !incomplete.empty() && incomplete[chosen[i]]);
    note_effects(answer);
    note_other_peaks(answer);
    note_other_answers(answer, places[i]);
    if (!answer.trusted()) answer.hints = ml::hints(traits_of(small, i), traits_);
    answer.picture = picture_of(small.floats_of(i), small.image);
    const auto near = [&](std::size_t known, double distance) {
      return NearRun{model_.description.train[known_.run_of(known)].parameters, distance};
    };
    constexpr std::size_t told = 3;
    for (const auto& [known, distance] :
         std::span(places[i].neighbours).first(std::min(told, places[i].neighbours.size())))
      answer.nearest.push_back(near(known, distance));
    for (const auto& [reference, distance] : places[i].references) {
      auto image = known_.reference(reference);
      answer.beside.push_back({near(image.known, distance), std::move(image)});
    }
    all.push_back(std::move(answer));
  }
  return all;
}

}  // namespace bondscope::ml
