#pragma once

// Several trainings, one after the other: each resumes, and what is done is not done again.

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "apps/pmd_train/command_line.hpp"
#include "apps/pmd_train/watcher.hpp"
#include "libml/study/train_and_test.hpp"

/// The samples of the stores that trainings need, each loaded once and when it is first needed.
class LoadedData {
 public:
  LoadedData(const Limits& limits, int threads) : limits_(limits), threads_(threads) {}

  /// Without images.
  const bondscope::ml::SampleSet& listed(const std::string& store, const bondscope::ImageSettings& image);
  const bondscope::ml::SampleSet& loaded(const std::string& store, const bondscope::ImageSettings& image);
  /// From now on a time limit means that the same command goes on.
  void something_done() { something_done_ = true; }

 private:
  static std::string key(const std::string& store, const bondscope::ImageSettings& image);

  const Limits& limits_;
  int threads_;
  bool something_done_ = false;
  std::map<std::string, bondscope::ml::SampleSet> listed_;
  std::map<std::string, bondscope::ml::SampleSet> loaded_;
};

class StudyRunner {
 public:
  StudyRunner(const CommandLine& command_line, const Limits& limits);

  const bondscope::ml::Machine& machine() const { return machine_; }
  LoadedData& data() { return data_; }
  /// A finished model or a checkpoint of other settings or data gives way instead of being refused.
  void replace_others() { replace_others_ = true; }
  /// How much run() will be asked for: training runs times epochs.
  void expect(double work) { work_ += work; }

  /// Throws bondscope::Interrupted after a signal or when the time is over.
  void check_interrupted() const { check_loading(limits_, 0, 0, true); }

  /// Trains and tests unless the folder holds the result. Prints a line before and after.
  bondscope::ml::TestResult run(const bondscope::ml::TrainingJob& job, const std::string& store,
                                const std::string& title);

 private:
  std::string left() const;
  /// As bondscope::ml::find_result(); nothing if something else is there that may be replaced, then `replace`
  /// is true.
  std::optional<bondscope::ml::TestResult> find_result(const bondscope::ml::TrainingJob& job,
                                                       const bondscope::ml::SampleSet& listed,
                                                       bool& replace) const;

  const Limits& limits_;
  bondscope::ml::Machine machine_;
  bool replace_others_ = false;
  LoadedData data_;
  double work_ = 0, work_done_ = 0, work_skipped_ = 0, seconds_ = 0;
};

/// Work of a job, for StudyRunner::expect().
double work_of(const bondscope::ml::Recipe& recipe, std::size_t train_runs);

/// e.g. "R 0.123 a.u., intensity 0.045 1e14 W/cm^2"
std::string to_line(const bondscope::ml::TestResult& result);
