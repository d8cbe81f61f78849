#pragma once

// System calls on one open file, carried through: interrupted and partial ones go on, failed ones throw
// FileError.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include <sys/types.h>

namespace bondscope {

/// A file that is closed when this goes. Errors name it.
class File {
 public:
  /// Opens; if that fails, is_open() is false and errno says why. `name` is what errors call the file.
  File(const std::filesystem::path& path, int flags, mode_t mode, std::filesystem::path name);
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  ~File();

  /// Whether there is a file behind it.
  bool is_open() const { return descriptor_ >= 0; }
  /// For the operating system's functions; -1: none.
  int descriptor() const { return descriptor_; }
  /// As it was opened.
  const std::filesystem::path& name() const { return name_; }

  /// Whether this is still the file that `name` leads to: another process may have renamed or removed it.
  bool is_at(const std::filesystem::path& name) const;
  /// In bytes. Throws FileError if this is not a regular file.
  std::uint64_t size() const;
  /// Writes behind what was written before. Throws FileError.
  void append(std::span<const std::byte> bytes);
  /// Throws DataError if the file ends before.
  void read(std::uint64_t offset, std::span<std::byte> into) const;
  /// Forces everything written to disk.
  void sync() const;

 private:
  int descriptor_;
  std::filesystem::path name_;
};

}  // namespace bondscope
