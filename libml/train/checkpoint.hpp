#pragma once

// The state of a training as one file in the folder where its model will be: an array file (its arrays, curve
// and position as sections under one checksum), which is complete or refused. Only the program that wrote it
// reads it.

#include <filesystem>
#include <optional>
#include <string>

#include "libml/train/training_state.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {

/// The checkpoint is undamaged, but of another training or written by another version of the program.
class ForeignCheckpoint : public DataError {
 public:
  using DataError::DataError;
};

/// A training that was interrupted.
struct Checkpoint {
  TrainingState state;     ///< where it was
  std::string conditions;  ///< device and threads that it was written with; others round otherwise
};

/// folder/training.checkpoint
std::filesystem::path checkpoint_file(const std::filesystem::path& folder);

/// e.g. "cpu, 4 threads"
std::string training_conditions(const std::string& device, int threads);

/// Replaces the file all at once. `identity` is that of identity.hpp. Throws FileError.
void write_checkpoint(const std::filesystem::path& file, const std::string& identity,
                      const Checkpoint& checkpoint);

/// Nothing if there is no such file. Throws ForeignCheckpoint that names what differs, DataError if the
/// file is damaged or not what write_checkpoint() writes, FileError if it cannot be read. Whether the
/// state fits network and recipe is for train() to say.
std::optional<Checkpoint> read_checkpoint(const std::filesystem::path& file, const std::string& identity);

/// `error` as an error of the whole file, with the remedy.
DataError unusable(const std::filesystem::path& file, const DataError& error);

/// Removes the file, if there is one, and what a killed writer left beside it.
void remove_checkpoint(const std::filesystem::path& file);

}  // namespace bondscope::ml
