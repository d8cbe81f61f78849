#include "libml/arrays/old_weights.hpp"

#include <array>
#include <bit>
#include <cstring>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/text/json.hpp"

namespace bondscope::ml {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is written as memory has it");

constexpr std::array<char, 8> magic{'P', 'M', 'D', 'A', 'R', 'R', 'A', 'Y'};
constexpr std::uint32_t version = 1;
constexpr std::uint64_t most_bytes_of_old_header = 1u << 20;
constexpr std::uint64_t most_data_bytes = std::uint64_t{1} << 32;
constexpr std::size_t most_old_dimensions = 8;
constexpr std::int64_t most_extent = std::int64_t{1} << 62;

struct Preamble {
  std::array<char, 8> magic;
  std::uint32_t version, header_bytes;
  std::uint64_t data_bytes, checksum;
};
static_assert(sizeof(Preamble) == 32);

std::uint64_t checksum(std::string_view bytes) {
  return Hash().add(std::span<const char>(bytes)).value();
}

/// Names and shapes from the header; values still empty.
std::vector<NamedArray> parse_header(std::string_view text) {
  std::vector<NamedArray> arrays;
  std::set<std::string> names;
  const auto header = parse_json(text);
  for (const auto& entry : list_member(header, "arrays")) {
    if (text_member(entry, "dtype") != "float32") throw DataError("an array is not of float32");
    NamedArray array{text_member(entry, "name"), {}, {}};
    for (const auto& extent : list_member(entry, "shape"))
      array.shape.push_back(whole_member(nlohmann::json{{"shape", extent}}, "shape", 1, most_extent));
    if (array.shape.size() > most_old_dimensions)
      throw DataError(fmt::format("array '{}' has too many dimensions", array.name));
    if (!names.insert(array.name).second)
      throw DataError(fmt::format("array '{}' is given twice", array.name));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

}  // namespace

std::vector<NamedArray> from_old_weights(std::string_view bytes) {
  Preamble preamble{};
  if (bytes.size() >= sizeof preamble) std::memcpy(&preamble, bytes.data(), sizeof preamble);
  if (preamble.magic != magic) throw DataError("this is not a weights file");
  if (preamble.version != version)
    throw DataError(
        fmt::format("format version {}; this program reads version {}", preamble.version, version));
  if (preamble.header_bytes > most_bytes_of_old_header || preamble.data_bytes > most_data_bytes)
    throw DataError("it announces more data than any weights file has");
  const std::uint64_t announced = sizeof preamble + preamble.header_bytes + preamble.data_bytes;
  if (announced != bytes.size())
    throw DataError(
        fmt::format("truncated or altered: it has {} bytes, its preamble says {}", bytes.size(), announced));
  bytes.remove_prefix(sizeof preamble);
  if (checksum(bytes) != preamble.checksum) throw DataError("damaged: its checksum does not hold");

  auto arrays = [&] {
    try {
      return parse_header(bytes.substr(0, preamble.header_bytes));
    } catch (const DataError& error) {
      throw DataError(fmt::format("its header: {}", error.what()));
    }
  }();
  const std::uint64_t floats = preamble.data_bytes / sizeof(float);
  std::uint64_t used = 0;
  for (auto& array : arrays) {
    std::vector<float> values(element_count(array.shape, floats - used));
    std::memcpy(values.data(), bytes.data() + preamble.header_bytes + used * sizeof(float),
                values.size() * sizeof(float));
    used += values.size();
    array.values = std::move(values);
    check(array);
  }
  if (used * sizeof(float) != preamble.data_bytes) throw DataError("its arrays are smaller than its data");
  return arrays;
}

}  // namespace bondscope::ml
