#include "libml/train/folder_lock.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {

FolderLock::FolderLock(const std::filesystem::path& folder)
    : folder_(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0, folder) {
  if (!folder_.is_open())
    throw FileError(fmt::format("{}: cannot be opened: {}", folder.string(), std::strerror(errno)));
  if (::flock(folder_.descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw FileError(folder.string() + ": another pmd_train is at work in this folder");
}

}  // namespace bondscope::ml
