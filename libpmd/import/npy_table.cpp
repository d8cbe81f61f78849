#include <algorithm>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"
#include "libpmd/import/table_formats.hpp"

namespace bondscope::table_formats {
namespace {

constexpr std::size_t longest_header = 1 << 16;

/// The header of an NPY file: a Python dictionary of three keys.
class NpyHeader {
 public:
  explicit NpyHeader(std::string_view text) : text_(text) {}

  /// What follows 'key':, without blanks in front.
  std::string_view behind(std::string_view key) const {
    const auto quoted = fmt::format("'{}'", key);
    auto at = text_.find(quoted);
    if (at == std::string_view::npos) throw DataError(fmt::format("the NPY header has no {}", quoted));
    at = text_.find_first_not_of(' ', at + quoted.size());
    if (at == std::string_view::npos || text_[at] != ':')
      throw DataError(fmt::format("the NPY header has no value of {}", quoted));
    at = text_.find_first_not_of(' ', at + 1);
    return at == std::string_view::npos ? std::string_view() : text_.substr(at);
  }

  NumberType type() const {
    const auto rest = behind("descr");
    const auto end = rest.size() < 2 ? std::string_view::npos : rest.find('\'', 1);
    if (rest.empty() || rest.front() != '\'' || end == std::string_view::npos)
      throw DataError("the NPY file has records of several fields; expected plain numbers");
    const auto name = rest.substr(1, end - 1);
    NumberType type;
    std::size_t bytes = 0;
    if (name.size() == 3) bytes = static_cast<std::size_t>(name[2] - '0');
    type.bytes = bytes;
    type.big_endian = name.starts_with('>');
    const char kind = name.size() == 3 ? name[1] : '?';
    if (kind == 'f') type.kind = NumberType::Kind::floating;
    if (kind == 'i') type.kind = NumberType::Kind::signed_integer;
    const bool known = kind == 'f' || kind == 'i' || kind == 'u' || (kind == 'b' && bytes == 1);
    if (!known || !is_readable(type) || std::string_view("<>|").find(name.front()) == std::string_view::npos)
      throw DataError(
          fmt::format("the NPY file has numbers of type '{}'; expected integers, or floats of 4 or 8 bytes",
                      name.substr(0, 40)));
    return type;
  }

  bool fortran_order() const {
    const auto rest = behind("fortran_order");
    if (rest.starts_with("False")) return false;
    if (rest.starts_with("True")) return true;
    throw DataError("the NPY header says neither True nor False of fortran_order");
  }

  std::vector<std::uint64_t> shape() const {
    auto rest = behind("shape");
    const auto end = rest.find(')');
    if (!rest.starts_with('(') || end == std::string_view::npos)
      throw DataError("the NPY header has no shape in parentheses");
    rest = rest.substr(1, end - 1);
    std::vector<std::uint64_t> extents;
    while (!(rest = rest.substr(std::min(rest.find_first_not_of(", "), rest.size()))).empty()) {
      std::uint64_t extent = 0;
      const auto [stop, status] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
      if (status != std::errc()) throw DataError("the NPY header has a shape that is not of whole numbers");
      rest.remove_prefix(static_cast<std::size_t>(stop - rest.data()));
      extents.push_back(extent);
    }
    return extents;
  }

 private:
  std::string_view text_;
};

}  // namespace

Table read_npy(std::string_view bytes) {
  constexpr std::size_t magic = 8;  // with the version
  if (bytes.size() < magic + 4) throw DataError("truncated: an NPY file without a header");
  const int version = static_cast<unsigned char>(bytes[6]);
  if (version < 1 || version > 3)
    throw DataError(fmt::format("an NPY file of version {}; expected 1 to 3", version));
  double length = 0;
  const NumberType length_type{.bytes = version == 1 ? std::size_t{2} : 4};
  read_numbers(bytes.substr(magic), length_type, 1, &length);
  const auto begin = magic + length_type.bytes;
  if (length > longest_header || length > static_cast<double>(bytes.size() - begin))
    throw DataError(fmt::format("truncated: the NPY header should have {} bytes", length));
  const auto header_end = begin + static_cast<std::size_t>(length);
  const NpyHeader header(bytes.substr(begin, header_end - begin));
  const auto type = header.type();
  const auto shape = header.shape();
  if (shape.size() != 2)
    throw DataError(fmt::format("an array of shape ({}); expected two dimensions", fmt::join(shape, ", ")));
  expect_within(shape[0], shape[1], bytes.size());
  auto table = empty_table(shape[0], shape[1]);
  const auto data = bytes.substr(header_end);
  if (data.size() != table.values.size() * type.bytes)
    throw DataError(fmt::format("{} bytes behind the NPY header; expected {} of {} × {} numbers of {} bytes",
                                data.size(), table.values.size() * type.bytes, shape[0], shape[1],
                                type.bytes));
  read_numbers(data, type, table.values.size(), table.values.data());
  if (header.fortran_order()) {
    const auto by_columns = table.values;
    for (std::size_t row = 0; row < table.rows; ++row)
      for (std::size_t column = 0; column < table.columns; ++column)
        table.values[row * table.columns + column] = by_columns[column * table.rows + row];
  }
  return table;
}

}  // namespace bondscope::table_formats
