#include "libpmd/base/files/disk.hpp"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"

namespace bondscope {
namespace {

[[noreturn]] void fail_at(const std::filesystem::path& path, const std::string& what = "") {
  throw FileError(fmt::format("{}: {}{}", path.string(), what, std::strerror(errno)));
}

File open(const std::filesystem::path& path, int flags) {
  File file(path, flags, 0, path);
  if (!file.is_open()) fail_at(path, "cannot be opened: ");
  return file;
}

}  // namespace

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

void check_folder_writable(const std::filesystem::path& file) {
  const auto folder = folder_of(file);
  std::error_code status;
  if (!std::filesystem::is_directory(folder, status))
    throw FileError(fmt::format("{}: there is no folder {} to create it in", file.string(), folder.string()));
  // A file without a name is an honest test, and nothing is left behind if this process is killed meanwhile.
  if (File(folder, O_TMPFILE | O_RDWR, 0600, folder).is_open()) return;
  // Not every file system has that: EOPNOTSUPP, or from old kernels EISDIR.
  const bool untested = errno == EOPNOTSUPP || errno == EISDIR;
  if (!untested || ::access(folder.c_str(), W_OK | X_OK) != 0)
    fail_at(file, fmt::format("cannot create files in {}: ", folder.string()));
}

std::uint64_t free_bytes(const std::filesystem::path& folder) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0) fail_at(folder, "free space unknown: ");
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

std::uint64_t unallocated_bytes(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) fail_at(file);
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const auto allocated = static_cast<std::uint64_t>(info.st_blocks) * 512;
  return size > allocated ? size - allocated : 0;
}

void reserve(const std::filesystem::path& path) {
  const File file = open(path, O_RDWR);
  const auto size = file.size();
  // fallocate and not posix_fallocate: the latter falls back to writing every block.
  if (::fallocate(file.descriptor(), 0, 0, static_cast<off_t>(size)) != 0 && errno != EOPNOTSUPP &&
      errno != ENOSYS && errno != EINVAL)
    fail_at(path, fmt::format("cannot reserve {}: ", format_bytes(size)));
}

void force_to_disk(const std::filesystem::path& path) {
  std::error_code ignored;
  const bool folder = std::filesystem::is_directory(path, ignored);
  const File file = open(path, folder ? O_RDONLY | O_DIRECTORY : O_RDWR);
  // Some file systems have no fsync for directories and say so with EINVAL.
  if (folder && ::fsync(file.descriptor()) != 0 && errno != EINVAL)
    fail_at(path, "cannot be forced to disk: ");
  if (!folder) file.sync();
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  return unit == 0 ? fmt::format("{} {}", bytes, units[unit]) : fmt::format("{:.3g} {}", value, units[unit]);
}

}  // namespace bondscope
