#pragma once

// Named arrays in a file that is safe to load from a stranger: nothing in it is executed, and every size is
// checked against the file before memory is asked for.
//
// Layout, little-endian:
//   bytes  0…7   "PMDARRAY"
//   bytes  8…11  format version (uint32), 1
//   bytes 12…15  size of the header in bytes (uint32), at most 1 MiB
//   bytes 16…23  size of the data in bytes (uint64)
//   bytes 24…31  XXH3-64 of header and data
//   header       JSON: {"arrays": [{"name": …, "shape": [...], "dtype": "float32"}, …]}
//   data         the arrays one after the other, row-major, without gaps

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace bondscope::ml {

struct NamedArray {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;  ///< row-major

  bool operator==(const NamedArray&) const = default;
};

/// Product of the dimensions. Throws DataError if one is not positive, or if it is more than `limit`.
std::uint64_t element_count(const std::vector<std::int64_t>& shape, std::uint64_t limit);

/// Replaces `file` in one step: a reader sees the old or the new content, also after a crash. Throws
/// FileError.
void write_weights(const std::filesystem::path& file, const std::vector<NamedArray>& arrays);

/// Throws FileError if the file cannot be read, DataError if it is foreign, of another version,
/// truncated, oversized, damaged, or holds a number that is not finite.
std::vector<NamedArray> read_weights(const std::filesystem::path& file);

}  // namespace bondscope::ml
