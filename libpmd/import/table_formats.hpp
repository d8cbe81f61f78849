#pragma once

// The readers behind read_table(), one for each format. They throw DataError without the file's name.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "libpmd/import/table.hpp"

namespace bondscope::table_formats {

/// Of a whole file in memory.
Table read_npy(std::string_view bytes);
/// Of a whole file in memory, grey, of 8 or 16 bits.
Table read_png(std::string_view bytes);
/// Of a whole file in memory, in either byte order.
Table read_tiff(std::string_view bytes);
/// Of a whole file in memory: numbers in lines.
Table read_text(std::string_view bytes);
/// HDF5 opens the file itself.
Table read_hdf5(const std::filesystem::path& file, const std::string& dataset);

/// A table of this shape, filled with 0. Throws DataError if it has no values or too many.
Table empty_table(std::uint64_t rows, std::uint64_t columns);

/// Throws DataError if so many numbers cannot have been packed into so many bytes.
void expect_within(std::uint64_t rows, std::uint64_t columns, std::size_t file_bytes);

/// How the numbers of a file are kept.
struct NumberType {
  /// What the bits mean.
  enum class Kind { unsigned_integer, signed_integer, floating };
  Kind kind = Kind::unsigned_integer;  ///< what they are
  std::size_t bytes = 1;               ///< 1, 2, 4 or 8; of floats 4 or 8
  bool big_endian = false;             ///< the first byte counts most
};
/// Whether numbers() can read it.
bool is_readable(const NumberType& type);
/// The first `count` numbers of `bytes`, which must have so many.
void read_numbers(std::string_view bytes, const NumberType& type, std::size_t count, double* into);

}  // namespace bondscope::table_formats
