#pragma once

// What the reports for people have in common.

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace bondscope {

/// A name, and a text in the second column; the text as fmt::format() takes it.
template <class... Values>
std::string line(std::string_view name, fmt::format_string<Values...> text, Values&&... values) {
  return fmt::format("{:<14} {}\n", name, fmt::format(text, std::forward<Values>(values)...));
}

/// "1 run", "2 runs"
inline std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace bondscope
