#pragma once

// Results beside the paper's figures.

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libml/experiments/experiment.hpp"
#include "libml/experiments/intervals.hpp"
#include "libml/experiments/results.hpp"
#include "libpmd/base/statistics/average.hpp"

namespace bondscope::ml {

/// What there is to tabulate.
struct Reproduction {
  std::vector<std::pair<std::string, std::string>> header;  ///< data folder, version …, in words
  std::vector<Experiment> experiments;                      ///< in the table's order
  std::vector<std::uint64_t> seeds;                         ///< asked for; results of others are left out
  std::set<std::string> deterministic = {};                 ///< experiments that one seed is enough for
  std::vector<Result> results;                              ///< of all experiments and seeds
  std::map<std::string, std::string> problems;              ///< by experiment: "no data", "failed: …"
  std::map<std::string, std::string> shortfalls = {};  ///< by experiment: data that are missing, or too few
  /// That were computed before, for tables of the same results.
  std::shared_ptr<Intervals> intervals = std::make_shared<Intervals>();
};

/// One quantity of one experiment.
struct Row {
  std::string experiment, title, section, quantity, unit;  ///< what the row is about
  std::optional<double> paper;                             ///< value in the paper, if it has one
  std::optional<std::size_t> paper_runs;                   ///< that it was trained with, where known
  std::optional<Average> ours;                             ///< over seeds
  std::optional<ConfidenceInterval> interval_95;           ///< of the mean, over runs and seeds
  std::optional<double> ratio;                             ///< ours / paper's, of about as many runs
  std::size_t train_runs = 0, test_runs = 0;               ///< the least of all seeds
  std::optional<double> training_seconds;                  ///< of one model, mean over seeds
  /// "done", "partly: 2 of 3 seeds" or "not done", where a seed counts that has any result; then what data
  /// it fell short of and the problem, if there are, which stand alone where nothing was done. The same in
  /// all rows of an experiment.
  std::string status;
};

/// By experiment: first the paper's quantities in its order, then what else was measured. An experiment with
/// neither has one row without a quantity.
std::vector<Row> rows(const Reproduction& reproduction);

/// The paper's Table I: mean absolute errors of R, of methods (down) on data sets (across) that they were not
/// trained on, or only transferred to.
struct TransferTable {
  /// One method on one data set.
  struct Cell {
    std::optional<double> paper;  ///< value in the paper, if it has one
    std::optional<Average> ours;  ///< over seeds, if it was measured
  };
  /// One method.
  struct Line {
    std::string method;                      ///< its name
    std::vector<std::optional<Cell>> cells;  ///< one per column; nothing where there is no experiment
  };
  std::vector<std::string> columns;  ///< data sets
  std::vector<Line> lines;           ///< methods
};
/// Of what the experiments' `table_row` names.
TransferTable transfer_table(const Reproduction& reproduction);

/// For people: sections with tables, aligned in a terminal, too.
std::string markdown(const Reproduction& reproduction);
/// The rows with all digits; a first line with names.
std::string csv(const Reproduction& reproduction);
/// Header, seeds, rows and Table I with all digits.
std::string json(const Reproduction& reproduction);

}  // namespace bondscope::ml
