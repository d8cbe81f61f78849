#include "libml/report/card.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libml/data/targets.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

std::string results_text(const std::optional<TestResult>& test) {
  if (!test) return "Not known.\n";
  std::string text =
      "| | unit | mean absolute error, or accuracy | 95 % interval |\n| --- | --- | --- | --- |\n";
  for (const auto& metric : test->metrics)
    text += fmt::format("| {} | {} | {:.4g} | {:.4g} to {:.4g} |\n", metric.name, metric.unit, metric.value,
                        metric.interval_95.low, metric.interval_95.high);
  return text + fmt::format(
                    "\nOn {} runs of the same data set that had no part in the training. The interval is a "
                    "bootstrap over them.\n",
                    test->test_runs);
}

/// Of each parameter the range that was learned from.
std::string ranges(const ModelDescription& model) {
  std::set<std::string> molecules;
  for (const auto& run : model.train)
    molecules.insert(run.parameters.molecule);
  std::string text = fmt::format("- molecule: {}\n", fmt::join(molecules, ", "));
  for (const auto& parameter : all_parameters(model.data.declared)) {
    std::vector<double> values;
    for (const auto& run : model.train)
      values.push_back(parameter.of(run.parameters));
    const auto [low, high] = std::ranges::minmax(values);
    text += fmt::format("- {}: {:.4g} to {:.4g} {}\n", parameter.name, low, high, parameter.unit);
  }
  for (const auto& [key, value] : model.data.setting) {
    const auto number = read_number(value.value_or(""));
    text +=
        fmt::format("- {}: {}\n", key, number ? fmt::format("{:.6g}", *number) : value.value_or("unknown"));
  }
  return text;
}

std::string learning(const ModelDescription& model) {
  if (!model.recipe.is_network()) return fmt::format("It learned in one go, seed {}.", model.recipe.seed);
  auto text = fmt::format("{} parameters, {} epochs, seed {}; {}.", model.parameter_count, model.epochs_done,
                          model.recipe.seed,
                          model.selection == last_epoch
                              ? "the last epoch counts"
                              : fmt::format("the best epoch, {}, by {}", model.best_epoch, model.selection));
  if (const auto& origin = model.origin)
    text +=
        fmt::format(" It began as {} (recipe {}, data set {}), whose first {} blocks stayed as they were.",
                    origin->model, origin->recipe, origin->dataset, origin->frozen_blocks);
  return text;
}

std::string limits(const ModelDescription& model) {
  return fmt::format(
      "- Outside the ranges above, and for other pulses, absorbers and momentum axes, nothing is known of "
      "its "
      "errors.\n"
      "- It learned from distributions as the data set has them: noise, resolution, background and averages "
      "over a focus are in its test only if they are in its data.\n"
      "- {}\n",
      model.calibration ? fmt::format("Its answers have calibrated intervals ({}).", model.calibration->kind)
                        : "Its answers are single numbers without intervals: it is not calibrated.");
}

}  // namespace

std::string card(const ModelDescription& model, const std::optional<TestResult>& test,
                 const std::string& intervals) {
  const auto& data = model.data;
  auto text = fmt::format("# {}: {} from photoelectron momentum distributions\n\n", model.recipe.name,
                          join(model.recipe.targets));
  text += fmt::format("Method: {}. {} Trained {} by version {}, on {}, {}.\n\n", model.recipe.method,
                      learning(model), model.created, model.code_version, model.machine, model.device);
  text += "## Results\n\n" + results_text(test);
  if (!intervals.empty()) text += "\n## Intervals\n\n" + intervals;
  text += fmt::format(
      "\n## Data\n\n{} runs of the data set '{}' (preset '{}', {} {}, made by version {}):\n\n{}",
      model.train.size(), data.dataset, data.preset, data.kind, data.store, data.code_version, ranges(model));
  text += "\n## Limits\n\n" + limits(model);
  return text + "\n## Recipe\n\n```yaml\n" + model.recipe.to_yaml() + "```\n";
}

}  // namespace bondscope::ml
