#pragma once

// Start values for tdse_fit, which asks the equation itself whether an answer is right.

#include <filesystem>
#include <string>
#include <vector>

#include "libml/predict/answer.hpp"

namespace bondscope::ml {

/// {parameters: [NAME], values: [VALUE], covariance: [[…]]} as tdse_fit reads it, in the units of stores: of
/// those targets that are parameters themselves. Variances are those of the 68 % intervals (or of σ, where
/// there is none), correlations those of the errors of similar answers. Throws ConfigError if the model has
/// no such target.
std::string start_of_fit(const Answer& answer, const ConformalIntervals& intervals);

/// The command line of tdse_fit, the program at `program`, for this answer about a row of `input`: starts
/// from `start`, fits its parameters, and takes what the input does not know as it was in all that the model
/// learned from. `density_of`: electrons that the row is a density of, 0 where it has its counts beside it or
/// none were counted. With `ranks` processes under mpirun.
std::vector<std::string> fit_command(const Answer& answer, const ModelDescription& model,
                                     const std::filesystem::path& program, const std::string& input,
                                     const std::filesystem::path& start, const std::filesystem::path& output,
                                     const std::string& preset, double density_of, int ranks);

}  // namespace bondscope::ml
