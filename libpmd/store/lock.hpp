#pragma once

// Only one process may write to a store. Whoever writes holds FILE.lock beside it.

#include <filesystem>

#include "libpmd/base/files/file.hpp"

namespace bondscope {

/// An advisory lock that the operating system releases even when its holder is killed. The lock file is
/// removed at the end; one that a killed process left behind does no harm.
class StoreLock {
 public:
  /// Throws FileError if another process holds it (naming that process) or the lock file cannot be made.
  explicit StoreLock(const std::filesystem::path& store);
  /// Takes the lock over.
  StoreLock(StoreLock&& other) noexcept = default;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

  /// False on file systems without locks: nothing then keeps a second process away.
  bool effective() const { return effective_; }

 private:
  std::filesystem::path name_;
  bool effective_ = true;
  File file_;
};

}  // namespace bondscope
