#pragma once

// A table of numbers as a measurement's file has it: an image, or a list of events.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace bondscope {

/// Numbers in rows and columns. Of an image row 0 is the uppermost.
struct Table {
  std::size_t rows = 0, columns = 0;  ///< number of each
  std::vector<double> values;         ///< [row][column]

  /// The number in a row and a column.
  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

inline constexpr std::size_t most_table_values = std::size_t{1} << 26;  ///< that a table may have
inline constexpr std::size_t most_file_bytes = std::size_t{2} << 30;    ///< of any file but HDF5

/// Reads a table; what the file is, its first bytes say:
///   NPY    format 1 to 3, two dimensions, integers, floats (4 or 8 bytes) or bools, either byte order
///   PNG    grey values of 8 or 16 bit, with or without alpha, which is ignored
///   TIFF   one image of one sample per pixel: integers of 8, 16 or 32 bit, floats of 32 or 64, either byte
///          order, in strips, not compressed or by PackBits, LZW or Deflate; set upright by its orientation
///   HDF5   the dataset that `dataset` names, of two dimensions; other files have none, and it must be empty
///   text   lines of numbers between blanks, tabs, commas or semicolons; lines that begin with # or %, and a
///          first line of names, are passed over
/// Numbers are taken as they are: no gamma, no scale. Nothing that the file says is believed before it is
/// checked. Throws FileError (missing, not readable, too large), DataError that names the file, what is wrong
/// and what would be right: truncated, another shape or type, more than most_table_values.
Table read_table(const std::filesystem::path& file, const std::string& dataset = {});

/// The same of "FILE" or, of HDF5, "FILE:DATASET"; an HDF5 file without one has `usual_dataset`.
Table read_part(const std::string& file_or_part, const std::string& usual_dataset);

}  // namespace bondscope
