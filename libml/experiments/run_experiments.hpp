#pragma once

// Runs the experiments of one 'pmd_train reproduce', each with every seed, and keeps what they measured.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "apps/pmd_train/studies.hpp"
#include "libml/experiments/experiment.hpp"
#include "libml/experiments/table.hpp"
#include "libml/train/model_folder.hpp"

struct ReproductionFolders {
  std::filesystem::path data, output;
};

/// Results of every (experiment, seed) lie in OUTPUT/EXPERIMENT/seed-S.json, models beside them.
class ReproductionRun {
 public:
  ReproductionRun(std::vector<bondscope::ml::Experiment> experiments, std::vector<std::uint64_t> seeds,
                  ReproductionFolders folders, StudyRunner& runner);

  /// For people: what has data, and what does not.
  std::string plan() const;

  /// All that is not done yet. What fails is noted and the others go on. Throws bondscope::Interrupted; what
  /// was measured until then is kept.
  void run();

  /// OUTPUT/reproduction.md, .csv and .json with what was measured so far.
  void write_tables() const;
  /// The first of these.
  std::string markdown() const;
  bool any_failed() const;

 private:
  bondscope::ml::Reproduction reproduction() const;
  struct Part;  ///< one experiment with one seed

  std::optional<std::string> missing_data(const bondscope::ml::Experiment& experiment) const;
  std::string data_file(const std::string& name) const;
  bondscope::ml::Recipe recipe_of(const bondscope::ml::Experiment& experiment, std::uint64_t seed) const;
  bondscope::ml::Recipe read_recipe(const std::string& name, const std::vector<std::string>& changes,
                                    std::uint64_t seed) const;
  const bondscope::ml::Experiment& experiment(const std::string& name) const;
  std::filesystem::path folder(const bondscope::ml::Experiment& experiment, std::uint64_t seed) const;
  /// At most what the experiment asks for and the training part has; 0 if that is all.
  std::size_t train_runs(std::size_t wanted, const bondscope::ml::Recipe& recipe, const std::string& store);
  /// What decides about the results; of a model that others go on from, what it is tested on does not matter.
  std::string identity(const bondscope::ml::Experiment& experiment, std::uint64_t seed,
                       bool with_tests = true);
  void expect_work();
  double expected_work(const bondscope::ml::Experiment& experiment);
  std::vector<std::pair<bondscope::ml::TrainingJob, std::string>> curve_jobs(
      const bondscope::ml::Experiment& experiment, std::uint64_t seed);

  std::vector<bondscope::ml::Result> measure(const bondscope::ml::Experiment& experiment, std::uint64_t seed);
  void train(Part& part);
  void transfer(Part& part);
  void learning_curve(Part& part);
  void baseline(Part& part);
  void occlusion(Part& part);
  bondscope::ml::Model model_of(const bondscope::ml::Experiment& experiment, std::uint64_t seed);

  std::vector<bondscope::ml::Experiment> experiments_;
  std::vector<std::uint64_t> seeds_;
  ReproductionFolders folders_;
  StudyRunner& runner_;
  std::vector<bondscope::ml::Result> results_;
  std::map<std::string, std::string> problems_;
  bool failed_ = false;
};
