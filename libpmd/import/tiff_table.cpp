#include <algorithm>
#include <map>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/import/table_formats.hpp"
#include "libpmd/import/tiff_strips.hpp"

// Own code and not libtiff, since Debian's is linked with a library under the GPL (libjbig), and because a
// reader of little is easier to trust with files from outside than one of everything.

namespace bondscope::table_formats {
namespace {

/// Numbers of the TIFF specification, revision 6.
enum Tag : unsigned {
  width = 256,
  height = 257,
  bits = 258,
  compression = 259,
  photometric = 262,
  strip_offsets = 273,
  orientation = 274,
  samples = 277,
  rows_per_strip = 278,
  strip_bytes = 279,
  predictor = 317,
  tile_width = 322,
  sample_format = 339
};

constexpr std::uint64_t most_strips = 1 << 20;

class Tiff {
 public:
  explicit Tiff(std::string_view bytes) : bytes_(bytes), big_endian_(bytes.front() == 'M') {
    if (bytes[big_endian_ ? 3 : 2] == 43) throw DataError("a BigTIFF; expected a TIFF below 4 GiB");
    read_directory(integer(4, 4));
  }

  bool big_endian() const { return big_endian_; }

  /// The only value of a tag.
  std::uint64_t value(Tag tag, std::uint64_t fallback) const {
    const auto all = values(tag);
    if (all.empty()) return fallback;
    if (all.size() > 1 && !std::all_of(all.begin(), all.end(), [&](auto one) { return one == all.front(); }))
      throw DataError(
          fmt::format("a TIFF of several samples per pixel that differ (tag {}); expected grey values",
                      static_cast<unsigned>(tag)));
    return all.front();
  }
  std::uint64_t value(Tag tag, const char* name) const {
    const auto all = values(tag);
    if (all.size() != 1) throw DataError(fmt::format("damaged TIFF: it has no {}", name));
    return all.front();
  }

  /// Empty if the file has no such tag.
  std::vector<std::uint64_t> values(Tag tag) const {
    const auto at = entries_.find(tag);
    if (at == entries_.end()) return {};
    const auto& [type, count, offset] = at->second;
    const std::size_t size = type == 3 ? 2 : type == 4 ? 4 : type == 1 ? 1 : 0;
    if (size == 0)
      throw DataError(fmt::format("damaged TIFF: tag {} is of type {}", static_cast<unsigned>(tag), type));
    if (count > most_strips) throw DataError(fmt::format("a TIFF with {} values of a tag", count));
    const auto begin = count * size <= 4 ? offset : integer(offset, 4);
    std::vector<std::uint64_t> all;
    for (std::uint64_t i = 0; i < count; ++i)
      all.push_back(integer(begin + i * size, size));
    return all;
  }

  std::string_view part(std::uint64_t offset, std::uint64_t count) const {
    if (offset > bytes_.size() || count > bytes_.size() - offset)
      throw DataError(fmt::format("truncated TIFF: a strip ends at byte {}, the file at {}", offset + count,
                                  bytes_.size()));
    return bytes_.substr(offset, count);
  }

 private:
  struct Entry {
    std::uint64_t type, count, offset;  ///< offset of the value's field in the file
  };

  std::uint64_t integer(std::uint64_t offset, std::size_t count) const {
    if (offset > bytes_.size() || count > bytes_.size() - offset)
      throw DataError(fmt::format("truncated TIFF: it refers to byte {}, and has {}", offset, bytes_.size()));
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < count; ++i)
      value = value << 8 | static_cast<unsigned char>(bytes_[offset + (big_endian_ ? i : count - 1 - i)]);
    return value;
  }

  void read_directory(std::uint64_t at) {
    constexpr std::size_t entry_bytes = 12;
    const auto count = integer(at, 2);
    for (std::uint64_t i = 0; i < count; ++i) {
      const auto entry = at + 2 + i * entry_bytes;
      entries_[integer(entry, 2)] = {integer(entry + 2, 2), integer(entry + 4, 4), entry + 8};
    }
    if (integer(at + 2 + count * entry_bytes, 4) != 0)
      throw DataError("a TIFF of several pages; expected one image in a file");
  }

