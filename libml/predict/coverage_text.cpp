#include "libml/predict/coverage_text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace bondscope::ml {
namespace {

std::string percent(double share) {
  return fmt::format("{:.1f}", 100 * share);
}

std::vector<std::string> row(const CoverageOfPart& part) {
  std::vector<std::string> cells{part.part, std::to_string(part.levels.front().runs)};
  for (const auto& c : part.levels)
    cells.push_back(describe(c));
  cells.push_back(fmt::format("{:.3g}", part.mean_width));
  cells.push_back(fmt::format("{:.3g}", part.mean_absolute_error));
  cells.push_back(
      part.mean_absolute_error > 0 ? fmt::format("{:.1f}", part.mean_width / part.mean_absolute_error) : "");
  return cells;
}

std::vector<std::string> header() {
  return {"runs with",          "runs",         "in 68 %", "in 90 %", "in 95 %",
          "mean width of 90 %", "mean |error|", "ratio"};
}

bool is_judged(const std::vector<TargetCoverage>& coverages) {
  return std::ranges::any_of(coverages, [](const TargetCoverage& of_target) {
    return std::ranges::any_of(of_target.parts, [](const CoverageOfPart& part) {
      return std::ranges::any_of(part.levels, &Coverage::judged);
    });
  });
}

}  // namespace

std::string describe(const Coverage& c) {
  if (c.runs == 0) return "too few runs";
  if (!c.judged) return percent(c.share());
  return fmt::format("{} ({} to {})", percent(c.share()), percent(c.low), percent(c.high));
}

std::string describe(const std::vector<TargetCoverage>& coverages) {
  std::string text;
  for (const auto& of_target : coverages) {
    std::vector<std::vector<std::string>> rows{header()};
    rows.front().front() = of_target.target.name + ", " + rows.front().front();
    for (const auto& part : of_target.parts)
      rows.push_back(row(part));
    std::vector<std::size_t> widths(rows.front().size());
    for (const auto& cells : rows)
      for (std::size_t i = 0; i < cells.size(); ++i)
        widths[i] = std::max(widths[i], cells[i].size());
    for (const auto& cells : rows) {
      std::string line;
      for (std::size_t i = 0; i < cells.size(); ++i)
        line += i == 0 ? fmt::format("{:<{}}", cells[i], widths[i])
                       : fmt::format("  {:>{}}", cells[i], widths[i]);
      text += line + "\n";
    }
  }
  if (!is_judged(coverages)) return text;
  for (const auto& one : refuted(coverages))
    text += "refuted at 1 %: " + one + "\n";
  if (refuted(coverages).empty()) text += "none of these shares is refuted at 1 %, all tests together\n";
  return text;
}

HtmlSection coverage_section(const std::vector<TargetCoverage>& coverages, const std::string& about,
                             const std::filesystem::path& picture) {
  HtmlSection section{
      .title = "Intervals",
      .paragraphs = {
          about +
          " Ratio: of the mean width of the 90 % intervals and the mean absolute error; 4.1 for normal "
          "errors "
          "that are the same everywhere. That the share of all runs comes near its level is no proof, since "
          "they "
          "calibrate each other; the proof is a count of fresh runs: 'pmd_train calibrate --check'."}};
  for (const auto& of_target : coverages) {
    HtmlTable table{.caption = of_target.target.unit.empty()
                                   ? of_target.target.name
                                   : fmt::format("{} ({})", of_target.target.name, of_target.target.unit),
                    .header = header(),
                    .rows = {}};
    for (const auto& part : of_target.parts)
      table.rows.push_back(row(part));
    section.tables.push_back(std::move(table));
  }
  section.pictures = {{picture,
                       "Share of runs in their intervals against what the intervals promise; and how the "
                       "truths lie in the answers' densities (flat if all is well)."}};
  return section;
}

}  // namespace bondscope::ml
