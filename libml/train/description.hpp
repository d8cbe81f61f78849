#pragma once

// What a model folder says of its model: model.json, read back and checked when the model is loaded.
//
// Format 2, a JSON object:
//   format "pmd-model", format_version 2
//   created, code_version, libtorch, machine, device, threads     by what and when it was trained
//   training_seconds   that the learning took, in all goes; 0: not known
//   recipe             as resolved, with the method (recipe.hpp)
//   settings           single numbers that a method without layers has found, by name: TARGET.gamma, or
//                      MEMBER.TARGET.gamma of one of several
//   parameter_count, epochs_done, best_epoch, selection           of a network; 0 otherwise
//   target_scaling     per target {offset, scale} of a network's outputs
//   extent_scaling     the same of the crop's four edges
//   origin             of a transferred model, or null
//   data               the store or images file, and what was left out of it
//   run_columns, train_runs, validation_runs, unused_runs         a row for each run: molecule, parameters,
//                      checksum of its payload (16 hexadecimal digits, as all XXH3-64 here); of one with the
//                      parameters of an earlier row that row's number, from 0, and the checksum
//   computed_runs      payload checksums of all computed runs behind those
//   test_runs, data_checksum
//   calibration        what is known of the answers' errors from runs held back for it, or null: {kind,
//                      levels, runs}; its arrays are in calibration.safetensors
//   files              of every other file of the folder when the model was written: {bytes, xxh3_64}. What
//                      is read is checked against it
//   checksum           the last line: XXH3-64 of all bytes before the comma and line end in front of it
// Format 1 has no settings, calibration, files and checksum.

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
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
  RunParameters parameters;    ///< of the run
  std::uint64_t checksum = 0;  ///< of the run's payload in the store that was trained on
};

/// From runs held back for it: what intervals about an answer hold the truth how often.
struct Calibration {
  std::string kind;            ///< how, e.g. "conformal"
  std::vector<double> levels;  ///< of the intervals, each between 0 and 1
  /// Not learned from. They may test answers, but not intervals, which were made with them.
  std::vector<UsedRun> runs;
};

/// A file of a model folder.
struct KnownFile {
  std::uint64_t bytes = 0, checksum = 0;  ///< length, and XXH3-64 of it
};

/// What the best epoch is.
inline constexpr const char* validation_loss = "validation loss";
/// Where no samples validate.
inline constexpr const char* last_epoch = "last epoch";

/// All that model.json says.
struct ModelDescription {
  int format_version = 2;                  ///< that it was read from; written is always 2
  Recipe recipe;                           ///< with all defaults
  std::map<std::string, double> settings;  ///< that a method has found by itself
  Source data;                             ///< that was learned from
  std::vector<UsedRun> train, validation;  ///< runs that had a part
  std::vector<UsedRun> unused;             ///< of the training part, beyond the number asked for
  /// Sample::roots of those trained on and validated with, and of the origin's, increasing; empty in models
  /// of before.
  std::vector<std::uint64_t> roots;
  std::size_t test_runs = 0;           ///< number of runs that tested
  std::string data_checksum;           ///< of all used runs (identity.hpp); empty in models of before
  std::vector<TargetScaling> scaling;  ///< one per target
  std::array<TargetScaling, extent_inputs> extent_scaling;  ///< of the crop's edges
  std::optional<Origin> origin;                             ///< of a transferred model
  std::optional<Calibration> calibration;                   ///< if it was calibrated
  std::int64_t parameter_count = 0;                         ///< of a network
  int epochs_done = 0, best_epoch = 0;                      ///< finished, and which one was the best
  std::string selection;  ///< what "best" went by: validation_loss or last_epoch; earlier "training loss"
  std::string device, code_version, libtorch, machine, created;  ///< of the training
  int threads = 0;                                               ///< of the training
  double training_seconds = 0;             ///< that the learning took, in all goes; 0: not known
  std::map<std::string, KnownFile> files;  ///< by name
};

/// A description for a training on `split` of `samples`, before anything is learned.
ModelDescription describe(const Recipe& recipe, const SampleSet& samples, const Split& split, int threads);

/// For people.
std::string description_text(const ModelDescription& description);

/// Throws FileError if there is no such file, DataError that names file and place if it is foreign, of
/// another version, damaged, or says what cannot be.
ModelDescription read_description(const std::filesystem::path& model_json);

/// A JSON object's text with its checksum as the last line.
std::string with_checksum(const std::string& json_text);

}  // namespace bondscope::ml
