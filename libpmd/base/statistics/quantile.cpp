#include "libpmd/base/statistics/quantile.hpp"

#include <algorithm>
#include <cmath>

namespace bondscope {

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double position = q * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const auto above = std::min(below + 1, values.size() - 1);
  const double fraction = position - static_cast<double>(below);
  // Where lerp() would make nan of infinite values.
  if (fraction == 0 || values[below] == values[above]) return values[below];
  if (std::isinf(values[above])) return values[above];
  return std::lerp(values[below], values[above], fraction);
}

}  // namespace bondscope
