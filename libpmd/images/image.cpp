#include "libpmd/images/image.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/images/resize.hpp"
#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {
namespace {

/// Samples [x_begin, x_end) × [y_begin, y_end).
struct Crop {
  std::size_t x_begin, x_end, y_begin, y_end;
};

Crop support_of(std::span<const float> w, std::size_t columns, float floor) {
  Crop crop{w.size() / columns, 0, columns, 0};
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (!(w[i] > floor)) continue;
    const std::size_t x = i / columns, y = i % columns;
    crop.x_begin = std::min(crop.x_begin, x);
    crop.x_end = std::max(crop.x_end, x + 1);
    crop.y_begin = std::min(crop.y_begin, y);
    crop.y_end = std::max(crop.y_end, y + 1);
  }
  return crop;
}

/// Samples of a distribution [x][y] and what they stand for.
struct Samples {
  std::span<const float> values;
  std::span<const double> kx, ky;
  double dkx, dky;
};

Image crop_and_resize(const Samples& samples, const ImageSettings& settings) {
  const auto [values, kx, ky, dkx, dky] = samples;
  const auto w = log_distribution(values, settings.floor);
  const auto crop = support_of(w, ky.size(), static_cast<float>(settings.floor));

  const std::size_t rows = crop.x_end - crop.x_begin, columns = crop.y_end - crop.y_begin;
  std::vector<float> kept(rows * columns);
  for (std::size_t x = 0; x < rows; ++x)
    std::copy_n(&w[(crop.x_begin + x) * ky.size() + crop.y_begin], columns, &kept[x * columns]);

  Image image{.width = settings.width, .height = settings.height, .pixels = {}, .extent = {}};
  image.pixels =
      resize_bicubic(kept, static_cast<int>(rows), static_cast<int>(columns), image.width, image.height);
  image.extent = {kx[crop.x_begin] - dkx / 2, kx[crop.x_end - 1] + dkx / 2, ky[crop.y_begin] - dky / 2,
                  ky[crop.y_end - 1] + dky / 2};

  const auto [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
  const double min = *low, range = static_cast<double>(*high) - min;
  if (range < 1e-6 * -settings.floor) throw DataError("momentum distribution: no contrast above the floor");
  for (auto& pixel : image.pixels)
    pixel = static_cast<float>((pixel - min) * 255 / range);
  return image;
}

/// Position of the first momentum that is not negative; one within a thousandth of a spacing of 0 is 0.
std::size_t first_not_negative(std::span<const double> axis, double spacing, const char* name) {
  const auto first = std::find_if(axis.begin(), axis.end(), [&](double k) { return k > -1e-3 * spacing; });
  if (axis.end() - first < 2)
    throw DataError(fmt::format("momentum axis {}: there is no quadrant above 0", name));
  return static_cast<std::size_t>(first - axis.begin());
}

Image first_quadrant(const Samples& samples, const ImageSettings& settings) {
  const auto [values, kx, ky, dkx, dky] = samples;
  const auto x0 = first_not_negative(kx, dkx, "kx"), y0 = first_not_negative(ky, dky, "ky");
  std::vector<float> quadrant;
  quadrant.reserve((kx.size() - x0) * (ky.size() - y0));
  for (std::size_t x = x0; x < kx.size(); ++x) {
    const auto row = values.subspan(x * ky.size(), ky.size()).subspan(y0);
    quadrant.insert(quadrant.end(), row.begin(), row.end());
  }
  return crop_and_resize({quadrant, kx.subspan(x0), ky.subspan(y0), dkx, dky}, settings);
}

constexpr int points_of_line = 256;

}  // namespace

const char* to_string(View view) {
  return view == View::first_quadrant ? "first_quadrant" : view == View::dp_dkx ? "dp_dkx" : "plane";
}

std::vector<std::string> view_names() {
  return {to_string(View::plane), to_string(View::first_quadrant), to_string(View::dp_dkx)};
}

View view_of(const std::string& name) {
  for (const auto view : {View::plane, View::first_quadrant, View::dp_dkx})
    if (name == to_string(view)) return view;
  throw ConfigError(fmt::format("view '{}' is unknown; expected plane, first_quadrant or dp_dkx", name));
}

std::string to_string(const ImageSettings& settings) {
  return fmt::format("{} x {} pixels, floor {}{}", settings.width, settings.height,
                     format_number(settings.floor),
                     settings.view == View::plane ? "" : fmt::format(", view {}", to_string(settings.view)));
}

void check_image_settings(const ImageSettings& settings) {
  for (const auto& [key, size] :
       {std::pair{"image.width", settings.width}, std::pair{"image.height", settings.height}})
    if (size < 1 || size > most_pixels_per_side)
      throw ConfigError(
          fmt::format("{}: {} is out of range; expected 1 to {}", key, size, most_pixels_per_side));
  if (settings.width * settings.height > most_pixels_per_image)
    throw ConfigError(
        fmt::format("image.width × image.height: {} × {} pixels are too many; expected at most {}",
                    settings.width, settings.height, most_pixels_per_image));
  if (!std::isfinite(settings.floor) || settings.floor >= 0)
    throw ConfigError(fmt::format("image.floor: {} is not a number < 0", format_number(settings.floor)));
  if (settings.view == View::dp_dkx && settings.height != 1)
    throw ConfigError(
        fmt::format("image.height: {} does not fit image.view dp_dkx, which has one dimension; expected 1",
                    settings.height));
}

