#include "libpmd/images/resize.hpp"

#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

/// Keys, IEEE Trans. Acoust. Speech Signal Process. 29, 1153 (1981), with a = -1/2: third-order accurate.
double keys_kernel(double x) {
  x = std::abs(x);
  if (x < 1) return (1.5 * x - 2.5) * x * x + 1;
  if (x < 2) return ((-0.5 * x + 2.5) * x - 4) * x + 2;
  return 0;
}

/// Weights of the input samples for each output sample of one axis, `taps` per output sample.
struct AxisWeights {
  int taps = 0;
  std::vector<int> source;
  std::vector<double> weight;
};

AxisWeights axis_weights(int size, int new_size) {
  const double ratio = static_cast<double>(size) / new_size;  // input samples per output sample
  const double stretch = ratio > 1 ? ratio : 1;  // shrinking: the kernel becomes a low-pass filter
  const double reach = 2 * stretch;
  AxisWeights axis;
  axis.taps = static_cast<int>(std::ceil(2 * reach)) + 1;
  axis.source.resize(static_cast<std::size_t>(axis.taps) * new_size);
  axis.weight.resize(axis.source.size());
  for (int i = 0; i < new_size; ++i) {
    const double centre = (i + 0.5) * ratio - 0.5;
    const int first = static_cast<int>(std::ceil(centre - reach));
    const auto offset = static_cast<std::size_t>(i) * axis.taps;
    double sum = 0;
    for (int tap = 0; tap < axis.taps; ++tap) {
      int mirrored = (first + tap) % (2 * size);
      if (mirrored < 0) mirrored += 2 * size;
      if (mirrored >= size) mirrored = 2 * size - 1 - mirrored;
      axis.source[offset + tap] = mirrored;
      axis.weight[offset + tap] = keys_kernel((first + tap - centre) / stretch);
      sum += axis.weight[offset + tap];
    }
    for (int tap = 0; tap < axis.taps; ++tap)
      axis.weight[offset + tap] /= sum;
  }
  return axis;
}

}  // namespace

std::vector<float> resize_bicubic(std::span<const float> values, int rows, int columns, int new_rows,
                                  int new_columns) {
  if (rows < 1 || columns < 1 || new_rows < 1 || new_columns < 1 ||
      values.size() != static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns))
    throw DataError(fmt::format("cannot resize {} values as {} x {} to {} x {}", values.size(), rows, columns,
                                new_rows, new_columns));
  const auto along_rows = axis_weights(rows, new_rows);
  const auto along_columns = axis_weights(columns, new_columns);
  const std::size_t width = columns, new_width = new_columns;

  std::vector<double> narrowed(static_cast<std::size_t>(rows) * new_width);
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r)
    for (std::size_t c = 0; c < new_width; ++c) {
      double sum = 0;
      for (std::size_t tap = c * along_columns.taps; tap < (c + 1) * along_columns.taps; ++tap)
        sum += along_columns.weight[tap] * values[r * width + along_columns.source[tap]];
      narrowed[r * new_width + c] = sum;
    }

  std::vector<float> resized(static_cast<std::size_t>(new_rows) * new_width);
  std::vector<double> line(new_width);
  for (std::size_t r = 0; r < static_cast<std::size_t>(new_rows); ++r) {
    line.assign(new_width, 0);
    for (std::size_t tap = r * along_rows.taps; tap < (r + 1) * along_rows.taps; ++tap) {
      const double weight = along_rows.weight[tap];
      const double* source = &narrowed[along_rows.source[tap] * new_width];
      for (std::size_t c = 0; c < new_width; ++c)
        line[c] += weight * source[c];
    }
    for (std::size_t c = 0; c < new_width; ++c)
      resized[r * new_width + c] = static_cast<float>(line[c]);
  }
  return resized;
}

}  // namespace bondscope
