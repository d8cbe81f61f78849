#pragma once

// What experiments measured: one file per experiment and seed.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bondscope::ml {

/// What an experiment measured with one seed.
struct Result {
  std::string experiment;      ///< its name
  std::string quantity;        ///< one of quantities()
  std::uint64_t seed = 0;      ///< of everything random
  double value = 0;            ///< in unit_of(quantity); finite
  std::size_t train_runs = 0;  ///< of its own data, that it took to train what was measured
  std::size_t test_runs = 0;   ///< that the value is a mean over
  double seconds = 0;          ///< that the learning of what was measured took; 0: not known
  /// Of a mean absolute error: the absolute errors, by the run's number in the data set that was tested on.
  std::map<std::uint64_t, double> errors = {};

  /// Whether all members are equal.
  bool operator==(const Result&) const = default;
};

/// What a file of results holds.
struct ResultsFile {
  std::string identity;         ///< as given to write_results()
  std::vector<Result> results;  ///< as they were written
};

/// Writes a JSON file that is never seen half written. `identity` is a text that is another one as soon as
/// settings or data would give other results. Throws NotFinite if a value is no number, DataError
/// if the results are none, too many, not of one experiment and seed, or have a quantity twice;
/// FileError.
void write_results(const std::filesystem::path& file, const std::string& identity,
                   const std::vector<Result>& results);

/// Throws FileError, and DataError if the file is damaged, foreign or of another version.
ResultsFile read_results(const std::filesystem::path& file);

/// The results if the file is there and they are of this experiment, seed and identity; nothing if it is
/// missing or stale. Throws as read_results().
std::optional<std::vector<Result>> current_results(const std::filesystem::path& file,
                                                   const std::string& experiment, std::uint64_t seed,
                                                   const std::string& identity);

}  // namespace bondscope::ml
