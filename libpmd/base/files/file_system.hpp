#pragma once

// What kind of file system a file lies on, and what that means for it.

#include <filesystem>
#include <string>

namespace bondscope {

/// As the kernel lists it among its mounts.
struct FileSystem {
  std::string type;     ///< e.g. "ext4", "nfs4", "lustre"; empty if unknown
  std::string options;  ///< of the mount and of the file system, separated by commas

  /// Whether an option is among them, e.g. "nolock" or "local_lock=all".
  bool has(const std::string& option) const;
};

/// Of the mount that `path`, or its folder if it does not exist yet, lies in.
FileSystem file_system_of(const std::filesystem::path& path);

/// The same from the text of /proc/self/mountinfo; `path` is absolute.
FileSystem file_system_of(const std::filesystem::path& path, const std::string& mountinfo);

/// Why flock() keeps away processes of the same machine only; empty if, as far as one can tell, it reaches
/// further.
std::string reach_of_locks(const FileSystem& system);

}  // namespace bondscope
