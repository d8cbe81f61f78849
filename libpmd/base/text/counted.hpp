#pragma once

#include <concepts>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace bondscope {

/// "1 run", "2 runs"
std::string counted(std::integral auto count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace bondscope
