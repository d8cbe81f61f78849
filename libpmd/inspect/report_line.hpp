#pragma once

// What the texts for people have in common.

#include <cstdio>
#include <string>

namespace bondscope {

/// As printf() writes it; `format` is for one double.
inline std::string number(double value, const char* format = "%.4g") {
  char text[48];
  std::snprintf(text, sizeof text, format, value);
  return text;
}

/// A name, and a text in the second column.
inline std::string line(const std::string& name, const std::string& text) {
  constexpr std::size_t width = 15;
  return name + std::string(name.size() < width ? width - name.size() : 1, ' ') + text + "\n";
}

}  // namespace bondscope
