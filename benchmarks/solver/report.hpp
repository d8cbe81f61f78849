#pragma once

// Tables for readers (Markdown) and machines (JSON) from the same numbers, and goals with pass or miss.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace bondscope::tdse::bench {

class Row {
 public:
  Row& put(const std::string& column, const std::string& text);
  /// `format` takes one double, as printf.
  Row& put(const std::string& column, double value, const char* format = "%g");
  /// "pass" or "miss"
  Row& mark(const std::string& column, bool passed) { return put(column, passed ? "pass" : "miss"); }

 private:
  friend class Table;
  struct Cell {
    std::string column, text;
    nlohmann::json value;
  };
  std::vector<Cell> cells_;
};

class Table {
 public:
  explicit Table(std::string title) : title_(std::move(title)) {}
  /// The first row has the columns of all; the reference holds until the next call.
  Row& row() { return rows_.emplace_back(); }

  std::string markdown() const;
  nlohmann::json json() const;

 private:
  std::string title_;
  std::vector<Row> rows_;
};

/// One part of the benchmark.
class Report {
 public:
  explicit Report(std::string heading) : heading_(std::move(heading)) {}

  /// A paragraph below the heading.
  void note(const std::string& text) { notes_.push_back(text); }
  void add(Table table) { tables_.push_back(std::move(table)); }
  void details(const std::string& key, nlohmann::json value) { details_[key] = std::move(value); }
  /// Whether value <= limit, or >=; remembered under `name`.
  bool at_most(const std::string& name, double value, double limit) {
    return goal(name, value, "≤", limit, value <= limit);
  }
  bool at_least(const std::string& name, double value, double limit) {
    return goal(name, value, "≥", limit, value >= limit);
  }

  bool passed() const { return missed_.empty(); }
  std::string markdown() const;
  nlohmann::json json() const;

 private:
  bool goal(const std::string& name, double value, const std::string& relation, double limit, bool met);

  std::string heading_;
  std::vector<std::string> notes_;
  std::vector<Table> tables_;
  nlohmann::json details_ = nlohmann::json::object();
  nlohmann::json goals_ = nlohmann::json::array();
  std::vector<std::string> missed_;
};

}  // namespace bondscope::tdse::bench
