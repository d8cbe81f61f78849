#pragma once

// A trained network as a folder: everything needed to use it and to know what it is.
//   model.json          description (this header), read back and checked when the model is loaded
//   best.weights        weights_file.hpp: network and mean image at the best epoch …
//   last.weights        … and at the last one
//   recipe.yaml         the recipe as resolved, for people and for training again
// model.json is written last and removed first: a folder without it holds no model, with it a complete one.

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/split.hpp"
#include "libml/nets/network.hpp"
#include "libml/train/identity.hpp"
#include "libml/train/preprocessing.hpp"
#include "libml/train/recipe.hpp"

namespace bondscope::ml {

/// A run that had a part in a training; its parameters identify it in any store.
struct UsedRun {
  RunParameters parameters;
  std::uint64_t checksum = 0;  ///< of the run's payload in the store that was trained on
};

struct ModelDescription {
  Recipe recipe;
  Source data;
  std::vector<UsedRun> train, validation;
  std::vector<UsedRun> unused;  ///< of the training part, beyond the number asked for
  /// Sample::roots of those trained on and validated with, and of the origin's, increasing; empty in models
  /// of before.
  std::vector<std::uint64_t> roots;
  std::size_t test_runs = 0;
  std::string data_checksum;           ///< of all used runs (identity.hpp); empty in models of before
  std::vector<TargetScaling> scaling;  ///< one per target
  std::array<TargetScaling, extent_inputs> extent_scaling;
  std::optional<Origin> origin;  ///< of a transferred model
  std::int64_t parameter_count = 0;
  int epochs_done = 0, best_epoch = 0;
  std::string selection;  ///< what "best" went by: "validation loss" or "training loss"
  std::string device, code_version, libtorch, machine, created;
  int threads = 0;
};

/// A description for a training on `split` of `samples`, before its first epoch.
ModelDescription describe(const Recipe& recipe, const SampleSet& samples, const Split& split,
                          const Preprocessing& preprocessing, const Network& network, int threads);

enum class Weights { best, last };
const char* to_string(Weights which);

/// A model ready to predict.
struct Model {
  std::filesystem::path folder;
  Weights which = Weights::best;
  ModelDescription description;
  Preprocessing preprocessing;
  Network network;
};

/// Makes the folder. Throws FileError if it cannot be written.
void prepare_folder(const std::filesystem::path& folder);
/// Removes the files of an earlier model, nothing else. Throws FileError.
void clear_folder(const std::filesystem::path& folder);

/// Writes all of a model; `best` and `last` are the weights of the network. Throws FileError.
void write_model(const std::filesystem::path& folder, const ModelDescription& description,
                 const Preprocessing& preprocessing, std::vector<NamedArray> best,
                 std::vector<NamedArray> last);

/// Whether `folder` holds the model of the training with this identity (identity.hpp). Throws FileError
/// if it holds another, naming what differs, or one that load_model() refuses.
bool holds_model(const std::filesystem::path& folder, const std::string& identity);

/// Throws FileError if a file is missing, DataError if one is foreign, of another version,
/// damaged, or does not fit the others.
Model load_model(const std::filesystem::path& folder, Weights which, Device device);

}  // namespace bondscope::ml
