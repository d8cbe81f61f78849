#pragma once

// Files that change all at once or not at all, also when the process is killed or the power fails: they are
// written as FILE.partial beside their place and put there when they are complete.

#include <cstddef>
#include <filesystem>
#include <span>

#include "libpmd/base/files/file.hpp"

namespace bondscope {

/// The name under which a new version of `file` is written.
std::filesystem::path temporary_name(std::filesystem::path file);

/// A new version of a file. Only one can be under way for a file; what a killed process left is overwritten.
class Replacement {
 public:
  /// Throws FileError if the folder is missing or not writable, or another replacement is under way.
  explicit Replacement(std::filesystem::path file);
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;
  /// Removes what was not committed.
  ~Replacement();

  /// Throws FileError, also if the disk is full.
  void append(std::span<const std::byte> bytes) { temporary_.append(bytes); }
  /// Forces everything to disk and puts it in place of the old version. Throws FileError.
  void commit();

 private:
  std::filesystem::path file_;
  File temporary_;
  bool committed_ = false;
};

/// Renames a complete file without ever replacing another. Throws FileError.
void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);
/// The same, replacing what may be there.
void replace_durably(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace bondscope
