#pragma once

// Several models that answer together.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace bondscope::ml {

/// Absolute errors of the mean of the models' answers for a target, by the run's number, on the runs that
/// tested all of them (their predictions.csv). Throws DataError if there are none, and as read_errors().
std::map<std::uint64_t, double> errors_of_mean(const std::vector<std::filesystem::path>& models,
                                               const std::string& target);

}  // namespace bondscope::ml
