#include "libml/data/write_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "libtdse/base/error.hpp"

namespace ml {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file) {
  throw tdse::FileError(file.string() + ": cannot be written: " + std::strerror(errno));
}

/// As fail(), leaving nothing behind.
[[noreturn]] void give_up(const std::filesystem::path& file, const std::filesystem::path& temporary) {
  const int reason = errno;
  ::unlink(temporary.c_str());
  errno = reason;
  fail(file);
}

struct Descriptor {
  int fd;
  ~Descriptor() {
    if (fd >= 0) ::close(fd);
  }
};

}  // namespace

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  auto temporary = file;
  temporary += ".tmp" + std::to_string(::getpid());
  {
    const Descriptor out{::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)};
    if (out.fd < 0) fail(file);
    for (std::size_t written = 0; written < bytes.size();) {
      const auto n = ::write(out.fd, bytes.data() + written, bytes.size() - written);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) give_up(file, temporary);
      written += static_cast<std::size_t>(n);
    }
    if (::fsync(out.fd) != 0) give_up(file, temporary);
  }
  if (::rename(temporary.c_str(), file.c_str()) != 0) give_up(file, temporary);
}

}  // namespace ml
