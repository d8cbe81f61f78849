#pragma once

// Only one farm may write to a store. Whoever writes holds FILE.lock beside it.

#include <filesystem>
#include <string>

namespace bondscope {

/// An advisory lock that the operating system releases even when its holder is killed. The lock file is
/// removed at the end; one that a killed farm left behind does no harm.
class StoreLock {
 public:
  /// Throws FileError if another process holds it (naming that process) or the lock file cannot be made.
  explicit StoreLock(const std::filesystem::path& store);
  StoreLock(StoreLock&& other) noexcept;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

  /// False on file systems without locks: nothing then keeps a second farm away.
  bool effective() const { return effective_; }

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
  bool effective_ = true;
};

}  // namespace bondscope
