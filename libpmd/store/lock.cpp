#include "libpmd/store/lock.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/process/build_info.hpp"

namespace bondscope {
namespace {

std::filesystem::path lock_name(const std::filesystem::path& store) {
  // Whoever comes by another link to the same store must meet the same lock.
  auto name = std::filesystem::exists(store) ? std::filesystem::canonical(store) : store;
  return name += ".lock";
}

File open_lock(const std::filesystem::path& name) {
  File file(name, O_RDWR | O_CREAT, 0644, name);
  if (!file.is_open())
    throw FileError(fmt::format("{}: cannot be created: {}", name.string(), std::strerror(errno)));
  return file;
}

std::string holder(const File& file) {
  std::array<char, 200> text{};
  const auto length = ::pread(file.descriptor(), text.data(), text.size(), 0);
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : "unknown process";
}

/// Where the file system has no locks, it is not `effective`.
File locked(const std::filesystem::path& store, const std::filesystem::path& name, bool& effective) {
  check_folder_writable(store);
  for (;;) {
    File file = open_lock(name);
    effective = ::flock(file.descriptor(), LOCK_EX | LOCK_NB) == 0;
    if (!effective && errno == EWOULDBLOCK)
      throw FileError(fmt::format("{}: another farm is writing to this store ({}); wait for it or stop it",
                                  store.string(), holder(file)));
    // The previous holder may have removed the file between our open and our lock.
    if (!effective || file.is_at(name)) return file;
  }
}

}  // namespace

StoreLock::StoreLock(const std::filesystem::path& store)
    : name_(lock_name(store)), file_(locked(store, name_, effective_)) {
  if (!effective_) return;
  const std::string myself = fmt::format("process {} on {}", ::getpid(), host_name());
  if (::ftruncate(file_.descriptor(), 0) != 0) throw FileError(name_.string() + ": cannot be written to");
  file_.append(std::as_bytes(std::span(myself)));
}

StoreLock::~StoreLock() {
  // Removed while still locked, so that nobody else can hold what is removed here.
  if (file_.is_open() && effective_ && file_.is_at(name_)) ::unlink(name_.c_str());
}

}  // namespace bondscope
