#include "libpmd/interpolation/leave_one_out.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope {

std::vector<LeftOut> leave_one_out(Interpolator& interpolator, const RowMonitor& monitor) {
  const Store& store = interpolator.store();
  const auto& triangulation = interpolator.triangulation();
  const auto& d = store.description();
  if (d.derivation &&
      nlohmann::json::parse(d.derivation->method).value("kind", nlohmann::json()) == "interpolation")
    throw DataError(
        fmt::format("{}: holds interpolated distributions; leave one out of the store that they were made "
                    "from",
                    store.path().string()));
  std::vector<LeftOut> left_out;
  const std::size_t points = triangulation.points().size();
  for (std::size_t point = 0; point < points; ++point) {
    if (triangulation.on_hull(point)) continue;
    if (monitor && !monitor(point, points)) throw Interrupted("interrupted");
    const std::size_t row = interpolator.rows()[point];
    const auto terms = interpolator.terms_without(point);
    if (!terms) continue;
    const auto interpolated = interpolator.evaluate(*terms);
    left_out.push_back({row, triangulation.points()[point],
                        grey_difference(intact_pmd(store, row), interpolated, d.ky.size())});
  }
  if (left_out.empty())
    throw DataError(
        fmt::format("{}: none of its {} points can be interpolated from the others: all are on the hull, or "
                    "what is left does not enclose them",
                    store.path().string(), points));
  return left_out;
}

LeftOutSummary summarise(const std::vector<LeftOut>& left_out) {
  LeftOutSummary summary;
  if (left_out.empty()) return summary;
  std::vector<double> means;
  for (const auto& one : left_out) {
    means.push_back(one.difference.mean);
    summary.mean += one.difference.mean / static_cast<double>(left_out.size());
    summary.rms += one.difference.rms / static_cast<double>(left_out.size());
  }
  summary.median = median(means);
  summary.percentile_95 = quantile(means, 0.95);
  summary.largest = *std::max_element(means.begin(), means.end());
  return summary;
}

}  // namespace bondscope
