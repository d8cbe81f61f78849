#include "benchmarks/solver/report.hpp"

#include <array>
#include <cstdio>

#include "libpmd/base/text/number.hpp"

namespace bondscope::tdse::bench {

Row& Row::put(const std::string& column, const std::string& text) {
  cells_.push_back({column, text, text});
  return *this;
}

Row& Row::put(const std::string& column, double value, const char* format) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  cells_.push_back({column, text.data(), value});
  return *this;
}

std::string Table::markdown() const {
  if (rows_.empty()) return {};
  std::string head = "|", rule = "|", body;
  for (const auto& cell : rows_.front().cells_) {
    head += " " + cell.column + " |";
    rule += " --- |";
  }
  for (const Row& row : rows_) {
    body += "|";
    for (const auto& cell : row.cells_)
      body += " " + cell.text + " |";
    body += "\n";
  }
  return "**" + title_ + "**\n\n" + head + "\n" + rule + "\n" + body + "\n";
}

nlohmann::json Table::json() const {
  auto rows = nlohmann::json::array();
  for (const Row& row : rows_) {
    nlohmann::json object;
    for (const auto& cell : row.cells_)
      object[cell.column] = cell.value;
    rows.push_back(std::move(object));
  }
  return {{"title", title_}, {"rows", std::move(rows)}};
}

bool Report::goal(const std::string& name, double value, const std::string& relation, double limit,
                  bool met) {
  goals_.push_back(
      {{"goal", name}, {"value", value}, {"relation", relation}, {"limit", limit}, {"met", met}});
  if (!met) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    missed_.push_back(name + ": " + text.data() + ", not " + relation + " " + format_number(limit));
  }
  return met;
}

std::string Report::markdown() const {
  std::string text = "## " + heading_ + "\n\n";
  for (const auto& note : notes_)
    text += note + "\n\n";
  for (const auto& table : tables_)
    text += table.markdown();
  if (goals_.empty()) return text;
  if (missed_.empty()) return text + "All " + std::to_string(goals_.size()) + " goals are met.\n\n";
  text += std::to_string(missed_.size()) + " of " + std::to_string(goals_.size()) + " goals are missed:\n\n";
  for (const auto& missed : missed_)
    text += "- " + missed + "\n";
  return text + "\n";
}

nlohmann::json Report::json() const {
  auto tables = nlohmann::json::array();
  for (const auto& table : tables_)
    tables.push_back(table.json());
  return {{"heading", heading_},
          {"notes", notes_},
          {"tables", std::move(tables)},
          {"goals", goals_},
          {"details", details_}};
}

}  // namespace bondscope::tdse::bench
