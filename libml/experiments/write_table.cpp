// The tables as texts.

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "libml/experiments/comparison.hpp"
#include "libml/experiments/table.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/base/text/utf8.hpp"

namespace bondscope::ml {
namespace {

using Json = nlohmann::ordered_json;

std::string text(const std::optional<Average>& average) {
  return average ? describe(*average) : "";
}

/// `format`: e.g. "{:.2f}"
std::string text(const std::optional<double>& number, const char* format) {
  return number ? fmt::format(fmt::runtime(format), *number) : "";
}

/// In a cell of Markdown.
std::string escaped(const std::string& words) {
  std::string cell;
  for (const char c : words) {
    if (c == '|') cell += '\\';
    cell += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return cell;
}

class MarkdownTable {
 public:
  enum class Side { left, right };
  explicit MarkdownTable(std::vector<std::pair<std::string, Side>> columns) {
    lines_.emplace_back();
    for (auto& [title, side] : columns) {
      sides_.push_back(side);
      lines_.back().push_back(std::move(title));
    }
  }

  void add(std::vector<std::string> cells) {
    for (auto& cell : cells)
      cell = escaped(cell);
    lines_.push_back(std::move(cells));
  }

  std::string text() const {
    std::vector<std::size_t> widths(sides_.size(), 3);
    for (const auto& line : lines_)
      for (std::size_t i = 0; i < line.size(); ++i)
        widths[i] = std::max(widths[i], character_count(line[i]));
    std::string all;
    for (std::size_t number = 0; number < lines_.size(); ++number) {
      for (std::size_t i = 0; i < sides_.size(); ++i) {
        const auto& cell = lines_[number][i];
        const std::string space(widths[i] - character_count(cell), ' ');
        all += "| " + (sides_[i] == Side::right ? space + cell : cell + space) + " ";
      }
      all += "|\n";
      if (number == 0) all += rule(widths);
    }
    return all;
  }

 private:
  std::string rule(const std::vector<std::size_t>& widths) const {
    std::string line;
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      const bool right = sides_[i] == Side::right;
      line += "| " + std::string(widths[i] - (right ? 1 : 0), '-') + (right ? ": " : " ");
    }
    return line + "|\n";
  }

  std::vector<Side> sides_;
  std::vector<std::vector<std::string>> lines_;
};
using Side = MarkdownTable::Side;

std::string header(const Reproduction& reproduction) {
  std::string lines;
  for (const auto& [key, value] : reproduction.header)
    lines += fmt::format("- {}: {}\n", escaped(key), escaped(value));
  return fmt::format("{}- seeds: {}\n", lines, fmt::join(reproduction.seeds, ", "));
}

constexpr const char* explanation =
    "Ours: mean ± standard deviation over seeds (one seed: none), on runs that were not learned from; 95 %\n"
    "is the interval of this mean, by a bootstrap over the tests and, of several seeds, over the seeds.\n"
    "R and intensity are mean absolute errors, R@cep that of R on the data set cep. Ratio is ours / "
    "paper's,\n"
    "where both were trained with about as many runs: the paper's \"of runs\", ours \"train\". Test counts\n"
    "runs. Learned in: the time that one model took, without images and tests; of a mean that of all its\n"
    "models; of a dictionary that of making and testing it, in the last go.\n";

std::string text(const std::optional<ConfidenceInterval>& interval) {
  return interval ? fmt::format("{:.3g} to {:.3g}", interval->low, interval->high) : "";
}

std::string named(const Row& row) {
  return row.unit.empty() ? row.quantity : fmt::format("{} ({})", row.quantity, row.unit);
}

std::string run_count(const Row& row, std::size_t runs) {
  return row.ours ? std::to_string(runs) : "";
}

/// The rows of one of the paper's sections, each experiment's name and status once.
std::string section_table(const std::vector<Row>& rows, const std::string& section) {
  MarkdownTable table({{"experiment", Side::left},
                       {"quantity", Side::left},
                       {"paper", Side::right},
                       {"of runs", Side::right},
                       {"ours", Side::right},
                       {"95 %", Side::right},
                       {"ratio", Side::right},
                       {"seeds", Side::right},
                       {"train", Side::right},
                       {"test", Side::right},
                       {"learned in", Side::right},
                       {"status", Side::left}});
  std::string last;
  for (const auto& row : rows) {
    if (row.section != section) continue;
    const bool first = row.experiment != last;
    last = row.experiment;
    table.add({first ? row.experiment : "", named(row), text(row.paper, "{:.6g}"),
               row.paper_runs ? std::to_string(*row.paper_runs) : "", text(row.ours), text(row.interval_95),
               text(row.ratio, "{:.2f}"), row.ours ? std::to_string(row.ours->count) : "",
               run_count(row, row.train_runs), run_count(row, row.test_runs),
               row.training_seconds ? format_duration(*row.training_seconds) : "", first ? row.status : ""});
  }
  return table.text();
}

std::string cell_text(const std::optional<TransferTable::Cell>& cell) {
  if (!cell) return "";
  return (cell->ours ? text(*cell->ours) : "–") +
         (cell->paper ? " (" + text(cell->paper, "{:.6g}") + ")" : "");
}

std::string transfer_text(const TransferTable& table) {
  std::vector<std::pair<std::string, Side>> columns{{"method", Side::left}};
  for (const auto& name : table.columns)
    columns.emplace_back(name, Side::right);
  MarkdownTable lines(std::move(columns));
  for (const auto& line : table.lines) {
    std::vector<std::string> cells{line.method};
    for (const auto& cell : line.cells)
      cells.push_back(cell_text(cell));
    lines.add(std::move(cells));
  }
  return "\n## Table I\n\nMean absolute error of R in a.u.: ours (paper's).\n\n" + lines.text();
}

std::string comparison_text(const std::vector<Comparison>& all,
                            const std::vector<MissingComparison>& missing) {
  MarkdownTable table({{"experiment", Side::left},
                       {"compared with", Side::left},
                       {"quantity", Side::left},
                       {"difference", Side::right},
                       {"95 %", Side::right},
                       {"tests", Side::right},
                       {"seeds", Side::right}});
  for (const auto& c : all)
    table.add({c.experiment, c.quantity_of_other == c.quantity ? c.with : "from scratch",
               c.unit.empty() ? c.quantity : fmt::format("{} ({})", c.quantity, c.unit),
               fmt::format("{:+.3g}", c.difference),
               fmt::format("{:+.3g} to {:+.3g}", c.interval_95.low, c.interval_95.high),
               std::to_string(c.runs), fmt::format("{}, {}", c.seeds, c.seeds_of_other)});
  std::string text = "\n## Compared run by run\n";
  if (!all.empty())
    text +=
        "\nMean difference of the absolute errors on the same tests, its interval from a bootstrap over "
        "them and, of several seeds, over the seeds (of one seed its chance is not in it).\n\n" +
        table.text();
  if (!missing.empty()) text += "\nNot compared, because there is no such result here:\n\n";
  for (const auto& [experiment, with] : missing)
    text += fmt::format("- {} with {}\n", experiment, with);
  return text;
}

/// What was trained for an experiment lies in a folder of its name beside the table.
std::string experiment_list(const Reproduction& reproduction) {
  std::string text = "\n## What the experiments are\n\n";
  for (const auto& experiment : reproduction.experiments) {
    const bool has_folder = experiment.kind != ExperimentKind::dictionary &&
                            std::ranges::find(reproduction.results, experiment.name, &Result::experiment) !=
                                reproduction.results.end();
    text += fmt::format(fmt::runtime(has_folder ? "- [{0}]({0}/): {1}\n" : "- {0}: {1}\n"), experiment.name,
                        escaped(experiment.title));
  }
  return text;
}

std::string full(const std::optional<double>& number) {
  return number ? format_number(*number) : "";
}

std::optional<double> mean(const std::optional<Average>& average) {
  return average ? std::optional(average->mean) : std::nullopt;
}
std::optional<double> sd(const std::optional<Average>& average) {
  return average ? average->sd : std::nullopt;
}

std::optional<double> low(const std::optional<ConfidenceInterval>& interval) {
  return interval ? std::optional(interval->low) : std::nullopt;
}
std::optional<double> high(const std::optional<ConfidenceInterval>& interval) {
  return interval ? std::optional(interval->high) : std::nullopt;
}

Json as_json(const std::optional<double>& number) {
  return number ? Json(*number) : Json(nullptr);
}

Json as_json(const std::optional<ConfidenceInterval>& interval) {
  return interval ? Json{interval->low, interval->high} : Json(nullptr);
}

Json as_json(const Row& row) {
  return {{"experiment", row.experiment},
          {"title", row.title},
          {"section", row.section},
          {"quantity", row.quantity},
          {"unit", row.unit},
          {"paper", as_json(row.paper)},
          {"paper_runs", row.paper_runs ? Json(*row.paper_runs) : Json(nullptr)},
          {"mean", as_json(mean(row.ours))},
          {"sd", as_json(sd(row.ours))},
          {"interval_95", as_json(row.interval_95)},
          {"ratio", as_json(row.ratio)},
          {"seeds", row.ours ? row.ours->count : 0},
          {"train_runs", row.train_runs},
          {"test_runs", row.test_runs},
          {"training_seconds", as_json(row.training_seconds)},
          {"status", row.status}};
}

Json as_json(const TransferTable& table) {
  Json lines = Json::array();
  for (const auto& line : table.lines) {
    Json cells = Json::array();
    for (const auto& cell : line.cells)
      cells.push_back(cell ? Json{{"paper", as_json(cell->paper)},
                                  {"mean", as_json(mean(cell->ours))},
                                  {"sd", as_json(sd(cell->ours))}}
                           : Json(nullptr));
    lines.push_back({{"method", line.method}, {"cells", cells}});
  }
  return {{"columns", table.columns}, {"lines", lines}};
}

}  // namespace

std::string markdown(const Reproduction& reproduction) {
  const auto all = rows(reproduction);
  std::string text =
      "# Learning experiments of Phys. Rev. A 107, 033106\n\n" + header(reproduction) + "\n" + explanation;
  std::vector<std::string> sections;
  for (const auto& row : all)
    if (std::find(sections.begin(), sections.end(), row.section) == sections.end())
      sections.push_back(row.section);
  for (const auto& section : sections)
    text += fmt::format("\n## Section {}\n\n{}", escaped(section), section_table(all, section));
  if (const auto table = transfer_table(reproduction); !table.lines.empty()) text += transfer_text(table);
  const auto compared = comparisons(reproduction);
  const auto missing = missing_comparisons(reproduction, compared);
  if (!compared.empty() || !missing.empty()) text += comparison_text(compared, missing);
  return text + experiment_list(reproduction);
}

std::string csv(const Reproduction& reproduction) {
  auto text = csv_line({"experiment", "title", "section", "quantity", "unit", "paper", "paper_runs", "mean",
                        "sd", "low_95", "high_95", "ratio", "seeds", "train_runs", "test_runs",
                        "training_seconds", "status"});
  for (const auto& row : rows(reproduction))
    text += csv_line({row.experiment, row.title, row.section, row.quantity, row.unit, full(row.paper),
                      row.paper_runs ? std::to_string(*row.paper_runs) : "", full(mean(row.ours)),
                      full(sd(row.ours)), full(low(row.interval_95)), full(high(row.interval_95)),
                      full(row.ratio), std::to_string(row.ours ? row.ours->count : 0),
                      run_count(row, row.train_runs), run_count(row, row.test_runs),
                      full(row.training_seconds), row.status});
  return text;
}

std::string json(const Reproduction& reproduction) {
  Json header = Json::object(), list = Json::array(), compared = Json::array(), missing = Json::array();
  const auto differences = comparisons(reproduction);
  for (const auto& c : differences)
    compared.push_back({{"experiment", c.experiment},
                        {"with", c.with},
                        {"quantity", c.quantity},
                        {"quantity_of_other", c.quantity_of_other},
                        {"unit", c.unit},
                        {"difference", c.difference},
                        {"interval_95", {c.interval_95.low, c.interval_95.high}},
                        {"tests", c.runs},
                        {"seeds", c.seeds},
                        {"seeds_of_other", c.seeds_of_other}});
  for (const auto& [experiment, with] : missing_comparisons(reproduction, differences))
    missing.push_back({{"experiment", experiment}, {"with", with}});
  for (const auto& [key, value] : reproduction.header)
    header[key] = value;
  for (const auto& row : rows(reproduction))
    list.push_back(as_json(row));
  const Json all{{"header", header},     {"seeds", reproduction.seeds},
                 {"rows", list},         {"table_I", as_json(transfer_table(reproduction))},
                 {"compared", compared}, {"not_compared", missing}};
  return all.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bondscope::ml
