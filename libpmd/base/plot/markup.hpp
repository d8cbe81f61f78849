#pragma once

// Text on pictures: gnuplot's markup, and how much room it takes.

#include <string>

namespace bondscope {

/// Text from outside as markup: nothing in it is special, and it may stand between single quotes.
std::string plain_markup(const std::string& text);

/// Three significant digits, for people; not to be read back.
std::string short_number(double value);
/// Unit with raised powers: "1e14 W/cm^2" with both exponents.
std::string unit_markup(const std::string& unit);
/// Three digits and the unit; a power of ten in the unit follows a multiplication sign.
std::string quantity_markup(double value, const std::string& unit);

/// Pixels that a text takes, on the safe side.
double text_width(const std::string& text, double font_size);
/// Text cut to what fits into so many pixels at this font size.
std::string fitted(const std::string& text, double pixels, double font_size);

}  // namespace bondscope
