#pragma once

// A trained model as a folder: everything needed to use it and to know what it is.
//   model.json                description (description.hpp), with the checksums of all other files
//   best.safetensors          what was learned (arrays/safetensors.hpp): of a network the weights and the
//                             running statistics of the best epoch, as LibTorch names them, and
//                             preprocessing.mean_image [kx][ky]; of another method its arrays (methods.hpp)
//   last.safetensors          the same of a network's last epoch
//   calibration.safetensors   if it was calibrated (libml/predict/calibration_content.hpp), with known runs
//                             to show beside an answer
//   card.md                   for people: data, recipe, results, limits
//   recipe.yaml               the recipe as resolved, for people and for training again
//   metrics.json, predictions.csv, learning_curve.csv, report.html and pictures: its test and training
// model.json is written last and removed first: a folder without it holds no model, with it a complete one.
// Folders of format 1, with best.weights and last.weights (arrays/old_weights.hpp), are read, too.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/data/method.hpp"
#include "libml/train/description.hpp"
#include "libml/train/network_method.hpp"

namespace bondscope::ml {

/// Which weights of a network.
enum class Weights { best, last };
/// "best", "last".
const char* to_string(Weights which);

/// A model ready to predict.
struct Model {
  std::filesystem::path folder;          ///< that it was read from
  Weights which = Weights::best;         ///< which weights it has
  ModelDescription description;          ///< what it is
  std::shared_ptr<const Method> method;  ///< what answers

  /// Of a network; other methods have no layers, and ConfigError says so.
  const NetworkMethod& layers() const;
  /// Of layers()
  const Network& network() const { return layers().network(); }
  /// Of layers()
  const Preprocessing& preprocessing() const { return layers().preprocessing(); }
};

/// Makes the folder. Throws FileError if it cannot be written.
void prepare_folder(const std::filesystem::path& folder);
/// Removes the files of an earlier model, nothing else. Throws FileError.
void clear_folder(const std::filesystem::path& folder);

/// Writes model.json, the arrays and recipe.yaml; `last` is empty for what has no epochs. The other files of
/// the folder should be there already. Throws FileError.
void write_model(const std::filesystem::path& folder, ModelDescription description,
                 const std::vector<NamedArray>& best, const std::vector<NamedArray>& last);

/// Writes model.json anew, for a folder to which files were added or whose files were replaced since: all
/// that the method needs stays as it was. Throws FileError.
void describe_again(const std::filesystem::path& folder, ModelDescription description);

/// Whether `folder` holds the model of the training with this identity (identity.hpp). Throws FileError
/// if it holds another, naming what differs, or one that load_model() refuses.
bool holds_model(const std::filesystem::path& folder, const std::string& identity);

/// A file of a model, as it was when the model was written. Throws FileError if it is missing, DataError if
/// it was changed.
std::string read_model_file(const std::filesystem::path& folder, const ModelDescription& description,
                            const std::string& name);

/// What was learned. Throws as read_model_file(), and ConfigError if the method has no last epoch.
std::vector<NamedArray> read_arrays(const std::filesystem::path& folder, const ModelDescription& description,
                                    Weights which);
/// Names of the other files of a model that are there.
std::vector<std::string> other_files(const std::filesystem::path& folder);

/// The method that is described so and has learned these arrays. Throws DataError if they do not fit.
std::shared_ptr<const Method> make_method(const ModelDescription& description, std::vector<NamedArray> arrays,
                                          Device device);

/// Throws FileError if a file is missing, DataError if one is foreign, of another version,
/// damaged, or does not fit the others.
Model load_model(const std::filesystem::path& folder, Weights which, Device device);

}  // namespace bondscope::ml
