#include "libml/experiments/paper_figures.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libml/data/targets.hpp"
#include "libml/report/figures.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

namespace fs = std::filesystem;

std::optional<double> value_in_the_paper(const Experiment& e, const std::string& quantity) {
  const auto found = std::ranges::find(e.paper, quantity, &PaperValue::quantity);
  return found == e.paper.end() ? std::nullopt : std::optional(found->value);
}

std::string note_of(const Experiment& e, const Result& result) {
  const auto paper = value_in_the_paper(e, result.quantity);
  return fmt::format("MAE {}{}, n = {}", fmt::format("{:.3g}", result.value),
                     paper ? fmt::format(" (paper {})", format_number(*paper)) : "", result.test_runs);
}

std::vector<double> values(const std::map<std::uint64_t, double>& by_run) {
  std::vector<double> all;
  for (const auto& [run, value] : by_run)
    all.push_back(value);
  return all;
}

TestPanel panel_of(const Experiment& e, const PaperFigure& figure, const Result& result,
                   const fs::path& folder) {
  const bool joint = figure.shows == "joint";
  const auto& quantity = result.quantity;
  const auto read = [&](const std::string& column) { return values(read_predictions(folder, column)); };
  TestPanel panel{.title = fmt::format("{}  {}", figure.number, e.name),
                  .note = joint ? fmt::format("both errors, n = {}", result.test_runs) : note_of(e, result),
                  .x_of = target(quantity),
                  .y_of = target(joint ? "intensity" : quantity),
                  .x = {},
                  .y = {},
                  .errors = joint};
  panel.x = read((joint ? "error_" : "true_") + quantity);
  panel.y = read(joint ? "error_intensity" : "predicted_" + quantity);
  return panel;
}

}  // namespace

std::vector<std::string> draw_paper_figures(const fs::path& png, const Reproduction& reproduction,
                                            const std::function<fs::path(const Experiment&)>& folder) {
  std::vector<std::pair<std::string, TestPanel>> panels;
  std::vector<std::string> warnings;
  for (const auto& e : reproduction.experiments)
    for (const auto& figure : e.figures) {
      const auto quantity = figure.shows == "joint" ? std::string("R") : figure.shows;
      const auto result = std::ranges::find_if(reproduction.results, [&](const Result& r) {
        return r.experiment == e.name && r.quantity == quantity && r.seed == reproduction.seeds.front();
      });
      if (result == reproduction.results.end()) continue;
      try {
        panels.emplace_back(figure.number, panel_of(e, figure, *result, folder(e)));
      } catch (const Error& error) {
        warnings.push_back(fmt::format("figure {}: {}", figure.number, error.what()));
      }
    }
  if (panels.empty()) return warnings;
  std::ranges::stable_sort(panels, {}, &std::pair<std::string, TestPanel>::first);
  std::vector<TestPanel> sorted;
  for (auto& [number, panel] : panels)
    sorted.push_back(std::move(panel));
  draw_tests(png, "Figures of Phys. Rev. A 107, 033106 by the experiments here", sorted);
  return warnings;
}

}  // namespace bondscope::ml
