#include "libpmd/images/grey_levels.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"

namespace bondscope {

GreyDifference grey_difference(std::span<const float> reference, std::span<const float> other,
                               std::size_t ky_points, double floor) {
  if (ky_points == 0 || reference.size() % ky_points != 0 || reference.size() != other.size())
    throw DataError(
        fmt::format("cannot compare momentum distributions of {} and {} values with {} points along ky",
                    reference.size(), other.size(), ky_points));
  const auto w = log_distribution(reference, floor), other_w = log_distribution(other, floor);

  std::size_t x_begin = w.size() / ky_points, x_end = 0, y_begin = ky_points, y_end = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (!(w[i] > static_cast<float>(floor))) continue;
    x_begin = std::min(x_begin, i / ky_points);
    x_end = std::max(x_end, i / ky_points + 1);
    y_begin = std::min(y_begin, i % ky_points);
    y_end = std::max(y_end, i % ky_points + 1);
  }

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
