#pragma once

// What is measured of one experiment with one seed, while it is measured.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "libml/experiments/run_experiments.hpp"
#include "libml/report/tables.hpp"

namespace bondscope::ml {

/// For people.
std::string title_of(const Experiment& experiment, std::uint64_t seed);
/// FOLDER/seed-S, or FOLDER/KIND-seed-S.
std::filesystem::path seed_folder(const std::filesystem::path& folder, std::uint64_t seed,
                                  const std::string& kind = {});

/// Collects what is measured.
struct ExperimentsRun::Part {
  const Experiment& experiment;      ///< that is measured
  std::uint64_t seed;                ///< of everything random
  std::vector<Result> results = {};  ///< so far

  /// A quantity.
  void add(const std::string& quantity, double value, std::size_t train_runs, std::size_t test_runs,
           double seconds = 0) {
    results.push_back({experiment.name, quantity, seed, value, train_runs, test_runs, seconds});
  }
  /// All metrics of a test, with `after` behind their names.
  void add(const TestResult& result, const std::string& after = {}) {
    for (const auto& metric : result.metrics) {
      add(metric.name + after, metric.value, result.train_runs, result.test_runs,
          result.training_seconds.value_or(0));
      results.back().errors = metric.errors;
    }
  }
};

}  // namespace bondscope::ml
