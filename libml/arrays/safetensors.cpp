#include "libml/arrays/safetensors.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/json.hpp"

namespace bondscope::ml {
namespace {

static_assert(std::endian::native == std::endian::little, "the file is written as memory has it");

constexpr std::uint64_t most_header_bytes = 8u << 20;
constexpr std::size_t most_dimensions = 8;
constexpr std::size_t alignment = 8;
constexpr std::int64_t most_whole = std::int64_t{1} << 40;

template <class T>
constexpr const char* dtype = nullptr;
template <>
constexpr const char* dtype<double> = "F64";
template <>
constexpr const char* dtype<std::int64_t> = "I64";
template <>
constexpr const char* dtype<float> = "F32";
template <>
constexpr const char* dtype<std::int16_t> = "I16";
template <>
constexpr const char* dtype<std::uint8_t> = "U8";

/// Calls `with` for the values' type: `of<T>()`.
template <class Of>
NamedArray::Values values_of(const std::string& name, const std::string& type, const Of& of) {
  if (type == dtype<double>) return of.template operator()<double>();
  if (type == dtype<std::int64_t>) return of.template operator()<std::int64_t>();
  if (type == dtype<float>) return of.template operator()<float>();
  if (type == dtype<std::int16_t>) return of.template operator()<std::int16_t>();
  if (type == dtype<std::uint8_t>) return of.template operator()<std::uint8_t>();
  throw DataError(fmt::format("the array '{}' is of {}; expected F64, I64, F32, I16 or U8", name, type));
}

struct Entry {
  std::string name, type;
  std::vector<std::int64_t> shape;
  std::uint64_t begin, end;
};

std::vector<std::int64_t> whole_numbers(const nlohmann::json& object, const char* key) {
  std::vector<std::int64_t> numbers;
  for (const auto& item : list_member(object, key))
    numbers.push_back(whole_member(nlohmann::json{{key, item}}, key, 0, most_whole));
  return numbers;
}

std::vector<Entry> read_header(std::string_view text, std::uint64_t data_bytes) {
  const auto header = parse_json(text);
  if (!header.is_object()) throw DataError("it is not an object");
  std::vector<Entry> entries;
  for (const auto& [name, of] : header.items()) {
    if (name == "__metadata__") continue;
    try {
      Entry entry{name, text_member(of, "dtype"), whole_numbers(of, "shape"), 0, 0};
      const auto offsets = whole_numbers(of, "data_offsets");
      if (entry.shape.size() > most_dimensions) throw DataError("too many dimensions");
      if (offsets.size() != 2 || offsets[0] > offsets[1])
        throw DataError("'data_offsets' must be two ascending numbers");
      entry.begin = static_cast<std::uint64_t>(offsets[0]);
      entry.end = static_cast<std::uint64_t>(offsets[1]);
      entries.push_back(std::move(entry));
    } catch (const DataError& error) {
      throw DataError(fmt::format("array '{}': {}", name, error.what()));
    }
  }
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  std::uint64_t end = 0;
  for (const auto& entry : entries) {
    if (entry.begin != end) throw DataError(fmt::format("array '{}': a gap before it", entry.name));
    end = entry.end;
  }
  if (end != data_bytes)
    throw DataError(
        fmt::format("its arrays have {} bytes, the file has {}: truncated or altered", end, data_bytes));
  return entries;
}

}  // namespace

std::string to_safetensors(const std::vector<NamedArray>& arrays) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  std::vector<std::string_view> data;
  std::size_t end = 0;
  const auto add = [&]<class T>() {
    for (const auto& array : arrays) {
      const auto* values = std::get_if<std::vector<T>>(&array.values);
      if (!values) continue;
      check(array);
      data.emplace_back(reinterpret_cast<const char*>(values->data()), values->size() * sizeof(T));
      const auto begin = end;
      end += data.back().size();
      header[array.name] = {{"dtype", dtype<T>}, {"shape", array.shape}, {"data_offsets", {begin, end}}};
    }
  };
  add.operator()<double>();
  add.operator()<std::int64_t>();
  add.operator()<float>();
  add.operator()<std::int16_t>();
  add.operator()<std::uint8_t>();
  if (header.size() != arrays.size()) throw DataError("two arrays have one name");
  auto text = header.dump();
  text.resize((text.size() + alignment - 1) / alignment * alignment, ' ');
  const std::uint64_t size = text.size();
  std::string bytes;
  bytes.reserve(sizeof size + text.size() + end);
  bytes.append(reinterpret_cast<const char*>(&size), sizeof size).append(text);
  for (const auto part : data)
    bytes.append(part);
  return bytes;
}

std::vector<NamedArray> from_safetensors(std::string_view bytes) {
  std::uint64_t size = 0;
  if (bytes.size() < sizeof size) throw DataError("this is no safetensors file: it has no header");
  std::memcpy(&size, bytes.data(), sizeof size);
  bytes.remove_prefix(sizeof size);
  if (size > most_header_bytes || size > bytes.size() || !bytes.starts_with('{'))
    throw DataError(fmt::format("this is no safetensors file, or a truncated one: a header of {} bytes in {}",
                                size, bytes.size()));
  const auto data = bytes.substr(size);
  const auto entries = [&] {
    try {
      return read_header(bytes.substr(0, size), data.size());
    } catch (const DataError& error) {
      throw DataError(fmt::format("its header: {}", error.what()));
    }
  }();
  std::vector<NamedArray> arrays;
  for (const auto& entry : entries) {
    const auto values = [&]<class T>() -> NamedArray::Values {
      const auto bytes_there = entry.end - entry.begin;
      const auto count = element_count(entry.shape, bytes_there / sizeof(T));
      if (count * sizeof(T) != bytes_there)
        throw DataError(fmt::format("array '{}': its size in bytes does not match its shape", entry.name));
      std::vector<T> numbers(count);
      if (count > 0) std::memcpy(numbers.data(), data.data() + entry.begin, bytes_there);
      return numbers;
    };
    arrays.push_back({entry.name, entry.shape, values_of(entry.name, entry.type, values)});
    check(arrays.back());
  }
  return arrays;
}

}  // namespace bondscope::ml
