#pragma once

// One file of named arrays that is either complete and undamaged or refused: the state of a run in flight.
//
// Layout, in the byte order of the machine that wrote it: 8 bytes of magic, u32 byte-order mark, u32 version,
// u64 size of the whole file, u32 length of the identity, u32 number of sections; the identity; for each
// section u32 length of its name, u32 kind and u32 size of an element, u64 number of elements, name; the
// elements of all sections; XXH3-128 of all that.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"

namespace bondscope {

/// The file is undamaged, but the state of another run or written in another version of the format.
class ForeignState : public DataError {
 public:
  using DataError::DataError;
};

struct ElementType {
  enum class Kind : std::uint32_t { other, signed_integer, unsigned_integer, floating, complex };
  Kind kind = Kind::other;
  std::uint32_t size = 1;  ///< in bytes

  bool operator==(const ElementType&) const = default;
  std::string describe() const;  ///< e.g. "float64", "complex128", "struct of 24 bytes"
};

/// A section to write: it refers to the caller's memory.
struct Section {
  std::string name;
  ElementType type;
  std::span<const std::byte> bytes;
};

/// Replaces `path` all at once: whenever the process is killed, the old or the new version is there,
/// complete. `identity` says what run this is, with which numerics and which code, in any form (up to 1 MiB).
/// Throws FileError if it cannot be written (the old version then stays, with nothing beside it), ConfigError
/// for names or an identity that are empty, too long or double.
void write_sealed(const std::filesystem::path& path, std::string_view identity,
                  std::span<const Section> sections);

/// Removes the file, if there is one, and what a killed writer left beside it. Throws FileError.
void remove_sealed(const std::filesystem::path& path);

class SealedFile {
 public:
  struct Entry {
    std::string name;
    ElementType type;
    std::uint64_t count;   ///< of elements
    std::uint64_t offset;  ///< of the first, in the file
    std::uint64_t bytes() const { return count * type.size; }
  };

  /// Reads the whole file once to check its seal; nothing if there is no such file. Throws ForeignState if it
  /// is not that of `identity`, DataError if it is anything but a complete, undamaged file, FileError if it
  /// cannot be read.
  static std::optional<SealedFile> open(const std::filesystem::path& path, std::string_view identity);

  const std::filesystem::path& path() const { return file_.name(); }
  const std::vector<Entry>& entries() const { return entries_; }
  bool has(std::string_view name) const;
  /// Throws DataError if there is no such section.
  const Entry& entry(std::string_view name) const;
  /// The elements; into.size() must be entry.bytes(). A version that has been replaced meanwhile stays
  /// readable.
  void read(const Entry& entry, std::span<std::byte> into) const;

 private:
  SealedFile(File file, std::vector<Entry> entries);
  File file_;
  std::vector<Entry> entries_;
};

}  // namespace bondscope
