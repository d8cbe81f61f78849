#pragma once

// Files of measured images as other programs write them.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <hdf5.h>
#include <png.h>
#include <zlib.h>

#include "libpmd/import/table.hpp"

namespace bondscope::testing {

inline void write_bytes(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

inline std::string read_bytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The lowest `size` bytes of a value.
inline std::string in_order(std::uint64_t value, std::size_t size, bool big_endian) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i)
    bytes += static_cast<char>(value >> 8 * (big_endian ? size - 1 - i : i) & 0xff);
  return bytes;
}

template <class Number>
std::string numbers(const Table& table, bool big_endian) {
  std::string bytes;
  for (const double value : table.values) {
    const auto number = static_cast<Number>(value);
    std::uint64_t bits = 0;
    std::memcpy(&bits, &number, sizeof number);  // the tests run on little-endian machines
    bytes += in_order(bits, sizeof number, big_endian);
  }
  return bytes;
}

/// `type` as NumPy writes it, "<f8"; `shape` likewise, "(2, 3)".
inline std::string npy(const std::string& type, const std::string& shape, const std::string& data,
                       bool fortran = false) {
  auto header = fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}, }}", type,
                            fortran ? "True" : "False", shape);
  while ((header.size() + 11) % 64 != 0)
    header += ' ';
  header += '\n';
  return "\x93NUMPY" + std::string("\x01\0", 2) + in_order(header.size(), 2, false) + header + data;
}
inline std::string npy(const Table& table) {
  return npy("<f8", fmt::format("({}, {})", table.rows, table.columns), numbers<double>(table, false));
}

/// Grey values of 8 or 16 bit.
inline void write_png(const std::filesystem::path& file, const Table& table, int bits) {
  FILE* out = std::fopen(file.c_str(), "wb");
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
  png_infop info = png_create_info_struct(png);
  png_init_io(png, out);
  png_set_IHDR(png, info, static_cast<png_uint_32>(table.columns), static_cast<png_uint_32>(table.rows), bits,
               PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  auto bytes = bits == 16 ? numbers<std::uint16_t>(table, true) : numbers<std::uint8_t>(table, true);
  for (std::size_t row = 0; row < table.rows; ++row)
    png_write_row(png, reinterpret_cast<png_const_bytep>(bytes.data() + row * bytes.size() / table.rows));
  png_write_end(png, nullptr);
  png_destroy_write_struct(&png, &info);
  std::fclose(out);
}

struct TiffSettings {
  bool big_endian = false;
  unsigned bits = 16, format = 1, compression = 1, photometric = 1, rows_per_strip = 7, orientation = 1;
};

/// `data`: the rows one after the other.
inline std::string tiff(const Table& table, const std::string& data, const TiffSettings& s) {
  const auto row_bytes = table.columns * s.bits / 8;
  std::string strips;
  std::vector<std::uint64_t> offsets, counts;
  for (std::size_t row = 0; row < table.rows; row += s.rows_per_strip) {
    auto strip = data.substr(std::min(row * row_bytes, data.size()), s.rows_per_strip * row_bytes);
    if (s.compression == 8) {
      std::string packed(compressBound(strip.size()), '\0');
      auto size = packed.size();
      compress(reinterpret_cast<Bytef*>(packed.data()), &size, reinterpret_cast<const Bytef*>(strip.data()),
               strip.size());
      strip = packed.substr(0, size);
    } else if (s.compression == 32773) {
      std::string packed;
      for (std::size_t at = 0; at < strip.size();) {
        std::size_t same = 1;
        while (at + same < strip.size() && same < 128 && strip[at + same] == strip[at])
          ++same;
        packed += same > 1 ? static_cast<char>(1 - static_cast<int>(same)) : '\0';
        packed += strip[at];
        at += same;
      }
      strip = packed;
    }
    offsets.push_back(8 + strips.size());
    counts.push_back(strip.size());
    strips += strip;
  }
  const auto lists = 8 + strips.size();
  for (const auto* list : {&offsets, &counts})
    for (const auto one : *list)
      strips += in_order(one, 4, s.big_endian);
  const auto entry = [&](unsigned tag, unsigned type, std::uint64_t count, std::uint64_t value) {
    const bool is_short = type == 3 && count == 1;
    return in_order(tag, 2, s.big_endian) + in_order(type, 2, s.big_endian) +
           in_order(count, 4, s.big_endian) +
           (is_short ? in_order(value, 2, s.big_endian) + std::string(2, '\0')
                     : in_order(value, 4, s.big_endian));
  };
  const bool one_strip = offsets.size() == 1;
  std::string directory = in_order(11, 2, s.big_endian);
  directory += entry(256, 4, 1, table.columns) + entry(257, 4, 1, table.rows) + entry(258, 3, 1, s.bits) +
               entry(259, 3, 1, s.compression) + entry(262, 3, 1, s.photometric);
  directory += entry(273, 4, offsets.size(), one_strip ? offsets[0] : lists);
  directory += entry(274, 3, 1, s.orientation);
  directory += entry(277, 3, 1, 1) + entry(278, 4, 1, s.rows_per_strip);
  directory += entry(279, 4, counts.size(), one_strip ? counts[0] : lists + 4 * offsets.size());
  directory += entry(339, 3, 1, s.format) + in_order(0, 4, s.big_endian);
  return (s.big_endian ? std::string("MM\0\x2a", 4) : std::string("II\x2a\0", 4)) +
         in_order(8 + strips.size(), 4, s.big_endian) + strips + directory;
}

inline void write_hdf5(const std::filesystem::path& file, const std::string& path, const Table& table) {
  const hid_t out = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t extents[2] = {table.rows, table.columns};
  const hid_t space = H5Screate_simple(2, extents, nullptr), links = H5Pcreate(H5P_LINK_CREATE);
  H5Pset_create_intermediate_group(links, 1);
  const hid_t dataset = H5Dcreate2(out, path.c_str(), H5T_IEEE_F64BE, space, links, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, table.values.data());
  H5Dclose(dataset);
  H5Pclose(links);
  H5Sclose(space);
  H5Fclose(out);
}

inline std::string text(const Table& table, const std::string& separator) {
  std::string lines;
  for (std::size_t row = 0; row < table.rows; ++row) {
    for (std::size_t column = 0; column < table.columns; ++column)
      lines += fmt::format("{}{}", column ? separator : "", table.at(row, column));
    lines += "\r\n";
  }
  return lines;
}

}  // namespace bondscope::testing
