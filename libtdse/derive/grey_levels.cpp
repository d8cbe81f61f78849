#include "libtdse/derive/grey_levels.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "libtdse/base/error.hpp"
#include "libtdse/derive/image.hpp"

namespace tdse {

GreyDifference grey_difference(std::span<const float> pmd, std::span<const float> reference,
                               std::size_t kx_points, std::size_t ky_points, double floor) {
  if (pmd.size() != kx_points * ky_points || reference.size() != pmd.size())
    throw DataError("distributions of " + std::to_string(pmd.size()) + " and " +
                    std::to_string(reference.size()) + " values to compare on " + std::to_string(kx_points) +
                    " x " + std::to_string(ky_points) + " points");
  const auto w = log_distribution(pmd, floor), w_reference = log_distribution(reference, floor);
  std::size_t x_begin = kx_points, x_end = 0, y_begin = ky_points, y_end = 0;
  for (std::size_t i = 0; i < w_reference.size(); ++i) {
    if (!(w_reference[i] > static_cast<float>(floor))) continue;
    x_begin = std::min(x_begin, i / ky_points);
    x_end = std::max(x_end, i / ky_points + 1);
    y_begin = std::min(y_begin, i % ky_points);
    y_end = std::max(y_end, i % ky_points + 1);
  }
  GreyDifference difference;
  double squares = 0;
  for (std::size_t x = x_begin; x < x_end; ++x)
    for (std::size_t y = y_begin; y < y_end; ++y) {
      const std::size_t i = x * ky_points + y;
      const double levels = std::abs(static_cast<double>(w[i]) - w_reference[i]) * 255 / -floor;
      difference.mean += levels;
      squares += levels * levels;
      difference.largest = std::max(difference.largest, levels);
    }
  const auto count = static_cast<double>((x_end - x_begin) * (y_end - y_begin));
  difference.mean /= count;
  difference.rms = std::sqrt(squares / count);
  return difference;
}

}  // namespace tdse
