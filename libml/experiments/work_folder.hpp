#pragma once

// A folder that results go to.

#include <filesystem>
#include <optional>
#include <vector>

#include "libml/train/folder_lock.hpp"

namespace bondscope::ml {

/// Made where it is missing, and held against other processes for as long as this lives. In the end, what was
/// made and holds nothing is removed again.
class WorkFolder {
 public:
  /// Throws FileError.
  explicit WorkFolder(const std::filesystem::path& folder);
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

 private:
  std::vector<std::filesystem::path> made_;  ///< innermost first
  std::optional<FolderLock> lock_;
};

}  // namespace bondscope::ml
