#pragma once

// Files of earlier formats that are kept as fixtures, and the numbers in them (fixtures/formats/README.md).

#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <nlohmann/json.hpp>
#include <zlib.h>

#include "libpmd/base/files/text_file.hpp"

namespace bondscope::earlier {

inline std::filesystem::path file(const std::string& name) {
  return std::filesystem::path(PMD_FIXTURES) / "v2" / name;
}

inline nlohmann::json numbers(const std::string& name) {
  return nlohmann::json::parse(read_text_file(file("numbers.json"), std::size_t{1} << 20)).at(name);
}

template <class T>
std::uint64_t crc32_of(const T* values, std::size_t count) {
  static_assert(std::is_arithmetic_v<T>);
  return ::crc32(0, reinterpret_cast<const Bytef*>(values), static_cast<uInt>(count * sizeof(T)));
}

template <class Values>
std::uint64_t crc32_of(const Values& values) {
  return crc32_of(std::data(values), std::size(values));
}

}  // namespace bondscope::earlier
