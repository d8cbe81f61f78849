#pragma once

// One training at a time in a folder: a job that was started again may meet the one it replaces.

#include <filesystem>

#include "libpmd/base/files/file.hpp"

namespace bondscope::ml {

/// Held for as long as it lives, and gone with the process. On file systems without locks nothing is held.
class FolderLock {
 public:
  /// Throws FileError if another process holds it or the folder cannot be opened.
  explicit FolderLock(const std::filesystem::path& folder);

 private:
  File folder_;
};

}  // namespace bondscope::ml
