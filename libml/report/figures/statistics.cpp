#include "libml/report/figures/statistics.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml::figure {

double readable_limit(const std::vector<double>& sizes) {
  const double largest = *std::max_element(sizes.begin(), sizes.end()), most = quantile(sizes, 0.99);
  const double limit = largest > 2 * most && most > 0 ? 1.5 * most : largest;
  return limit > 0 ? limit : 1;
}

double point_size(std::size_t points) {
  return std::clamp(1.15 - 0.33 * std::log10(static_cast<double>(points) / 20), 0.3, 1.15);
}

}  // namespace bondscope::ml::figure
