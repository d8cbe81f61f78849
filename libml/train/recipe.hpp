#pragma once

// How to learn, as read from configs/recipes/*.yaml.

#include <cstdint>
#include <string>
#include <vector>

#include "libml/data/mirrors.hpp"
#include "libml/nets/network_spec.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/images/image.hpp"

namespace bondscope::ml {

/// How images become inputs, and answers targets.
struct PreprocessingRecipe {
  double pixel_max = 255;           ///< grey levels 0…255 become 0…pixel_max; floats: white() does
  bool subtract_mean_image = true;  ///< the training set's mean image is subtracted from every image
  /// "none": the network answers in the target's unit; "standard": it answers (value - mean)/s.d. of the
  /// training set.
  std::string target_scaling = "none";
};

/// Copies of a sample that are distributions of the same molecule at other angles and phases, exactly
/// (signs_of_mirrors() makes sure of it). A network is shown each with probability 1/2 per epoch; of a kernel
/// they are a part, so that a mirrored image always has the mirrored answer.
struct AugmentationRecipe {
  bool flip_kx = false;  ///< kx → -kx: φ + π, and π - α
  bool flip_ky = false;  ///< ky → -ky: -α
  /// Networks: the answer is the mean of those for the image and its copies, so that it has the symmetry,
  /// too.
  bool at_prediction = false;
  /// Networks: standard deviation, degrees, of the angle by which an image is turned about k = 0, anew each
  /// time that it is shown. Unlike mirror images turned ones are no exact distributions of another run.
  double rotation_deg = 0;

  /// The mirrors that are in use.
  Mirrors mirrors() const { return {flip_kx, flip_ky}; }
};

/// How the learning rate changes.
struct ScheduleRecipe {
  std::string kind = "constant";  ///< "constant", "step" or "cosine" (to zero at the end)
  double factor = 0.1;            ///< step: the learning rate is multiplied by this …
  int every_epochs = 20;          ///< … after each so many epochs
  double warmup_epochs = 0;       ///< the learning rate rises linearly from 0 over these epochs first
};

/// How weights change.
struct TrainingRecipe {
  /// "half_mse": ½ Σ_targets (error)², averaged over the batch (MATLAB); "mse": without the ½; "mae":
  /// Σ_targets |error|; of classes "cross_entropy" and nothing else.
  std::string loss = "half_mse";
  std::string optimiser =
      "sgd";  ///< "sgd" (with momentum), "adam", or "adamw" (weight decay apart from the gradient)
  double learning_rate = 1e-3;  ///< at the beginning
  double momentum = 0.9;        ///< sgd only
  double weight_decay = 1e-4;   ///< λ of the penalty ½ λ |w|²; biases are exempt
  double gradient_clip = 0;     ///< largest norm of the gradient; 0: no limit
  int batch_size = 30;          ///< samples
  bool drop_last = true;        ///< leave out an epoch's last, smaller batch (MATLAB)
  int epochs = 30;              ///< through all samples
  /// "single", or "mixed": convolutions and fully connected layers in bfloat16 while training, where
  /// LibTorch's operators compute them (nets/fused, on the CPU, stays in single precision).
  std::string precision = "single";
  ScheduleRecipe schedule;  ///< of the learning rate
};

/// Seeds are numbers from 0 to this.
inline constexpr std::int64_t largest_seed = std::int64_t{1} << 62;

/// How to learn, as its YAML says.
struct Recipe {
  std::string name;  ///< as in its YAML
  /// "network", or one of baselines(). Those have no classes, validation part, preprocessing, network and
  /// training, and all but the kernel no augmentation.
  std::string method = "network";
  std::uint64_t seed = 1;            ///< of start values, order, dropout, folds of cross-validation
  std::vector<std::string> targets;  ///< names of targets.hpp
  /// Of a classifier: edges between which the one target lies; class i is [classes[i], classes[i+1]), the
  /// last with its end. Empty: the targets themselves are retrieved.
  std::vector<double> classes;
  ImageSettings image;                ///< what images show
  std::uint64_t split_seed = 1;       ///< of what trains and what tests; as `seed` if a YAML has none
  double train_fraction = 0.75;       ///< the others test
  double validation_fraction = 0;     ///< of the training part; selects the best epoch
  std::size_t train_runs = 0;         ///< of the training part; the others are not used at all; 0: all
  PreprocessingRecipe preprocessing;  ///< of images and targets
  AugmentationRecipe augmentation;    ///< copies
  /// Of the likelihood: what an experiment does to distributions, by name; how much of it is found together
  /// with the targets (baselines/instrument.hpp).
  std::vector<std::string> effects;
  NetworkSpec network;      ///< its shape
  TrainingRecipe training;  ///< how it learns

  /// Whether it has layers.
  bool is_network() const { return method == "network"; }

  /// Throws ConfigError: unknown key, wrong type, value out of range, sizes that do not fit together.
  static Recipe from_config(const Config& config);
  /// From a file or a name in configs/recipes, with values changed as "key=value". Throws FileError, too.
  static Recipe load(const std::string& name_or_file, const std::vector<std::string>& assignments = {});
  /// All keys with their values as a JSON text, readable by from_config().
  std::string to_json() const;
  /// The same as YAML for people.
  std::string to_yaml() const;
};

/// Learning rate at `epoch` (fractional: 1.5 is the middle of the second epoch).
double learning_rate(const TrainingRecipe& training, double epoch);

}  // namespace bondscope::ml
