#include <bit>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/import/table.hpp"
#include "libpmd/import/table_formats.hpp"
#include "libpmd/store/hdf5_handle.hpp"

namespace bondscope {
namespace table_formats {

Table empty_table(std::uint64_t rows, std::uint64_t columns) {
  if (rows == 0 || columns == 0)
    throw DataError(fmt::format("a table of {} × {} numbers is empty", rows, columns));
  if (rows > most_table_values / columns)
    throw DataError(fmt::format("a table of {} × {} numbers; expected at most {} numbers", rows, columns,
                                most_table_values));
  return {static_cast<std::size_t>(rows), static_cast<std::size_t>(columns),
          std::vector<double>(static_cast<std::size_t>(rows * columns))};
}

void expect_within(std::uint64_t rows, std::uint64_t columns, std::size_t file_bytes) {
  constexpr std::uint64_t most_per_byte = 4096;  // LZW has up to 2559, Deflate up to 1032
  if (columns != 0 && rows > file_bytes * most_per_byte / columns)
    throw DataError(
        fmt::format("truncated: {} × {} pixels cannot be in a file of {} bytes", columns, rows, file_bytes));
}

bool is_readable(const NumberType& type) {
  if (type.kind == NumberType::Kind::floating) return type.bytes == 4 || type.bytes == 8;
  return type.bytes == 1 || type.bytes == 2 || type.bytes == 4 || type.bytes == 8;
}

namespace {

std::uint64_t integer_at(std::string_view bytes, std::size_t at, const NumberType& type) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < type.bytes; ++i) {
    const auto byte = static_cast<unsigned char>(bytes[at + (type.big_endian ? i : type.bytes - 1 - i)]);
    value = value << 8 | byte;
  }
  return value;
}

double number_of(std::uint64_t bits, const NumberType& type) {
  switch (type.kind) {
    case NumberType::Kind::unsigned_integer:
      return static_cast<double>(bits);
    case NumberType::Kind::signed_integer: {
      const auto unused = 64 - 8 * type.bytes;
      return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    case NumberType::Kind::floating:
      break;
  }
  return type.bytes == 4 ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                         : std::bit_cast<double>(bits);
}

}  // namespace

void read_numbers(std::string_view bytes, const NumberType& type, std::size_t count, double* into) {
  if (bytes.size() / type.bytes < count) throw DataError("truncated");
  for (std::size_t i = 0; i < count; ++i)
    into[i] = number_of(integer_at(bytes, i * type.bytes, type), type);
}

}  // namespace table_formats

namespace {

using Reader = Table (*)(std::string_view);

/// Empty: HDF5.
Reader reader_of(std::string_view first_bytes) {
  using namespace std::string_view_literals;
  if (first_bytes.starts_with("\x93NUMPY"sv)) return table_formats::read_npy;
  if (first_bytes.starts_with("\x89PNG\r\n\x1a\n"sv)) return table_formats::read_png;
  for (const auto magic : {"II\x2a\0"sv, "MM\0\x2a"sv, "II\x2b\0"sv, "MM\0\x2b"sv})
    if (first_bytes.starts_with(magic)) return table_formats::read_tiff;
  if (first_bytes.find('\0') == std::string_view::npos) return table_formats::read_text;
  throw DataError("is none of the formats that are read: NPY, PNG, TIFF, HDF5, text");
}

/// HDF5's signature may also stand behind a user block.
bool is_hdf5(const std::filesystem::path& file) {
  return std::filesystem::file_size(file) > 0 && H5Fis_hdf5(file.c_str()) > 0;
}

}  // namespace

Table read_table(const std::filesystem::path& file, const std::string& dataset) {
  expect_file(file);
  const hdf5::Quiet quiet;
  try {
    if (is_hdf5(file)) return table_formats::read_hdf5(file, dataset);
    if (!dataset.empty())
      throw DataError(fmt::format("is not HDF5 and has no dataset {}; expected no 'dataset'", dataset));
    const auto bytes = read_text_file(file, most_file_bytes);
    return reader_of(bytes)(bytes);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", file.string(), error.what()));
  }
}

Table read_part(const std::string& file_or_part, const std::string& usual_dataset) {
  std::error_code status;
  const auto colon = file_or_part.rfind(':');
  const bool names_dataset = !std::filesystem::exists(file_or_part, status) && colon != std::string::npos;
  const std::filesystem::path file = names_dataset ? file_or_part.substr(0, colon) : file_or_part;
  if (names_dataset) return read_table(file, file_or_part.substr(colon + 1));
  expect_file(file);
  const hdf5::Quiet quiet;
  return read_table(file, is_hdf5(file) ? usual_dataset : "");
}

}  // namespace bondscope
