#include "libpmd/base/plot/markup.hpp"

#include <algorithm>
#include <cctype>
#include <cstring>

#include <fmt/format.h>

#include "libpmd/base/text/utf8.hpp"

namespace bondscope {
namespace {

/// Width of a character of this font in pixels per point, on average of a text, on the safe side.
constexpr double pixels_per_point = 0.85;

}  // namespace

std::string plain_markup(const std::string& text) {
  // Single quotes: gnuplot expands neither backslashes nor back-ticked shell commands in them. A doubled
  // quote at the very beginning would end the literal, so apostrophes become typographic ones.
  std::string safe;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      safe += ' ';
    } else if (c == '\'') {
      safe += "’";
    } else {
      if (std::strchr("_^{}@&~\\", c)) safe += '\\';
      safe += c;
    }
  }
  return safe;
}

std::string short_number(double value) {
  auto text = fmt::format("{:.3g}", value);
  for (std::size_t at = 0; (at = text.find('-', at)) != std::string::npos;)
    text.replace(at, 1, "−");
  return text;
}

std::string unit_markup(const std::string& unit) {
  const auto digits = [](const std::string& text, std::size_t from) {
    std::size_t end = from;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])))
      ++end;
    return text.substr(from, end - from);
  };
  std::string markup, rest = unit;
  if (rest.starts_with("1e"))
    if (const auto power = digits(rest, 2); !power.empty()) {
      markup = fmt::format("10^{{{}}}", power);
      rest = rest.substr(2 + power.size());
    }
  for (std::size_t caret; (caret = rest.find('^')) != std::string::npos;) {
    const auto power = digits(rest, caret + 1);
    markup += plain_markup(rest.substr(0, caret));
    markup += power.empty() ? plain_markup("^") : fmt::format("^{{{}}}", power);
    rest = rest.substr(caret + 1 + power.size());
  }
  return markup + plain_markup(rest);
}

std::string quantity_markup(double value, const std::string& unit) {
  return fmt::format("{} {}{}", short_number(value), unit.starts_with("1e") ? "× " : "", unit_markup(unit));
}

double text_width(const std::string& text, double font_size) {
  return static_cast<double>(character_count(text)) * font_size * pixels_per_point;
}

std::string fitted(const std::string& text, double pixels, double font_size) {
  const auto room = static_cast<std::size_t>(std::max(4.0, pixels / (font_size * pixels_per_point)));
  if (character_count(text) <= room) return text;
  std::string_view cut = text;
  while (character_count(cut) >= room)
    cut = first_characters(cut, cut.size() - 1);
  return std::string(cut) + "…";
}

}  // namespace bondscope
