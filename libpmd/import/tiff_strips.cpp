#include "libpmd/import/tiff_strips.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <zlib.h>

#include "libpmd/base/error.hpp"

namespace bondscope::table_formats {
namespace {

std::string inflate_strip(std::string_view packed, std::size_t bytes) {
  std::string unpacked(bytes, '\0');
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) throw DataError("zlib cannot be started");
  std::size_t taken = 0, made = 0;
  int status = Z_OK;
  constexpr std::size_t most = 1u << 30;  // zlib counts in 32 bits
  while (status == Z_OK && made < bytes) {
    const auto in = std::min(packed.size() - taken, most), out = std::min(bytes - made, most);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data() + taken));
    stream.avail_in = static_cast<uInt>(in);
    stream.next_out = reinterpret_cast<Bytef*>(unpacked.data() + made);
    stream.avail_out = static_cast<uInt>(out);
    status = inflate(&stream, Z_NO_FLUSH);
    taken += in - stream.avail_in;
    made += out - stream.avail_out;
  }
  inflateEnd(&stream);
  if (made < bytes) throw DataError("truncated or damaged TIFF: a strip does not unfold");
  return unpacked;
}

std::string unpack_bits(std::string_view packed, std::size_t bytes) {
  std::string unpacked;
  while (unpacked.size() < bytes && !packed.empty()) {
    const int head = static_cast<signed char>(packed.front());
    packed.remove_prefix(1);
    if (head == -128) continue;
    if (packed.empty()) break;
    if (head < 0) {
      unpacked.append(static_cast<std::size_t>(1 - head), packed.front());
      packed.remove_prefix(1);
    } else {
      const auto part = packed.substr(0, static_cast<std::size_t>(head) + 1);
      unpacked.append(part);
      packed.remove_prefix(part.size());
    }
  }
  return unpacked;
}

/// Codes of 9 to 12 bits, the highest bit first; each is one byte more than the code before it in the table.
class Lzw {
 public:
  explicit Lzw(std::string_view packed) : packed_(packed) {}

  std::string unpack(std::size_t bytes) {
    std::string unpacked;
    unsigned before = none;
    while (unpacked.size() < bytes) {
      const unsigned code = next_code();
      if (code == end) break;
      if (code == clear) {
        size_ = first_free;
        width_ = least_width;
        before = none;
        continue;
      }
      if (before == none) {
        if (code >= clear) throw DataError("damaged TIFF: a strip of LZW begins with no byte");
        unpacked += static_cast<char>(code);
      } else {
        if (code > size_ || size_ >= table_.size())
          throw DataError("damaged TIFF: a strip has an impossible code of LZW");
        // The one that is about to be made ends as it begins.
        const char first = first_byte(code == size_ ? before : code);
        table_[size_++] = {static_cast<std::uint16_t>(before), first};
        append(code, unpacked);
        if (size_ + 1 >= (1u << width_) && width_ < most_width) ++width_;
      }
      before = code;
    }
    return unpacked;
  }

 private:
  static constexpr unsigned clear = 256, end = 257, first_free = 258, none = 1u << 16, least_width = 9,
                            most_width = 12;
  struct Entry {
    std::uint16_t before;
    char last;
  };

  unsigned next_code() {
    while (held_bits_ < width_) {
      if (packed_.empty()) return end;
      held_ = held_ << 8 | static_cast<unsigned char>(packed_.front());
      packed_.remove_prefix(1);
      held_bits_ += 8;
    }
    held_bits_ -= width_;
    return held_ >> held_bits_ & ((1u << width_) - 1);
  }

  char first_byte(unsigned code) const {
    while (code >= first_free)
      code = table_[code].before;
    return static_cast<char>(code);
  }

  void append(unsigned code, std::string& to) const {
    const auto begin = static_cast<std::ptrdiff_t>(to.size());
    for (; code >= first_free; code = table_[code].before)
      to += table_[code].last;
    to += static_cast<char>(code);
    std::reverse(to.begin() + begin, to.end());
  }

  std::string_view packed_;
  std::uint32_t held_ = 0;
  unsigned held_bits_ = 0, width_ = least_width, size_ = first_free;
  std::array<Entry, 4097> table_{};
};

}  // namespace

std::string unpack_strip(std::string_view packed, std::uint64_t compression, std::size_t bytes) {
  std::string unpacked;
  switch (compression) {
    case 1:
      unpacked = packed.substr(0, bytes);
      break;
    case 5:
      unpacked = Lzw(packed).unpack(bytes);
      break;
    case 8:
    case 32946:
      return inflate_strip(packed, bytes);
    case 32773:
      unpacked = unpack_bits(packed, bytes);
      break;
    default:
      throw DataError(
          fmt::format("a TIFF with compression {}; expected none, PackBits, LZW or Deflate", compression));
  }
  if (unpacked.size() < bytes)
    throw DataError(fmt::format("truncated TIFF: a strip has {} bytes; expected {}", unpacked.size(), bytes));
  return unpacked;
}

}  // namespace bondscope::table_formats
