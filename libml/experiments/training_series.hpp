#pragma once

// Several trainings, one after the other: each resumes, and what is done is not done again.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libml/experiments/loaded_data.hpp"
#include "libml/experiments/train_and_test.hpp"

namespace bondscope::ml {

/// Trainings one after the other, with what they share.
class TrainingSeries {
 public:
  /// `replace_others`: a finished model or a checkpoint of other settings, data or another version of the
  /// program gives way; without it one of other settings or data is refused. All must outlive it.
  TrainingSeries(const Machine& machine, const Limits& limits, const Listener& listener, bool replace_others);

  /// That computes.
  const Machine& machine() const { return machine_; }
  /// For all of them.
  const Limits& limits() const { return limits_; }
  /// Whom to tell.
  const Listener& listener() const { return listener_; }
  /// That was read.
  LoadedData& data() { return data_; }
  /// How much run() will be asked for, see work_of().
  void expect(double work) { work_ += work; }

  /// Trains and tests unless the folder holds the result, or gets a copy because this series has made the
  /// same model before. Tells what is begun and what came out.
  TestResult run(const TrainingJob& job, const std::string& store, const std::string& title);
  /// The best epoch of the model in `folder`, on these samples.
  TestResult test(const std::filesystem::path& folder, const SampleSet& samples,
                  const std::vector<std::size_t>& tests) const;

 private:
  std::string left() const;
  /// As ml::find_result(); nothing if something else is there that may be replaced, then `replace` is true.
  std::optional<TestResult> find_result(const TrainingJob& job, const SampleSet& listed, bool& replace) const;

  Machine machine_;
  const Limits& limits_;
  const Listener& listener_;
  bool replace_others_;
  LoadedData data_;
  std::map<std::string, std::filesystem::path> made_;  ///< folders of models by training_identity()
  double work_ = 0, work_done_ = 0, work_skipped_ = 0, seconds_ = 0;
};

/// Of one job: training runs times epochs.
double work_of(const Recipe& recipe, std::size_t train_runs);

/// Runs that the recipe's split leaves to train on, before it takes as many as the recipe asks for.
std::size_t training_part(const SampleSet& samples, const Recipe& recipe);

/// Throws DataError or ConfigError, before the first training, if the store has fewer runs to train on than
/// the recipe asks for or they do not fill a batch.
void expect_runs(const SampleSet& samples, const Recipe& recipe);

/// "R 0.123 a.u., intensity 0.045 1e14 W/cm^2, 300 training and 100 test runs"
std::string to_line(const TestResult& result);

}  // namespace bondscope::ml
