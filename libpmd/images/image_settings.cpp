#include "libpmd/images/image_settings.hpp"

#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

std::string range_text(const char* name, const Interval& range) {
  return fmt::format(", {} {} to {}", name, format_number(range.min), format_number(range.max));
}

/// Of a fixed window; of ky only the part that the view shows must not be empty.
void check_interval(const char* key, const Interval& range, double lowest) {
  const double min = std::max(range.min, lowest);
  if (!std::isfinite(range.min) || !std::isfinite(range.max) || !(min < range.max))
    throw ConfigError(
        fmt::format("image.{}: there is nothing between {} and {}; expected two increasing "
                    "numbers",
                    key, format_number(min), format_number(range.max)));
}

}  // namespace

ImageSettings significant(const ImageSettings& settings) {
  const ImageSettings paper;
  ImageSettings s = settings;
  const bool fixed = s.window == Window::fixed;
  const bool plane = s.view < View::dp_dkx;
  if (!fixed || s.view == View::energy || s.view == View::angular) s.kx = paper.kx;
  if (!fixed || !plane) s.ky = paper.ky;
  if (s.view != View::energy) s.energy = paper.energy;
  if (fixed && s.scale == Scale::power) s.floor = paper.floor;
  if (s.scale == Scale::log) s.exponent = paper.exponent;
  return s;
}

std::string to_string(const ImageSettings& settings) {
  const ImageSettings paper;
  const auto s = significant(settings);
  auto text = fmt::format("{} x {} pixels", s.width, s.height);
  if (s.scale == Scale::log || s.window == Window::crop)
    text += fmt::format(", floor {}", format_number(s.floor));
  if (s.scale == Scale::power) text += fmt::format(", power {}", format_number(s.exponent));
  if (s.view != paper.view) text += fmt::format(", view {}", to_string(s.view));
  if (s.window == Window::fixed && s.view <= View::dp_dkx) text += range_text("kx", s.kx);
  if (s.window == Window::fixed && s.view < View::dp_dkx) text += range_text("ky", s.ky);
  if (s.view == View::energy) text += range_text("energy", s.energy);
  if (s.normalisation != paper.normalisation)
    text += fmt::format(", normalisation {}", to_string(s.normalisation));
  if (s.values != paper.values) text += fmt::format(", {}", to_string(s.values));
  return text;
}

void check_image_settings(const ImageSettings& s) {
  for (const auto& [key, size] : {std::pair{"image.width", s.width}, std::pair{"image.height", s.height}})
    if (size < 1 || size > most_pixels_per_side)
      throw ConfigError(
          fmt::format("{}: {} is out of range; expected 1 to {}", key, size, most_pixels_per_side));
  if (s.width * s.height > most_pixels_per_image)
    throw ConfigError(
        fmt::format("image.width × image.height: {} × {} pixels are too many; expected at most {}", s.width,
                    s.height, most_pixels_per_image));
  if (!std::isfinite(s.floor) || s.floor >= 0)
    throw ConfigError(fmt::format("image.floor: {} is not a number < 0", format_number(s.floor)));
  if (!(s.exponent > 0) || s.exponent > 1)
    throw ConfigError(
        fmt::format("image.exponent: {} is out of range; expected > 0, <= 1", format_number(s.exponent)));
  if (s.one_dimensional() && s.height != 1)
    throw ConfigError(
        fmt::format("image.height: {} does not fit image.view {}, which has one dimension; expected 1",
                    s.height, to_string(s.view)));
  if (s.view > View::dp_dkx && s.window != Window::fixed)
    throw ConfigError(fmt::format("image.window: {} does not fit image.view {}; expected fixed",
                                  to_string(s.window), to_string(s.view)));
  if (s.values == PixelValues::bytes && s.normalisation != Normalisation::maximum)
    throw ConfigError(fmt::format(
        "image.values: bytes do not fit image.normalisation {}, of which nobody knows what is white; "
        "expected floats",
        to_string(s.normalisation)));
  const double anything = -HUGE_VAL;
  check_interval("kx", s.kx, s.view == View::first_quadrant ? 0 : anything);
  check_interval("ky", s.ky, s.view == View::first_quadrant || s.view == View::upper_half ? 0 : anything);
  check_interval("energy", s.energy, 0);
}

}  // namespace bondscope
