#pragma once

// Enumerations whose values have names, in configurations and files.

#include <string>
#include <type_traits>
#include <vector>

namespace bondscope {

/// Pairs of an enumeration's values and their names: specialised for each that has names.
template <class Enum>
constexpr auto names_of() = delete;
template <class Enum>
concept Named = std::is_enum_v<Enum> && requires {
  names_of<Enum>();
};

/// The name of an enumeration's value.
template <Named Enum>
constexpr const char* to_string(Enum value) {
  for (const auto& [one, name] : names_of<Enum>())
    if (one == value) return name;
  return "?";
}
/// All names of an enumeration, in its order.
template <Named Enum>
std::vector<std::string> all_names() {
  std::vector<std::string> all;
  for (const auto& [value, name] : names_of<Enum>())
    all.emplace_back(name);
  return all;
}
/// Throws ConfigError that says which names are expected, and the nearest one.
[[noreturn]] void refuse_name(const std::string& name, const std::vector<std::string>& expected);
/// Throws ConfigError that lists the names.
template <Named Enum>
Enum value_of(const std::string& name) {
  for (const auto& [value, own] : names_of<Enum>())
    if (name == own) return value;
  refuse_name(name, all_names<Enum>());
}

}  // namespace bondscope
