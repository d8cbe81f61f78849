#pragma once

// Experiments by name, with those that they build on.

#include <string>
#include <vector>

#include "libml/experiments/experiment.hpp"

namespace bondscope::ml {

/// Reads experiments, given as names in configs/experiments or as files, in the order given, each once;
/// before a transfer or a dictionary comes the experiment of its `model`, asked for or not. What a file names
/// is looked for beside it first. A file may also be a list of others, as "all" is:
///
///   experiments: [cnn_R, cep, …]
///
/// Throws ConfigError: no such name (with the nearest), a name that is not its file's, one name from
/// two files, a model that is not an experiment of kind train, two experiments for one cell of Table I; and
/// as Experiment::from_config().
std::vector<Experiment> load_experiments(const std::vector<std::string>& names_or_files);

/// Those that these are compared with, and what they build on, as far as load_experiments() does not give
/// them. Throws as it does.
std::vector<Experiment> load_partners(const std::vector<std::string>& names_or_files);

/// A cell of the paper's Table I: a mean absolute error of R.
struct TableCell {
  std::string row;       ///< the experiment's table_row
  std::string data;      ///< the column: the data set tested on
  std::string quantity;  ///< of the experiment
};
/// None if the experiment has no table_row.
std::vector<TableCell> table_cells(const Experiment& experiment);

}  // namespace bondscope::ml
