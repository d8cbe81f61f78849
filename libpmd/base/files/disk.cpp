#include "libpmd/base/files/disk.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

class Descriptor {
 public:
  Descriptor(const std::filesystem::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC)) {
    if (fd_ < 0) throw FileError(path.string() + ": cannot be opened: " + std::strerror(errno));
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { ::close(fd_); }
  int get() const { return fd_; }

 private:
  int fd_;
};

void sync(const Descriptor& descriptor, const std::filesystem::path& file) {
  if (::fsync(descriptor.get()) != 0)
    throw FileError(file.string() + ": cannot be forced to disk: " + std::strerror(errno));
}

void finish_rename(int status, const std::filesystem::path& to) {
  if (status != 0) throw FileError(to.string() + ": cannot be put in place: " + std::strerror(errno));
  const Descriptor folder(folder_of(to), O_RDONLY | O_DIRECTORY);
  // Some file systems have no fsync for directories and say so with EINVAL.
  if (::fsync(folder.get()) != 0 && errno != EINVAL)
    throw FileError(folder_of(to).string() + ": cannot be forced to disk: " + std::strerror(errno));
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
    throw FileError(file.string() + ": there is no folder " + folder.string() + " to create it in");
  // A file without a name is an honest test, and nothing is left behind if this process is killed meanwhile.
  const int fd = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return;
  }
  // Not every file system has that: EOPNOTSUPP, or from old kernels EISDIR.
  const bool untested = errno == EOPNOTSUPP || errno == EISDIR;
  if (!untested || ::access(folder.c_str(), W_OK | X_OK) != 0)
    throw FileError(file.string() + ": cannot create files in " + folder.string() + ": " +
                    std::strerror(errno));
}

std::uint64_t free_bytes(const std::filesystem::path& folder) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0)
    throw FileError(folder.string() + ": free space unknown: " + std::strerror(errno));
  return std::uint64_t{info.f_bavail} * info.f_frsize;
}

std::uint64_t unallocated_bytes(const std::filesystem::path& file) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) throw FileError(file.string() + ": " + std::strerror(errno));
  const auto size = static_cast<std::uint64_t>(info.st_size);
  const auto allocated = static_cast<std::uint64_t>(info.st_blocks) * 512;
  return size > allocated ? size - allocated : 0;
}

void reserve_and_sync(const std::filesystem::path& file) {
  const Descriptor descriptor(file, O_RDWR);
  struct stat info {};
  if (::fstat(descriptor.get(), &info) != 0) throw FileError(file.string() + ": " + std::strerror(errno));
  // fallocate and not posix_fallocate: the latter falls back to writing every block.
  if (::fallocate(descriptor.get(), 0, 0, info.st_size) != 0 && errno != EOPNOTSUPP && errno != ENOSYS &&
      errno != EINVAL)
    throw FileError(file.string() + ": cannot reserve " +
                    format_bytes(static_cast<std::uint64_t>(info.st_size)) + ": " + std::strerror(errno));
  sync(descriptor, file);
}

void force_to_disk(const std::filesystem::path& file) {
  sync(Descriptor(file, O_RDWR), file);
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  int status = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (status != 0 && (errno == EINVAL || errno == ENOSYS)) {
    // Not every network file system can refuse to replace.
    if (std::filesystem::exists(to)) throw FileError(to.string() + ": exists already");
    status = ::rename(from.c_str(), to.c_str());
  }
  finish_rename(status, to);
}

void replace_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  finish_rename(::rename(from.c_str(), to.c_str()), to);
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.3g %s", value, units[unit]);
  return text.data();
}

}  // namespace bondscope
