#include "libpmd/base/files/replacement.hpp"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

constexpr int most_attempts = 100;

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what) {
  throw FileError(file.string() + ": cannot be written: " + what);
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  const auto folder = file.parent_path();
  return folder.empty() ? std::filesystem::path(".") : folder;
}

/// Whether the open file is still the one that the name leads to.
bool same_file(int descriptor, const std::filesystem::path& name) {
  struct stat opened {
  }, named{};
  return ::fstat(descriptor, &opened) == 0 && ::lstat(name.c_str(), &named) == 0 &&
         opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/// Opens and locks the temporary file, so that no second writer can empty or rename it.
File open_temporary(const std::filesystem::path& file) {
  const auto name = Replacement::temporary_name(file);
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    File temporary(name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0666, file);
    if (!temporary.is_open()) {
      const std::string reason = std::strerror(errno);
      std::error_code ignored;
      const auto folder = folder_of(file);
      if (!std::filesystem::is_directory(folder, ignored))
        fail(file, "there is no folder " + folder.string());
      fail(file, name.string() + ": " + reason);
    }
    // File systems without locks say so with another error: there, nothing keeps a second writer away.
    if (::flock(temporary.descriptor(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
      fail(file, "another process is writing it");
    // A previous writer may have put the file in its place between our open and our lock.
    if (same_file(temporary.descriptor(), name)) return temporary;
  }
  fail(file, "other processes keep writing it");
}

}  // namespace

std::filesystem::path Replacement::temporary_name(std::filesystem::path file) {
  file += ".tmp";
  return file;
}

Replacement::Replacement(std::filesystem::path file)
    : file_(std::move(file)), temporary_(open_temporary(file_)) {
  if (temporary_.size() != 0 && ::ftruncate(temporary_.descriptor(), 0) != 0)
    fail(file_, std::strerror(errno));
}

Replacement::~Replacement() {
  if (!committed_) ::unlink(temporary_name(file_).c_str());
}

void Replacement::commit() {
  temporary_.sync();
  if (::rename(temporary_name(file_).c_str(), file_.c_str()) != 0) fail(file_, std::strerror(errno));
  committed_ = true;
  const auto folder = folder_of(file_);
  const File directory(folder, O_RDONLY | O_DIRECTORY, 0, folder);
  // Some file systems have no fsync for directories and say so with EINVAL.
  if (!directory.is_open() || (::fsync(directory.descriptor()) != 0 && errno != EINVAL))
    throw FileError(folder.string() + ": cannot be forced to disk: " + std::strerror(errno));
}

}  // namespace bondscope
