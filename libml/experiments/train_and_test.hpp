#pragma once

// One training with its test: the unit that experiments are made of.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libml/predict/coverage.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/report/tables.hpp"
#include "libml/train/session.hpp"

namespace bondscope::ml {

/// What computes.
struct Machine {
  Device device = Device::cpu;  ///< processor or GPU
  int threads = 1;              ///< of the processor
};

/// One training with its test.
struct TrainingJob {
  std::filesystem::path folder;     ///< the model folder to make
  Recipe recipe;                    ///< how to learn
  std::optional<Start> start = {};  ///< of a transfer; the recipe is recipe_for() it
  std::string with = {};            ///< a store to learn from beside the one that is asked about (joined.hpp)
};

/// Whom a training tells how it goes.
struct JobHooks {
  SessionHooks session;  ///< of the training
  /// After the training, also if it was asked to stop; should throw Interrupted then.
  std::function<void(const Session&)> trained;
  /// The test is over.
  std::function<void(const Evaluation&)> tested;
  /// The intervals were calibrated with the runs of the test; not called where these are too few.
  std::function<void(const std::vector<TargetCoverage>&)> calibrated = {};
};

/// What the job's finished folder says of its test, if it is finished. `samples` as list_samples() or
/// load_samples() give them. Throws FileError if the folder holds another training's model, one of another
/// version of the program if that must be the same, or a checkpoint of one.
std::optional<TestResult> find_result(const TrainingJob& job, const SampleSet& samples,
                                      bool same_program = false);

/// Trains, on from a checkpoint if there is one, tests on what was held out, calibrates with it, and writes
/// model, tables, pictures and report.html into the folder, which nobody else may work on (folder_lock.hpp).
/// Returns what could not be drawn. Throws what train_model() throws, and what the hooks do.
std::vector<std::string> train_and_test(const TrainingJob& job, const SampleSet& samples,
                                        const Machine& machine, const JobHooks& hooks,
                                        bool overwrite = false);

/// Tables and pictures of a test and, of one that ends a training, its curve, coverage, report.html and
/// card.md. Returns what could not be drawn. Throws FileError.
std::vector<std::string> write_test(const std::filesystem::path& folder, const ModelDescription& model,
                                    const Evaluation& evaluation, const Session* training = nullptr,
                                    const std::vector<TargetCoverage>& coverages = {});

}  // namespace bondscope::ml
