#pragma once

// One learning experiment, as read from configs/experiments/*.yaml: what is learned from what, what is
// measured, and what the paper measured.

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libml/explain/dictionary.hpp"
#include "libml/explain/explanation.hpp"
#include "libpmd/base/config/config.hpp"

namespace bondscope::ml {

/// train: a network; transfer: a trained network, trained further on other data; learning_curve: a network
/// with several numbers of training runs; baseline: a method without a network; dictionary: whether what a
/// classifier looks at tells the classes; mean: the mean of the answers of several experiments of kind train,
/// on their common tests.
enum class ExperimentKind { train, transfer, learning_curve, baseline, dictionary, mean };
/// Their names in YAML.
std::vector<std::string> experiment_kinds();
/// Its name in YAML.
std::string to_string(ExperimentKind kind);

/// A figure of the paper that shows a test of an experiment.
struct PaperFigure {
  std::string shows;   ///< "R" or "intensity": answers against truths; "joint": errors of both
  std::string number;  ///< "3(a)"
};

/// What the paper measured.
struct PaperValue {
  std::string quantity;                  ///< one of quantities()
  double value = 0;                      ///< in unit_of(quantity)
  std::optional<std::size_t> runs = {};  ///< that the paper trained with, where it is known
};

/// Settings of an experiment with a dictionary.
struct DictionaryExperiment {
  ExplanationMethod method = ExplanationMethod::occlusion;  ///< what finds the parts
  int images_per_cell = 3;                                  ///< of each class and band of the intensity
  int choices = 10;                                         ///< of these images: a dictionary each
  std::vector<double> intensity_bands = {1, 2, 3, 4};       ///< edges in 1e14 W/cm²
  double threshold = 0.2;                                   ///< parts with a larger sensitivity are kept …
  std::string threshold_of = "maximum";  ///< … in parts of the image's largest, or "score": as it is
  Likeness likeness = Likeness::mse;     ///< what of the parts decides
  Fill fill = Fill::mean_image;          ///< occlusion: what the mask shows
  double mask = 0.2, stride = 0.1;       ///< occlusion: in parts of the image's width and height
  int random_tests = 5;                  ///< for each choice, of each kind of random area
};

/// A question of the paper or of our own, as its YAML has it.
struct Experiment {
  std::string name;                             ///< letters, digits, '_', '-', '.'; that of its file
  std::string title;                            ///< one line
  std::string section;                          ///< of the paper, e.g. "III"
  ExperimentKind kind = ExperimentKind::train;  ///< what is done
  std::string data;                             ///< name of a data set, see find_data()

  // Of networks: all but baseline and dictionary.
  std::string recipe;            ///< name or file
  std::vector<std::string> set;  ///< changes of the recipe, KEY=VALUE

  std::size_t train_runs = 0;      ///< the paper's number; less if the training part has less; 0: all of it
  std::vector<std::string> tests;  ///< train, baseline: other data sets that the result is tested on as it is

  std::string
      with;  ///< train, learning_curve, baseline: a data set to learn from beside its own (joined.hpp)

  std::vector<std::string> of;  ///< mean: experiments on the same data

  std::string model;  ///< transfer, dictionary: the experiment whose network of the same seed is used

  int freeze = 0;              ///< transfer: first blocks that stay as they are
  bool fresh_layers = false;   ///< transfer: the layers after the blocks begin anew
  bool scratch = true;         ///< transfer: also train from scratch on the same runs, and on all
  std::string scratch_recipe;  ///< transfer: for that; empty: the recipe and changes of `model`

  std::vector<std::size_t> samples;  ///< learning_curve: numbers of training runs, rising
  double target_mae = 0;             ///< learning_curve: how many runs would it take? 0: no law is fitted

  std::string method;  ///< baseline: one of baselines()

  DictionaryExperiment dictionary;  ///< of its kind

  /// train, transfer, baseline, mean: experiments on the same data whose errors on the same tests are
  /// compared.
  std::vector<std::string> compare_with;

  std::vector<PaperFigure> figures;  ///< train, transfer, baseline: in the file's order

  std::string table_row;  ///< train, transfer, baseline: line of the paper's Table I that this belongs to
  std::vector<PaperValue> paper;  ///< in the file's order

  /// Throws ConfigError: unknown key, wrong type, value out of range, quantity that the kind does not
  /// measure.
  static Experiment from_config(const Config& config);
  /// What its results depend on, as a JSON text: all but title, section, table_row, compare_with, figures and
  /// the paper's values.
  std::string settings() const;
};

/// A store or images file of that name in `folder`: NAME.h5 rather than NAME-images.h5, because a store has
/// images of any size and view; nothing if there is neither. Throws FileError if `folder` is none.
std::optional<std::filesystem::path> find_data(const std::filesystem::path& folder, const std::string& name);

}  // namespace bondscope::ml
