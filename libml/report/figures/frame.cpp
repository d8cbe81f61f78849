#include "libml/report/figures/frame.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <limits>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml::figure {
namespace {

constexpr double title_size = 14, axis_size = 13, tick_size = 11.5;
constexpr double x_title_distance = 44, y_title_distance = 65;
/// Width of a character of this font in pixels per point, on average of a text, on the safe side.
constexpr double pixels_per_point = 0.85;

/// Without the last digits' rounding errors.
std::string tick_number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

/// A tick's number, with an exponent only where it would be long without.
std::string tick_label(double value) {
  if (value >= 1e-4 && value < 1e6) return tick_number(value);
  const int power = static_cast<int>(std::floor(std::log10(value) + 1e-9));
  const double factor = value / std::pow(10.0, power);
  const auto ten = "10^{" + number(power) + "}";
  return std::abs(factor - 1) < 1e-9 ? ten : number(factor) + "×" + ten;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string font(double size) {
  return "font '," + format_number(size) + "'";
}

}  // namespace

std::string density_palette() {
  return "set palette defined (0 '#440154', 1 '#472d7b', 2 '#3b528b', 3 '#2c728e', 4 '#21918c', 5 '#28ae80', "
         "6 '#5ec962', 7 '#addc30', 8 '#e6dc20')";
}

Range padded_range(const std::vector<double>& values, double padding) {
  double min = std::numeric_limits<double>::infinity(), max = -min;
  for (const double value : values)
    if (std::isfinite(value)) {
      min = std::min(min, value);
      max = std::max(max, value);
    }
  if (!(min <= max)) return {0, 1};
  double room = padding * (max - min);
  if (max - min <= 1e-9 * std::max(std::abs(min), std::abs(max))) room = max != 0 ? 0.1 * std::abs(max) : 0.5;
  return {min - room, max + room};
}

double tick_step(const Range& range, int wanted) {
  const double rough = (range.max - range.min) / wanted,
               power = std::pow(10.0, std::floor(std::log10(rough)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (rough <= factor * power) return factor * power;
  return 10 * power;
}

std::string number(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.3g", value);
  std::string text;
  for (const char* c = digits; *c; ++c)
    text += *c == '-' ? "−" : std::string(1, *c);
  return text;
}

std::string plain(const std::string& text) {
  const auto quoted = Gnuplot::quote(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string unit_markup(const std::string& unit) {
  const auto digits = [](const std::string& text, std::size_t from) {
    std::size_t end = from;
    while (end < text.size() && std::isdigit(static_cast<unsigned char>(text[end])))
      ++end;
    return text.substr(from, end - from);
  };
  std::string markup, rest = unit;
  if (rest.rfind("1e", 0) == 0)
    if (const auto power = digits(rest, 2); !power.empty()) {
      markup = "10^{" + power + "}";
      rest = rest.substr(2 + power.size());
    }
  for (std::size_t caret; (caret = rest.find('^')) != std::string::npos;) {
    const auto power = digits(rest, caret + 1);
    markup += plain(rest.substr(0, caret)) + (power.empty() ? plain("^") : "^{" + power + "}");
    rest = rest.substr(caret + 1 + power.size());
  }
  return markup + plain(rest);
}

std::string with_unit(double value, const std::string& unit) {
  return number(value) + (unit.rfind("1e", 0) == 0 ? " × " : " ") + unit_markup(unit);
}

std::string axis_markup(const Target& target, const std::string& before) {
  return plain(before + target.label) + " (" + unit_markup(target.unit) + ")";
}

std::string fitted(const std::string& text, double pixels, double font_size) {
  const auto room = static_cast<std::size_t>(std::max(4.0, pixels / (font_size * pixels_per_point)));
  if (characters(text) <= room) return text;
  std::string cut = text;
  while (characters(cut) >= room) {
    // A character's first byte goes last.
    while ((static_cast<unsigned char>(cut.back()) & 0xc0) == 0x80)
      cut.pop_back();
    cut.pop_back();
  }
  return cut + "…";
}

double text_width(const std::string& text, double font_size) {
  return static_cast<double>(characters(text)) * font_size * pixels_per_point;
}

Paper::Paper(const std::filesystem::path& png, int width, int height, const std::string& title)
    : width_(width), height_(height), plot_(png, width, height) {
  command("set multiplot");
  command("set minussign");
  command("unset key; unset colorbox");
  command("set border lw 0.8 lc rgb '#404040'");
  command("set grid lw 0.8 lt 1 lc rgb '#e4e4e4'");
  command("set tics out nomirror scale 0.6 " + font(tick_size) + " textcolor rgb '#000000'");
  command("set style fill solid 1 noborder");
  command("set bars 0.7");
  text(plain(fitted(title, width - 30.0, title_size)), width / 2.0, 24, "center " + font(title_size));
}

void Paper::place(const Box& box) {
  box_ = box;
  const auto side = [&](const char* margin, double position) {
    command(std::string("set ") + margin + " at screen " + format_number(position));
  };
  side("lmargin", box.left / width_);
  side("rmargin", (box.left + box.width) / width_);
  side("tmargin", 1 - box.top / height_);
  side("bmargin", 1 - (box.top + box.height) / height_);
}

void Paper::ranges(const Range& x, const Range& y) {
  const auto range = [](const char* axis, const Range& r) {
    return std::string("set ") + axis + "range [" + format_number(r.min) + ":" + format_number(r.max) + "]";
  };
  command(range("x", x));
  command(range("y", y));
}

void Paper::axes(const std::string& x_markup, const std::string& y_markup) {
  if (!x_markup.empty())
    text(x_markup, box_.left + box_.width / 2, box_.top + box_.height + x_title_distance,
         "center " + font(axis_size));
  if (!y_markup.empty())
    text(y_markup, box_.left - y_title_distance, box_.top + box_.height / 2,
         "center rotate by 90 " + font(axis_size));
}

void Paper::text(const std::string& markup, double x, double y, const std::string& options) {
  command("set label '" + markup + "' at screen " + format_number(x / width_) + "," +
          format_number(1 - y / height_) + " " + options);
}

void Paper::key(double x, double y, const std::string& options) {
  command("set key at screen " + format_number(x / width_) + "," + format_number(1 - y / height_) +
          " left top Left reverse samplen 2 " + font(tick_size) + " " + options);
}

void Paper::colour_bar(const Box& box) {
  command("set colorbox vertical user origin screen " + format_number(box.left / width_) + "," +
          format_number(1 - (box.top + box.height) / height_) + " size screen " +
          format_number(box.width / width_) + "," + format_number(box.height / height_));
}

void Paper::draw(const std::string& what) {
  command("plot " + what);
  command("unset label; unset arrow; unset object; unset key; unset colorbox; unset logscale");
}

void Paper::write() {
  command("unset multiplot");
  plot_.write();
}

std::string log_ticks(char axis, const Range& range) {
  const double decades = std::log10(range.max / range.min);
  std::vector<double> factors{1};
  if (decades < 3) factors = {1, 2, 5};
  if (decades < 0.8) factors = {1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9};
  std::vector<double> places;
  const int last = static_cast<int>(std::ceil(std::log10(range.max)));
  for (int power = static_cast<int>(std::floor(std::log10(range.min))); power <= last; ++power)
    for (const double factor : factors)
      if (const double at = factor * std::pow(10.0, power);
          at >= range.min * (1 - 1e-9) && at <= range.max * (1 + 1e-9))
        places.push_back(at);
  if (places.size() < 2) {
    places.clear();
    const double step = tick_step(range, 4);
    for (double i = std::ceil(range.min / step * (1 - 1e-9)); i * step <= range.max * (1 + 1e-9); ++i)
      places.push_back(i * step);
  }
  std::string ticks;
  for (const double at : places)
    ticks += (ticks.empty() ? "'" : ", '") + tick_label(at) + "' " + tick_number(at);
  return std::string("set ") + axis + "tics (" + ticks + ")";
}

void expect_predictions(const std::filesystem::path& png, const Evaluation& evaluation) {
  const std::size_t targets = evaluation.targets.size();
  if (targets == 0 || evaluation.predictions.empty() || evaluation.scores.size() != targets)
    throw DataError(png.string() + ": there are no predictions to draw");
  const auto complete = [&](const std::vector<double>& values) {
    return values.size() == targets &&
           std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
  };
  for (const auto& p : evaluation.predictions)
    if (!complete(p.truth) || !complete(p.predicted))
      throw DataError(png.string() + ": run " + std::to_string(p.sample.number) +
                      " has a value that is missing or not finite; expected one per target");
}

}  // namespace bondscope::ml::figure