  std::string_view bytes_;
  bool big_endian_;
  std::map<std::uint64_t, Entry> entries_;
};

NumberType type_of(const Tiff& tiff) {
  NumberType type{.bytes = static_cast<std::size_t>(tiff.value(bits, 1) / 8),
                  .big_endian = tiff.big_endian()};
  const auto format = tiff.value(sample_format, 1);
  if (format == 2) type.kind = NumberType::Kind::signed_integer;
  if (format == 3) type.kind = NumberType::Kind::floating;
  const bool whole_bytes = tiff.value(bits, 1) % 8 == 0;
  if (!whole_bytes || format < 1 || format > 3 || !is_readable(type) || (format != 3 && type.bytes > 4))
    throw DataError(
        fmt::format("a TIFF of {} bit (sample format {}); expected integers of 8, 16 or 32 bit, or floats",
                    tiff.value(bits, 1), format));
  return type;
}

/// Each sample is the difference to the one before in its row.
void undo_predictor(Table& table, const NumberType& type) {
  const double modulus = static_cast<double>(std::uint64_t{1} << (8 * type.bytes));
  for (std::size_t row = 0; row < table.rows; ++row) {
    double sum = 0;
    for (std::size_t column = 0; column < table.columns; ++column) {
      auto& value = table.values[row * table.columns + column];
      sum += value;
      if (sum >= modulus) sum -= modulus;
      value = sum;
    }
  }
}

/// Cameras that were mounted on their side say so: row 0 and column 0 as stored are other sides of the
/// picture.
Table upright(Table stored, std::uint64_t orientation) {
  if (orientation < 1 || orientation > 8)
    throw DataError(fmt::format("a TIFF with orientation {}; expected 1 to 8", orientation));
  if (orientation == 1) return stored;
  const bool transposed = orientation >= 5;
  const bool row_0_below = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  const bool column_0_right = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  Table table = stored;
  if (transposed) std::swap(table.rows, table.columns);
  for (std::size_t i = 0; i < table.rows; ++i)
    for (std::size_t j = 0; j < table.columns; ++j) {
      const std::size_t row = row_0_below ? table.rows - 1 - i : i;
      const std::size_t column = column_0_right ? table.columns - 1 - j : j;
      table.values[i * table.columns + j] = transposed ? stored.at(column, row) : stored.at(row, column);
    }
  return table;
}

}  // namespace

Table read_tiff(std::string_view bytes) {
  const Tiff tiff(bytes);
  const auto type = type_of(tiff);
  if (tiff.value(samples, 1) != 1)
    throw DataError(fmt::format("a TIFF of {} samples per pixel; expected grey values, one per pixel",
                                tiff.value(samples, 1)));
  const auto meaning = tiff.value(photometric, 1);
  if (meaning > 1)
    throw DataError(fmt::format("a TIFF of colours (photometric {}); expected grey values", meaning));
  if (!tiff.values(tile_width).empty()) throw DataError("a TIFF in tiles; expected strips");
  const auto difference = tiff.value(predictor, 1);
  if (difference > 2 || (difference == 2 && type.kind != NumberType::Kind::unsigned_integer))
    throw DataError(fmt::format("a TIFF with predictor {}; expected none", difference));

  const auto rows = tiff.value(height, "height"), columns = tiff.value(width, "width");
  expect_within(rows, columns, bytes.size());
  auto table = empty_table(rows, columns);
  const auto per_strip = std::clamp<std::uint64_t>(tiff.value(rows_per_strip, table.rows), 1, table.rows);
  const auto offsets = tiff.values(strip_offsets), counts = tiff.values(strip_bytes);
  const auto strips = (table.rows + per_strip - 1) / per_strip;
  if (offsets.size() != strips || counts.size() != strips)
    throw DataError(fmt::format("damaged TIFF: {} strips with {} lengths; expected {}", offsets.size(),
                                counts.size(), strips));
  const auto packing = tiff.value(compression, 1);
  for (std::size_t strip = 0; strip < strips; ++strip) {
    const auto first = strip * per_strip * table.columns;
    const auto count = std::min<std::size_t>(per_strip * table.columns, table.values.size() - first);
    const auto unpacked = unpack_strip(tiff.part(offsets[strip], counts[strip]), packing, count * type.bytes);
    read_numbers(unpacked, type, count, table.values.data() + first);
  }
  if (difference == 2) undo_predictor(table, type);
  if (meaning == 0 && type.kind == NumberType::Kind::unsigned_integer) {
    const double white = static_cast<double>((std::uint64_t{1} << (8 * type.bytes)) - 1);
    for (auto& value : table.values)
      value = white - value;
  }
  return upright(std::move(table), tiff.value(orientation, 1));
}

}  // namespace bondscope::table_formats
