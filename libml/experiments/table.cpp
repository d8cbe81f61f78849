#include "libml/experiments/table.hpp"

#include <algorithm>
#include <cmath>

#include "libml/experiments/load.hpp"
#include "libml/experiments/quantity.hpp"

namespace bondscope::ml {
namespace {

bool contains(const auto& range, const auto& value) {
  return std::find(range.begin(), range.end(), value) != range.end();
}

/// Of one experiment and the seeds asked for.
std::vector<Result> results_of(const Reproduction& all, const Experiment& experiment) {
  std::vector<Result> results;
  for (const auto& result : all.results)
    if (result.experiment == experiment.name && contains(all.seeds, result.seed)) results.push_back(result);
  return results;
}

PaperValue const* find_in_paper(const Experiment& experiment, const std::string& quantity) {
  const auto found = std::ranges::find(experiment.paper, quantity, &PaperValue::quantity);
  return found == experiment.paper.end() ? nullptr : &*found;
}

std::optional<double> paper_value(const Experiment& experiment, const std::string& quantity) {
  const auto* paper = find_in_paper(experiment, quantity);
  return paper ? std::optional(paper->value) : std::nullopt;
}

/// Errors that more or fewer runs were learned from say nothing about each other.
bool comparable(const Row& row) {
  if (!row.paper_runs) return true;
  constexpr double most = 0.1;
  const auto ours = static_cast<double>(row.train_runs), theirs = static_cast<double>(*row.paper_runs);
  return std::abs(ours - theirs) <= most * theirs;
}

std::vector<std::string> quantities_to_show(const Experiment& experiment,
                                            const std::vector<Result>& results) {
  std::vector<std::string> names;
  for (const auto& paper : experiment.paper)
    names.push_back(paper.quantity);
  for (const auto& result : results)
    if (!contains(names, result.quantity)) names.push_back(result.quantity);
  if (names.empty()) names.emplace_back();
  return names;
}

std::optional<Average> average_of(const std::vector<Result>& results, const std::string& quantity) {
  std::vector<double> values;
  for (const auto& result : results)
    if (result.quantity == quantity) values.push_back(result.value);
  return values.empty() ? std::nullopt : std::optional(average(values));
}

std::optional<ConfidenceInterval> interval_of(const std::vector<Result>& results,
                                              const std::string& experiment, const std::string& quantity,
                                              Intervals& intervals) {
  const auto [errors, none] = on_common_runs(errors_of(results, experiment, quantity));
  if (errors.empty() || errors.front().size() < 2) return {};
  return intervals.of_mean(errors);
}

Row row(const Experiment& experiment, const std::string& quantity, const std::vector<Result>& results,
        Intervals& intervals) {
  Row row{.experiment = experiment.name,
          .title = experiment.title,
          .section = experiment.section,
          .quantity = quantity,
          .unit = unit_of(quantity),
          .paper = paper_value(experiment, quantity),
          .paper_runs = {},
          .ours = average_of(results, quantity),
          .interval_95 = interval_of(results, experiment.name, quantity, intervals),
          .ratio = {},
          .training_seconds = {},
          .status = {}};
  if (const auto* paper = find_in_paper(experiment, quantity)) row.paper_runs = paper->runs;
  bool first = true;
  std::vector<double> seconds;
  for (const auto& result : results) {
    if (result.quantity != quantity) continue;
    if (result.seconds > 0) seconds.push_back(result.seconds);
    row.train_runs = first ? result.train_runs : std::min(row.train_runs, result.train_runs);
    row.test_runs = first ? result.test_runs : std::min(row.test_runs, result.test_runs);
    first = false;
  }
  if (row.ours && row.paper && *row.paper != 0 && comparable(row)) row.ratio = row.ours->mean / *row.paper;
  if (!seconds.empty()) row.training_seconds = mean(seconds);
  return row;
}

std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

std::string status(const Reproduction& all, const Experiment& experiment,
                   const std::vector<Result>& results) {
  const auto done =
      static_cast<std::size_t>(std::count_if(all.seeds.begin(), all.seeds.end(), [&](std::uint64_t seed) {
        return std::any_of(results.begin(), results.end(),
                           [&](const Result& result) { return result.seed == seed; });
      }));
  const auto problem = all.problems.find(experiment.name);
  std::string text = done == 0 ? "not done" : "done";
  const auto wanted = all.deterministic.contains(experiment.name) ? 1 : all.seeds.size();
  if (done > 0 && done < wanted)
    text = "partly: " + std::to_string(done) + " of " + std::to_string(all.seeds.size()) + " seeds";
  if (const auto shortfall = all.shortfalls.find(experiment.name);
      shortfall != all.shortfalls.end() && done > 0)
    text += "; " + shortfall->second;
  if (problem == all.problems.end()) return text;
  return one_line(done == 0 ? problem->second : text + "; " + problem->second);
}

}  // namespace

std::vector<Row> rows(const Reproduction& reproduction) {
  std::vector<Row> all;
  for (const auto& experiment : reproduction.experiments) {
    const auto results = results_of(reproduction, experiment);
    const auto state = status(reproduction, experiment, results);
    for (const auto& quantity : quantities_to_show(experiment, results)) {
      all.push_back(row(experiment, quantity, results, *reproduction.intervals));
      all.back().status = state;
    }
  }
  return all;
}

TransferTable transfer_table(const Reproduction& reproduction) {
  TransferTable table;
  for (const auto& experiment : reproduction.experiments)
    for (const auto& cell : table_cells(experiment))
      if (!contains(table.columns, cell.data)) table.columns.push_back(cell.data);
  for (const auto& experiment : reproduction.experiments) {
    const auto results = results_of(reproduction, experiment);
    for (const auto& cell : table_cells(experiment)) {
      auto line = std::find_if(table.lines.begin(), table.lines.end(),
                               [&](const auto& known) { return known.method == cell.row; });
      if (line == table.lines.end())
        line = table.lines.insert(
            line, {cell.row, std::vector<std::optional<TransferTable::Cell>>(table.columns.size())});
      const auto column = std::find(table.columns.begin(), table.columns.end(), cell.data);
      line->cells[static_cast<std::size_t>(column - table.columns.begin())] = {
          {paper_value(experiment, cell.quantity), average_of(results, cell.quantity)}};
    }
  }
  return table;
}

}  // namespace bondscope::ml
