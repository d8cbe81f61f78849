#include "libml/baselines/instrument.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {
namespace {

double same(double searched) {
  return searched;
}
/// As far as a saturation may go (Degradation); none is no saturation, and not asked about.
double inverse(double searched) {
  constexpr double least = 1e-9;
  return 1 / std::max(searched, least);
}
double root(double searched) {
  return std::sqrt(searched);
}

}  // namespace

std::span<const Effect> effects() {
  static constexpr std::array<Effect, 4> all{{
      {"rotation_deg", &Degradation::rotation_deg, 30 * 30, 1, 0.05, root},
      {"resolution_au", &Degradation::resolution_au, 0.2 * 0.2, 1e-4, 1e-5, root},
      {"background", &Degradation::background, 0.9, 0.01, 1e-4, same},
      {"saturation", &Degradation::saturation, 20, 0.05, 1e-3, inverse},
  }};
  return all;
}

std::vector<std::string> effect_names() {
  std::vector<std::string> names;
  for (const auto& effect : effects())
    names.emplace_back(effect.name);
  return names;
}

std::vector<Effect> find_effects(const std::vector<std::string>& names) {
  std::vector<Effect> found;
  for (const auto& name : names) {
    const auto effect =
        std::ranges::find(effects(), name, [](const Effect& e) { return std::string(e.name); });
    if (effect == effects().end())
      throw ConfigError(fmt::format("effects: '{}' is none; there are: {}", name, join(effect_names())));
    found.push_back(*effect);
  }
  return found;
}

Instrument::Instrument(const ImageSettings& image, bool half) : half_(half) {
  const auto columns = static_cast<std::size_t>(image.height);
  const Interval ky = image.view == View::upper_half ? Interval{0, image.ky.max} : image.ky;
  const double width = (image.kx.max - image.kx.min) / image.width, height = (ky.max - ky.min) / image.height;
  const bool mirrored = image.view == View::upper_half;
  plane_ = {.kx_points = static_cast<std::size_t>(image.width),
            .ky_points = mirrored ? 2 * columns : columns,
            .kx_first = image.kx.min + width / 2,
            .ky_first = (mirrored ? -ky.max : ky.min) + height / 2,
            .dkx = width,
            .dky = height};
}

std::vector<double> Instrument::operator()(std::span<const double> shares, std::span<const Effect> effects,
                                           std::span<const double> searched) const {
  Degradation degradation;
  bool any = false;
  for (std::size_t e = 0; e < effects.size(); ++e)
    if (searched[e] > 0) {
      degradation.*effects[e].member = effects[e].setting(searched[e]);
      any = true;
    }
  if (!any) return {shares.begin(), shares.end()};
  const auto columns = half_ ? plane_.ky_points / 2 : plane_.ky_points;
  std::vector<float> plane(plane_.size());
  for (std::size_t x = 0; x < plane_.kx_points; ++x)
    for (std::size_t y = 0; y < columns; ++y) {
      const auto share = static_cast<float>(shares[x * columns + y]);
      float* row = plane.data() + x * plane_.ky_points;
      if (half_)
        row[columns + y] = row[columns - 1 - y] = share;
      else
        row[y] = share;
    }
  const auto seen = detected(plane, plane_, degradation, {});
  std::vector<double> result(shares.size());
  for (std::size_t x = 0; x < plane_.kx_points; ++x)
    for (std::size_t y = 0; y < columns; ++y) {
      const float* row = seen.data() + x * plane_.ky_points;
      result[x * columns + y] =
          half_ ? 0.5 * (static_cast<double>(row[columns + y]) + static_cast<double>(row[columns - 1 - y]))
                : static_cast<double>(row[y]);
    }
  return result;
}

}  // namespace bondscope::ml
