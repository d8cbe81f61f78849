#pragma once

// Runs experiments, each with every seed, and keeps what they measured.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libml/experiments/experiment.hpp"
#include "libml/experiments/results.hpp"
#include "libml/experiments/table.hpp"
#include "libml/experiments/training_series.hpp"
#include "libml/train/model_folder.hpp"

namespace bondscope::ml {

/// Where experiments find their data and put what they make.
struct ExperimentFolders {
  std::filesystem::path data, output;  ///< data sets, and all that is made
};

/// Results of every (experiment, seed) lie in OUTPUT/EXPERIMENT/seed-S.json, models beside them.
class ExperimentsRun {
 public:
  /// Every experiment with every seed; of the partners (load_partners()) the results that are there.
  ExperimentsRun(std::vector<Experiment> experiments, std::vector<Experiment> partners,
                 std::vector<std::uint64_t> seeds, ExperimentFolders folders, TrainingSeries& series);

  /// For people: what has data, and what does not.
  std::string plan() const;

  /// All that is not done yet. What fails is noted and the others go on. Throws Interrupted; what
  /// was measured until then is kept.
  void run();

  /// OUTPUT/reproduction.md, .csv and .json with what was measured so far.
  void write_tables() const;
  /// OUTPUT/figures.png: the paper's figures of predictions (paper_figures.hpp). Warns where it cannot be
  /// drawn, and leaves it out if there is nothing.
  void draw_figures() const;
  /// The first of these.
  std::string markdown() const;
  /// Whether an experiment ended with an error.
  bool any_failed() const;

 private:
  Reproduction reproduction() const;
  struct Part;  ///< one experiment with one seed

  std::optional<std::string> missing_data(const Experiment& experiment) const;
  /// Data sets to test on that are missing, and runs to train on that are too few; empty if there is nothing.
  std::string shortfall(const Experiment& experiment);
  std::string data_file(const std::string& name) const;
  /// Asked for, or a partner.
  const Experiment& experiment(const std::string& name) const;
  std::filesystem::path folder(const Experiment& experiment, std::uint64_t seed) const;
  std::filesystem::path results_file(const Experiment& experiment, std::uint64_t seed) const;
  /// Of the model whose tests are the experiment's first result.
  std::filesystem::path model_folder(const Experiment& experiment, std::uint64_t seed) const;
  /// That it works with: its recipe's, or those of the model or experiments that it builds on.
  ImageSettings image_of(const Experiment& experiment) const;
  /// At most what the experiment asks for and the training part has; 0 if that is all.
  std::size_t train_runs(std::size_t wanted, const Recipe& recipe, const std::string& store);
  /// What decides about the results; of a model that others go on from, what it is tested on does not matter.
  std::string identity(const Experiment& experiment, std::uint64_t seed, bool with_tests = true);
  /// Results of earlier calls that experiments are compared with.
  void read_partners();
  void expect_work();
  double expected_work(const Experiment& experiment);
  std::vector<std::pair<TrainingJob, std::string>> curve_jobs(const Experiment& experiment,
                                                              std::uint64_t seed);

  /// TrainingSeries::run(), counting the runs of its own data only.
  TestResult run(const TrainingJob& job, const std::string& store, const std::string& title);
  std::vector<Result> measure(const Experiment& experiment, std::uint64_t seed);
  void train(Part& part);
  void mean_of(Part& part);
  void transfer(Part& part);
  void learning_curve(Part& part);
  void dictionary(Part& part);
  /// Methods without chance have only the first.
  std::vector<std::uint64_t> seeds_of(const Experiment& experiment) const;
  /// Of its result that belongs to this one of another experiment.
  std::uint64_t seed_of(const Experiment& experiment, std::uint64_t seed) const;
  Model model_of(const Experiment& experiment, std::uint64_t seed);

  static constexpr const char* figures_name = "figures.png";

  std::vector<Experiment> experiments_, partners_;
  std::vector<std::uint64_t> seeds_;
  ExperimentFolders folders_;
  TrainingSeries& series_;
  std::vector<Result> results_;
  std::map<std::string, std::string> problems_, shortfalls_;
  std::shared_ptr<Intervals> intervals_ = std::make_shared<Intervals>();
  bool failed_ = false;
};

}  // namespace bondscope::ml