std::vector<float> log_distribution(std::span<const float> pmd, double floor) {
  if (!std::isfinite(floor) || floor >= 0)
    throw ConfigError(fmt::format("floor {} of log10(PMD/max) is not a number < 0", format_number(floor)));
  check_values(pmd);
  const auto largest = std::max_element(pmd.begin(), pmd.end());
  if (largest == pmd.end() || *largest <= 0) throw DataError("momentum distribution: no value is positive");
  const double max = *largest;
  std::vector<float> w(pmd.size());
  for (std::size_t i = 0; i < pmd.size(); ++i)
    w[i] = static_cast<float>(pmd[i] > 0 ? std::max(std::log10(pmd[i] / max), floor) : floor);
  return w;
}

Image make_image(std::span<const float> pmd, std::span<const double> kx, std::span<const double> ky,
                 const ImageSettings& settings) {
  if (settings.width < 1 || settings.height < 1)
    throw ConfigError(
        fmt::format("an image of {} x {} pixels is not possible", settings.width, settings.height));
  const auto plane = plane_of(kx, ky);
  check_size(pmd, plane);
  const Samples samples{pmd, kx, ky, plane.dkx, plane.dky};
  if (settings.view == View::first_quadrant) return first_quadrant(samples, settings);
  if (settings.view == View::dp_dkx)
    return make_image_1d(distribution_1d(pmd, kx, ky, points_of_line),
                         cell_centres(kx.front(), kx.back(), points_of_line), settings);
  return crop_and_resize(samples, settings);
}

Image make_image_1d(std::span<const float> distribution, std::span<const double> kx,
                    const ImageSettings& settings) {
  check_image_settings(settings);
  if (kx.size() < 2 || kx.size() != distribution.size() || !(kx[1] > kx[0]))
    throw DataError("dP/dkx: axis and values do not fit");
  // Along ky there is nothing to cut; the extent says nothing.
  const double everywhere = 0;
  return crop_and_resize({distribution, kx, {&everywhere, 1}, kx[1] - kx[0], 0}, settings);
}

std::vector<std::uint8_t> grey_levels(const Image& image) {
  std::vector<std::uint8_t> levels;
  levels.reserve(image.pixels.size());
  for (const float pixel : image.pixels)
    levels.push_back(static_cast<std::uint8_t>(std::lround(std::clamp(pixel, 0.0f, 255.0f))));
  return levels;
}

std::vector<double> cell_centres(double min, double max, int cells) {
  std::vector<double> centres;
  for (int i = 0; i < cells; ++i)
    centres.push_back(min + (i + 0.5) * (max - min) / cells);
  return centres;
}

std::vector<float> distribution_1d(std::span<const float> pmd, std::span<const double> kx,
                                   std::span<const double> ky, int points) {
  if (points < 1) throw ConfigError(fmt::format("a distribution of {} points is not possible", points));
  const auto plane = plane_of(kx, ky);
  check_distribution(pmd, plane);
  const double dkx = plane.dkx, dky = plane.dky;

  std::vector<double> density(kx.size());  // trapezoidal rule over ky
  for (std::size_t x = 0; x < kx.size(); ++x) {
    const auto row = pmd.subspan(x * ky.size(), ky.size());
    double sum = -0.5 * (static_cast<double>(row.front()) + row.back());
    for (const float value : row)
      sum += value;
    density[x] = std::max(sum, 0.0) * dky;
  }

  // The density, linear between samples, has this integral from the first sample to position x (in samples).
  std::vector<double> at_sample(density.size(), 0);
  for (std::size_t i = 1; i < density.size(); ++i)
    at_sample[i] = at_sample[i - 1] + 0.5 * dkx * (density[i - 1] + density[i]);
  const auto integral = [&](double x) {
    const auto i = std::min(static_cast<std::size_t>(x), density.size() - 2);
    const double t = x - static_cast<double>(i);
    return at_sample[i] + dkx * t * (density[i] + 0.5 * t * (density[i + 1] - density[i]));
  };
  const double width = static_cast<double>(kx.size() - 1) / points;  // of an interval, in samples
  std::vector<float> averages(points);
  for (int i = 0; i < points; ++i)
    averages[i] =
        static_cast<float>(std::max(integral((i + 1) * width) - integral(i * width), 0.0) / (width * dkx));
  return averages;
}

GreyDifference grey_difference(std::span<const float> reference, std::span<const float> other,
                               std::size_t ky_points, double floor) {
  if (ky_points == 0 || reference.size() % ky_points != 0 || reference.size() != other.size())
    throw DataError(
        fmt::format("cannot compare momentum distributions of {} and {} values with {} points along ky",
                    reference.size(), other.size(), ky_points));
  const auto w = log_distribution(reference, floor), other_w = log_distribution(other, floor);
  const auto [x_begin, x_end, y_begin, y_end] = support_of(w, ky_points, static_cast<float>(floor));

  GreyDifference difference;
  double sum = 0, squares = 0;
  for (std::size_t x = x_begin; x < x_end; ++x)
    for (std::size_t i = x * ky_points + y_begin; i < x * ky_points + y_end; ++i) {
      const double levels = std::abs(static_cast<double>(w[i]) - other_w[i]) * 255 / -floor;
      sum += levels;
      squares += levels * levels;
      difference.largest = std::max(difference.largest, levels);
    }
  const auto samples = static_cast<double>((x_end - x_begin) * (y_end - y_begin));
  difference.mean = sum / samples;
  difference.rms = std::sqrt(squares / samples);
  return difference;
}

}  // namespace bondscope
