#include "libml/nets/weights_file.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <set>
#include <span>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/text/json.hpp"

namespace bondscope::ml {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is written as memory has it");

constexpr std::array<char, 8> magic{'P', 'M', 'D', 'A', 'R', 'R', 'A', 'Y'};
constexpr std::uint32_t version = 1;
constexpr std::uint64_t most_header_bytes = 1u << 20;
constexpr std::uint64_t most_data_bytes = std::uint64_t{1} << 32;
constexpr std::size_t most_dimensions = 8;

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
std::vector<NamedArray> parse_header(const std::string& text) {
  std::vector<NamedArray> arrays;
  std::set<std::string> names;
  const auto header = [&] {
    try {
      return parse_json(text);
    } catch (const DataError& e) {
      throw DataError(fmt::format("its header: {}", e.what()));
    }
  }();
  for (const auto& entry : header.at("arrays")) {
    if (entry.at("dtype").get<std::string>() != "float32") throw DataError("an array is not of float32");
    NamedArray array;
    array.name = entry.at("name").get<std::string>();
    for (const auto& extent : entry.at("shape")) {
      if (!extent.is_number_integer()) throw DataError("a shape holds something else than integers");
      array.shape.push_back(extent.get<std::int64_t>());
    }
    if (array.shape.size() > most_dimensions)
      throw DataError(fmt::format("array '{}' has too many dimensions", array.name));
    if (!names.insert(array.name).second)
      throw DataError(fmt::format("array '{}' is given twice", array.name));
    arrays.push_back(std::move(array));
  }
  return arrays;
}

std::vector<NamedArray> parse(std::string_view bytes) {
  Preamble preamble{};
  if (bytes.size() >= sizeof preamble) std::memcpy(&preamble, bytes.data(), sizeof preamble);
  if (preamble.magic != magic) throw DataError("this is not a weights file");
  if (preamble.version != version)
    throw DataError(
        fmt::format("format version {}; this program reads version {}", preamble.version, version));
  if (preamble.header_bytes > most_header_bytes || preamble.data_bytes > most_data_bytes)
    throw DataError("it announces more data than any weights file has");
  const std::uint64_t announced = sizeof preamble + preamble.header_bytes + preamble.data_bytes;
  if (announced != bytes.size())
    throw DataError(
        fmt::format("truncated or altered: it has {} bytes, its preamble says {}", bytes.size(), announced));
  bytes.remove_prefix(sizeof preamble);
  if (checksum(bytes) != preamble.checksum) throw DataError("damaged: its checksum does not hold");

  auto arrays = parse_header(std::string(bytes.substr(0, preamble.header_bytes)));
  const std::uint64_t floats = preamble.data_bytes / sizeof(float);
  std::uint64_t used = 0;
  for (auto& array : arrays) {
    const std::uint64_t count = element_count(array.shape, floats - used);
    array.values.resize(count);
    std::memcpy(array.values.data(), bytes.data() + preamble.header_bytes + used * sizeof(float),
                count * sizeof(float));
    used += count;
    if (!std::all_of(array.values.begin(), array.values.end(), [](float v) { return std::isfinite(v); }))
      throw DataError(fmt::format("array '{}' holds a number that is not finite", array.name));
  }
  if (used * sizeof(float) != preamble.data_bytes) throw DataError("its arrays are smaller than its data");
  return arrays;
}

}  // namespace

std::uint64_t element_count(const std::vector<std::int64_t>& shape, std::uint64_t limit) {
  std::uint64_t count = 1;
  for (const auto extent : shape) {
    if (extent < 1 || static_cast<std::uint64_t>(extent) > limit / count)
      throw DataError("its arrays are larger than its data, or empty");
    count *= static_cast<std::uint64_t>(extent);
  }
  if (count > limit) throw DataError("its arrays are larger than its data");
  return count;
}

void write_weights(const std::filesystem::path& file, const std::vector<NamedArray>& arrays) {
  nlohmann::json header{{"arrays", nlohmann::json::array()}};
  std::string data;
  for (const auto& array : arrays) {
    header["arrays"].push_back({{"name", array.name}, {"shape", array.shape}, {"dtype", "float32"}});
    data.append(reinterpret_cast<const char*>(array.values.data()), array.values.size() * sizeof(float));
  }
  const std::string text = header.dump();
  const std::string bytes = text + data;
  const Preamble preamble{magic, version, static_cast<std::uint32_t>(text.size()), data.size(),
                          checksum(bytes)};
  write_file(file, std::string(reinterpret_cast<const char*>(&preamble), sizeof preamble) + bytes);
}

std::vector<NamedArray> read_weights(const std::filesystem::path& file) {
  const auto bytes = read_text_file(file, sizeof(Preamble) + most_header_bytes + most_data_bytes);
  try {
    return parse(bytes);
  } catch (const DataError& e) {
    throw DataError(fmt::format("{}: {}", file.string(), e.what()));
  } catch (const nlohmann::json::exception& e) {
    throw DataError(fmt::format("{}: its header is not as it should be: {}", file.string(), e.what()));
  }
}

}  // namespace bondscope::ml
