#include "libpmd/base/files/replacement.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"

namespace bondscope {
namespace {

constexpr int most_attempts = 100;

[[noreturn]] void cannot_write(const std::filesystem::path& file, const std::string& what) {
  throw FileError(fmt::format("{}: cannot be written: {}", file.string(), what));
}

/// Opens and locks the temporary file, so that no second writer can empty or rename it.
File open_temporary(const std::filesystem::path& file) {
  const auto name = temporary_name(file);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    File temporary(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0666, file);
    if (!temporary.is_open()) {
      const std::string reason = std::strerror(errno);
      std::error_code ignored;
      const auto folder = folder_of(file);
      if (!std::filesystem::is_directory(folder, ignored))
        cannot_write(file, "there is no folder " + folder.string());
      cannot_write(file, fmt::format("{}: {}", name.string(), reason));
    }
    // File systems without locks say so with another error: there, nothing keeps a second writer away.
    if (::flock(temporary.descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      cannot_write(file, "another process is writing it");
    // A previous writer may have put the file in its place between our open and our lock.
    if (temporary.is_at(name)) return temporary;
  }
  cannot_write(file, "other processes keep writing it");
}

int rename_to_free_name(const std::filesystem::path& from, const std::filesystem::path& to) {
  const int status = ::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  if (status == 0 || (errno != EINVAL && errno != ENOSYS)) return status;
  // Not every network file system can refuse to replace.
  if (std::filesystem::exists(to)) throw FileError(to.string() + ": exists already");
  return ::rename(from.c_str(), to.c_str());
}

/// After a rename to `file`, which has failed unless `status` is 0.
void finish_rename(int status, const std::filesystem::path& file) {
  if (status != 0) cannot_write(file, std::strerror(errno));
  force_to_disk(folder_of(file));
}

}  // namespace

std::filesystem::path temporary_name(std::filesystem::path file) {
  file += ".partial";
  return file;
}

Replacement::Replacement(std::filesystem::path file)
    : file_(std::move(file)), temporary_(open_temporary(file_)) {
  if (temporary_.size() != 0 && ::ftruncate(temporary_.descriptor(), 0) != 0)
    cannot_write(file_, std::strerror(errno));
}

Replacement::~Replacement() {
  if (!committed_) ::unlink(temporary_name(file_).c_str());
}

void Replacement::commit() {
  temporary_.sync();
  const int status = ::rename(temporary_name(file_).c_str(), file_.c_str());
  committed_ = status == 0;
  finish_rename(status, file_);
}

void rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  finish_rename(rename_to_free_name(from, to), to);
}

void replace_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  finish_rename(::rename(from.c_str(), to.c_str()), to);
}

}  // namespace bondscope
