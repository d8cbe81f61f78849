#pragma once

// What experiments measure, by name: "R" and "intensity" (mean absolute errors on the held-out runs of the
// data that was learned from), "accuracy" (of a classifier), each also "… @ a data set" ("R@focal"), and what
// only some kinds of experiment give.

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace bondscope::ml {

struct Experiment;

/// All that the experiment can measure. A learning curve gives the errors with the largest number of runs,
/// those with fewer, "R, 500 runs", and where it has a target, of all seeds together, the coefficients of
/// MAE = a N^b + c and "runs for target"; a transfer, for
/// each target T, "T" of the transferred network, "T untransferred" and, unless switched off, "T from
/// scratch" (with as many runs) and "T from scratch, all runs"; a baseline that compares key points their
/// number in the images that it knows, "key points, median" and two quantiles.
std::vector<std::string> quantities(const Experiment& experiment);

/// "R" measured on the data set ("R@focal").
std::string on_data(const std::string& quantity, const std::string& data);

/// "R from scratch": with as many runs as were transferred to.
std::string from_scratch(const std::string& quantity);

/// Numbers of key points: the name of each quantity and which quantile it is.
std::vector<std::pair<std::string, double>> quantiles_of_key_points();

/// "R" of a learning curve with that many runs, as the experiment asks for ("R, 500 runs").
std::string on_fewer_runs(const std::string& quantity, std::size_t runs);

/// "a.u." or "1e14 W/cm^2"; empty of numbers without one and of names that are no quantity.
std::string unit_of(const std::string& quantity);

}  // namespace bondscope::ml
