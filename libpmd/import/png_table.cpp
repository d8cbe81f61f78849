#include <algorithm>
#include <csetjmp>
#include <cstring>
#include <vector>

#include <fmt/format.h>
#include <png.h>

#include "libpmd/base/error.hpp"
#include "libpmd/import/table_formats.hpp"

namespace bondscope::table_formats {
namespace {

/// What libpng reads from, and where it leaves its message.
struct Source {
  const char* next;
  std::size_t left;
  char message[120];
};

void take_bytes(png_structp png, png_bytep into, png_size_t count) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (count > source->left) png_error(png, "truncated");
  std::memcpy(into, source->next, count);
  source->next += count;
  source->left -= count;
}

[[noreturn]] void note_error(png_structp png, png_const_charp message) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->message, message, sizeof source->message - 1);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

/// libpng jumps out of its errors: nothing here has a destructor. False if there was one.
bool decode(Source* source, png_bytepp rows) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, note_error, ignore_warning);
  if (!png) return false;
  png_infop info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, info ? &info : nullptr, nullptr);
    return false;
  }
  png_set_read_fn(png, source, take_bytes);
  png_set_chunk_malloc_max(png, 1 << 20);
  png_read_info(png, info);
  png_set_strip_alpha(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  png_destroy_read_struct(&png, &info, nullptr);
  return true;
}

}  // namespace

Table read_png(std::string_view bytes) {
  // Signature, length and name of the first chunk, then width, height, bits and colour type.
  constexpr std::size_t header = 26;
  if (bytes.size() < header || bytes.substr(12, 4) != "IHDR")
    throw DataError("truncated: a PNG without a header");
  double extents[2];
  read_numbers(bytes.substr(16), {.bytes = 4, .big_endian = true}, 2, extents);
  const int bits = static_cast<unsigned char>(bytes[24]), colour = static_cast<unsigned char>(bytes[25]);
  if ((bits != 8 && bits != 16) || (colour != PNG_COLOR_TYPE_GRAY && colour != PNG_COLOR_TYPE_GRAY_ALPHA))
    throw DataError(fmt::format("a PNG of {} bit{}; expected grey values of 8 or 16 bit", bits,
                                colour == PNG_COLOR_TYPE_GRAY ? "" : ", in colours"));
  const auto height = static_cast<std::uint64_t>(extents[1]), width = static_cast<std::uint64_t>(extents[0]);
  expect_within(height, width, bytes.size());
  auto table = empty_table(height, width);
  const NumberType type{.bytes = static_cast<std::size_t>(bits / 8), .big_endian = true};
  const auto row_bytes = table.columns * type.bytes;
  std::vector<png_byte> pixels(table.rows * row_bytes);
  std::vector<png_bytep> rows;
  for (std::size_t row = 0; row < table.rows; ++row)
    rows.push_back(pixels.data() + row * row_bytes);
  Source source{bytes.data(), bytes.size(), {}};
  if (!decode(&source, rows.data())) throw DataError(fmt::format("damaged PNG: {}", source.message));
  read_numbers({reinterpret_cast<const char*>(pixels.data()), pixels.size()}, type, table.values.size(),
               table.values.data());
  return table;
}

}  // namespace bondscope::table_formats
