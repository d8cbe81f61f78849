#include "libpmd/base/files/file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

/// More than the system moves in one call anyway.
constexpr std::size_t largest_transfer = std::size_t{1} << 30;

template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR)
    result = call();
  return result;
}

[[noreturn]] void fail(const std::filesystem::path& name, const char* what) {
  throw FileError(fmt::format("{}: {}: {}", name.string(), what, std::strerror(errno)));
}

}  // namespace

File::File(const std::filesystem::path& path, int flags, mode_t mode, std::filesystem::path name)
    : descriptor_(uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode); })),
      name_(std::move(name)) {}

File::File(File&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

File::~File() {
  if (is_open()) ::close(descriptor_);
}

bool File::is_at(const std::filesystem::path& name) const {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor_, &opened) == 0 && ::stat(name.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

std::uint64_t File::size() const {
  struct stat info {};
  if (::fstat(descriptor_, &info) != 0) fail(name_, "cannot be looked at");
  if (!S_ISREG(info.st_mode)) throw FileError(name_.string() + ": not a regular file");
  return static_cast<std::uint64_t>(info.st_size);
}

void File::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto part = std::min(bytes.size(), largest_transfer);
    const auto written = uninterrupted([&] { return ::write(descriptor_, bytes.data(), part); });
    if (written < 0) fail(name_, "cannot be written");
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void File::read(std::uint64_t offset, std::span<std::byte> into) const {
  while (!into.empty()) {
    const auto part = std::min(into.size(), largest_transfer);
    const auto got =
        uninterrupted([&] { return ::pread(descriptor_, into.data(), part, static_cast<off_t>(offset)); });
    if (got < 0) fail(name_, "cannot be read");
    if (got == 0) throw DataError(name_.string() + ": truncated while it was read");
    offset += static_cast<std::uint64_t>(got);
    into = into.subspan(static_cast<std::size_t>(got));
  }
}

void File::sync() const {
  if (uninterrupted([&] { return ::fsync(descriptor_); }) != 0) fail(name_, "cannot be forced to disk");
}

}  // namespace bondscope
