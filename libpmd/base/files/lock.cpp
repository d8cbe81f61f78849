#include "libpmd/base/files/lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"

namespace bondscope {
namespace {

/// Whether the open file is still the one that the name leads to.
bool same_file(int descriptor, const std::filesystem::path& file) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

std::string holder(int descriptor) {
  std::array<char, 200> text{};
  const auto length = ::pread(descriptor, text.data(), text.size(), 0);
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length))
                    : std::string("unknown process");
}

std::string myself() {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return "process " + std::to_string(::getpid()) + " on " + host.data();
}

}  // namespace

StoreLock::StoreLock(const std::filesystem::path& store) : file_(store) {
  // Whoever comes by another link to the same store must meet the same lock.
  if (std::filesystem::exists(store)) file_ = std::filesystem::canonical(store);
  file_ += ".lock";
  check_folder_writable(store);
  for (;;) {
    descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor_ < 0) throw FileError(file_.string() + ": cannot be created: " + std::strerror(errno));
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      const std::string other = holder(descriptor_);
      if (reason == EWOULDBLOCK) {
        ::close(descriptor_);
        throw FileError(store.string() + ": another farm is writing to this store (" + other +
                        "); wait for it or stop it");
      }
      effective_ = false;
      return;
    }
    // The previous holder may have removed the file between our open and our lock.
    if (same_file(descriptor_, file_)) break;
    ::close(descriptor_);
  }
  const std::string text = myself();
  if (::ftruncate(descriptor_, 0) != 0 ||
      ::pwrite(descriptor_, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    const int reason = errno;
    ::close(descriptor_);
    throw FileError(file_.string() + ": cannot be written to: " + std::strerror(reason));
  }
}

StoreLock::StoreLock(StoreLock&& other) noexcept
    : file_(std::move(other.file_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      effective_(other.effective_) {}

StoreLock::~StoreLock() {
  if (descriptor_ < 0) return;
  // Removed while still locked, so that nobody else can hold what is removed here.
  if (effective_ && same_file(descriptor_, file_)) ::unlink(file_.c_str());
  ::close(descriptor_);
}

}  // namespace bondscope
