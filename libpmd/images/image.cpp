#include "libpmd/images/image.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <numeric>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/images/cells.hpp"
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

/// Of a negative value 0, unless nothing is done to it.
double power(double value, double exponent) {
  return exponent == 1 ? value : std::pow(std::max(value, 0.0), exponent);
}

/// p/N to the scale, see make_image(): N of all of `p`.
void scale(std::span<double> p, const ImageSettings& settings) {
  double divisor = 1;
  if (settings.normalisation == Normalisation::maximum) divisor = *std::ranges::max_element(p);
  if (settings.normalisation == Normalisation::sum) divisor = std::accumulate(p.begin(), p.end(), 0.0);
  if (!(divisor > 0)) throw DataError("momentum distribution: no value in the window is positive");
  for (auto& value : p)
    value = settings.scale == Scale::power ? power(value / divisor, settings.exponent)
            : value > 0                    ? std::max(std::log10(value / divisor), settings.floor)
                                           : settings.floor;
}

Image crop_and_resize(const Samples& samples, const ImageSettings& settings) {
  const auto [values, kx, ky, dkx, dky] = samples;
  const auto w = log_distribution(values, settings.floor);
  const std::size_t ky_points = ky.size();
  const auto crop = support_of(w, ky_points, static_cast<float>(settings.floor));

  const std::size_t rows = crop.x_end - crop.x_begin, columns = crop.y_end - crop.y_begin;
  const auto cropped = [&](std::span<const float> whole) {
    std::vector<float> kept(rows * columns);
    for (std::size_t x = 0; x < rows; ++x)
      std::ranges::copy(whole.subspan((crop.x_begin + x) * ky_points + crop.y_begin, columns),
                        kept.begin() + static_cast<std::ptrdiff_t>(x * columns));
    return kept;
  };
  const bool like_paper = settings.scale == Scale::log && settings.normalisation == Normalisation::maximum;
  auto kept = cropped(like_paper ? std::span<const float>(w) : values);
  if (!like_paper) {
    std::vector<double> p(kept.begin(), kept.end());
    for (auto& value : p)
      value *= dkx * (dky > 0 ? dky : 1);
    scale(p, settings);
    std::ranges::transform(p, kept.begin(), [](double value) { return static_cast<float>(value); });
  }

  Image image{.width = settings.width, .height = settings.height, .pixels = {}, .extent = {}};
  image.pixels =
      resize_bicubic(kept, static_cast<int>(rows), static_cast<int>(columns), image.width, image.height);
  image.extent = {kx[crop.x_begin] - dkx / 2, kx[crop.x_end - 1] + dkx / 2, ky[crop.y_begin] - dky / 2,
                  ky[crop.y_end - 1] + dky / 2};

  if (settings.scale == Scale::power)
    for (auto& pixel : image.pixels)
      pixel = std::max(pixel, 0.0f);
  const auto [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
  const double min = *low, range = static_cast<double>(*high) - min;
  const double whole = settings.scale == Scale::log ? -settings.floor : *high;
  if (!(range >= 1e-6 * whole)) throw DataError("momentum distribution: no contrast above the floor");
  if (settings.values == PixelValues::floats) return image;
  for (auto& pixel : image.pixels)
    pixel = static_cast<float>((pixel - min) * 255 / range);
  return image;
}

std::vector<double> cells_of(std::span<const float> pmd, const MomentumPlane& plane, const ImageSettings& s) {
  const auto e = window_extent(s);
  switch (s.view) {
    case View::dp_dkx:
      return kx_cells(pmd, plane, {e.kx_min, e.kx_max}, s.width);
    case View::energy:
      return energy_cells(pmd, plane, {e.kx_min, e.kx_max}, s.width);
    case View::angular:
      return angle_cells(pmd, plane, s.width);
    default:
      return plane_cells(pmd, plane, {e.kx_min, e.kx_max}, {e.ky_min, e.ky_max}, s.width, s.height);
  }
}

Image fixed_window(std::span<const float> pmd, const MomentumPlane& plane, const ImageSettings& settings) {
  check_finite(pmd);
  auto w = cells_of(pmd, plane, settings);
  if (std::ranges::all_of(w, [](double p) { return p == 0; }))
    throw DataError("momentum distribution: no value in the window is positive");
  scale(w, settings);
  if (settings.values == PixelValues::bytes) {
    const double floor = settings.scale == Scale::log ? settings.floor : 0;
    const double range = settings.scale == Scale::log ? -settings.floor : 1;
    for (auto& value : w)
      value = (value - floor) * 255 / range;
  }
  return {settings.width, settings.height, {w.begin(), w.end()}, window_extent(settings)};
}

/// Position of the first momentum that is not negative; one within a thousandth of a spacing of 0 is 0.
std::size_t first_not_negative(std::span<const double> axis, double spacing, const char* name) {
  const auto first = std::find_if(axis.begin(), axis.end(), [&](double k) { return k > -1e-3 * spacing; });
  if (axis.end() - first < 2)
    throw DataError(fmt::format("momentum axis {}: there is no quadrant above 0", name));
  return static_cast<std::size_t>(first - axis.begin());
}

/// The quadrant, or with `from_x` false the half.
Image upper_part(const Samples& samples, bool from_x, const ImageSettings& settings) {
  const auto [values, kx, ky, dkx, dky] = samples;
  const auto x0 = from_x ? first_not_negative(kx, dkx, "kx") : 0, y0 = first_not_negative(ky, dky, "ky");
  std::vector<float> part;
  part.reserve((kx.size() - x0) * (ky.size() - y0));
  for (std::size_t x = x0; x < kx.size(); ++x) {
    const auto row = values.subspan(x * ky.size(), ky.size()).subspan(y0);
    part.insert(part.end(), row.begin(), row.end());
  }
  return crop_and_resize({part, kx.subspan(x0), ky.subspan(y0), dkx, dky}, settings);
}

constexpr int points_of_line = 256;

}  // namespace

Extent window_extent(const ImageSettings& s) {
  const bool quadrant = s.view == View::first_quadrant, half = quadrant || s.view == View::upper_half;
  const Interval circle{-std::numbers::pi, std::numbers::pi};
  const auto x = s.view == View::energy ? s.energy : s.view == View::angular ? circle : s.kx;
  const auto y = s.one_dimensional() ? Interval{} : s.ky;
  return {quadrant ? std::max(x.min, 0.0) : x.min, x.max, half ? std::max(y.min, 0.0) : y.min, y.max};
}

std::vector<float> log_distribution(std::span<const float> pmd, double floor) {
  if (!std::isfinite(floor) || floor >= 0)
    throw ConfigError(fmt::format("floor {} of log10(PMD/max) is not a number < 0", format_number(floor)));
  check_finite(pmd);
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
  check_image_settings(settings);
  const auto plane = plane_of(kx, ky);
  check_size(pmd, plane);
  if (settings.window == Window::fixed) return fixed_window(pmd, plane, settings);
  if (settings.view == View::dp_dkx)
    return make_image_1d(distribution_1d(pmd, kx, ky, points_of_line),
                         cell_centres(kx.front(), kx.back(), points_of_line), settings);
  const Samples samples{pmd, kx, ky, plane.dkx, plane.dky};
  if (settings.view == View::plane) return crop_and_resize(samples, settings);
  return upper_part(samples, settings.view == View::first_quadrant, settings);
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

KeptImage keep(Image image, PixelValues values) {
  if (values == PixelValues::bytes) return {grey_levels(image), {}, image.extent};
  return {{}, std::move(image.pixels), image.extent};
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
  check_size(pmd, plane);
  check_finite(pmd);
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
