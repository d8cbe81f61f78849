#include "libpmd/import/raster.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

constexpr std::size_t least_side = 8, event_squares = 512;

/// Where values lie but for a thousandth at either end, and a margin around it.
Interval most_of(std::vector<double> values) {
  const auto at = [&](double part) {
    const auto rank = static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size() - 1));
    std::nth_element(values.begin(), values.begin() + rank, values.end());
    return values[static_cast<std::size_t>(rank)];
  };
  const double low = at(0.001), high = at(0.999), margin = 0.1 * (high - low);
  return {low - margin, high + margin};
}

void check_size(const Table& other, const Table& image, const char* what) {
  if (other.rows != image.rows || other.columns != image.columns)
    throw DataError(fmt::format("the {} has {} × {} pixels; expected those of the image, {} × {}", what,
                                other.columns, other.rows, image.columns, image.rows));
}

std::string name_of(std::size_t pixel, const Table& image) {
  return fmt::format("pixel ({}, {})", pixel % image.columns, pixel / image.columns);
}

}  // namespace

bool is_measured(const ImportSettings& s, Place at) {
  const auto within = [&](double x, double y, double radius) {
    return std::hypot(at.x - x, at.y - y) <= radius;
  };
  if (!s.edge.empty() && !within(s.edge[0], s.edge[1], s.edge[2])) return false;
  return std::ranges::none_of(s.dead, [&](const Disc& disc) { return within(disc.x, disc.y, disc.radius); });
}

Raster image_raster(Table image, const Table& mask, const ImportSettings& s) {
  if (image.rows < least_side || image.columns < least_side)
    throw DataError(
        fmt::format("an image of {} × {} pixels; expected at least {} × {} (a list of electrons is 'kind: "
                    "events')",
                    image.columns, image.rows, least_side, least_side));
  if (!mask.values.empty()) check_size(mask, image, "mask");
  Raster raster{std::move(image), {}};
  auto& values = raster.values.values;
  raster.measured.resize(values.size());
  bool any = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool dead = std::isnan(values[i]) || (s.ceiling > 0 && values[i] >= s.ceiling) ||
                      (!mask.values.empty() && !(mask.values[i] != 0)) ||
                      !is_measured(s, raster.place(i / raster.values.columns, i % raster.values.columns));
    if (dead) {
      values[i] = 0;
      continue;
    }
    if (std::isinf(values[i]))
      throw DataError(fmt::format("{} is infinite; expected numbers", name_of(i, raster.values)));
    if (values[i] < 0 && !s.subtracted)
      throw DataError(
          fmt::format("{} is negative ({}); expected counts, or 'subtracted' if a background was taken "
                      "off before",
                      name_of(i, raster.values), format_number(values[i])));
    raster.measured[i] = 1;
    any = any || values[i] != 0;
  }
  if (!any)
    throw DataError(
        "no pixel that counts as measured has a value other than 0; expected electrons (is the mask, edge or "
        "ceiling right?)");
  return raster;
}

Raster without_background(Raster raster, const Table& background, double factor, double level) {
  if (!background.values.empty()) check_size(background, raster.values, "background");
  for (std::size_t i = 0; i < raster.values.values.size(); ++i) {
    if (!raster.measured[i]) continue;
    if (!background.values.empty()) {
      const double value = background.values[i];
      if (!std::isfinite(value) || value < 0)
        throw DataError(fmt::format("{} of the background is {}; expected a number >= 0",
                                    name_of(i, background), format_number(value)));
      raster.values.values[i] -= factor * value;
    }
    raster.values.values[i] -= level;
  }
  return raster;
}

Events events_of(const Table& list, const ImportSettings& s) {
  Events events;
  for (const double column : s.columns)
    if (column != std::floor(column) || column > static_cast<double>(list.columns))
      throw DataError(fmt::format("columns: there is no column {}; the list has {}", format_number(column),
                                  list.columns));
  const auto of = [&](std::size_t row, std::size_t i) {
    const double value = list.at(row, static_cast<std::size_t>(s.columns[i]) - 1);
    if (!std::isfinite(value))
      throw DataError(fmt::format("event {}: {} in column {}; expected a number", row + 1,
                                  format_number(value), format_number(s.columns[i])));
    return value;
  };
  for (std::size_t row = 0; row < list.rows; ++row) {
    events.places.push_back({of(row, 0), of(row, 1)});
    if (s.columns.size() > 2) events.z.push_back(of(row, 2));
  }
  return events;
}

Raster event_raster(const Events& events, const ImportSettings& s) {
  std::vector<double> xs, ys;
  for (const auto& [x, y] : events.places) {
    xs.push_back(x);
    ys.push_back(y);
  }
  const auto x = most_of(std::move(xs)), y = most_of(std::move(ys));
  const double side = std::max(x.max - x.min, y.max - y.min) / event_squares;
  if (!(side > 0) || !std::isfinite(side))
    throw DataError("all events have the same momentum; expected a distribution");
  const auto squares = [&](const Interval& range) {
    return std::max<std::size_t>(least_side,
                                 static_cast<std::size_t>(std::ceil((range.max - range.min) / side)));
  };
  Raster raster;
  raster.values = {squares(y), squares(x), std::vector<double>(squares(y) * squares(x))};
  raster.dx = raster.dy = side;
  raster.x_first = x.min + side / 2;
  raster.y_first = y.min + side / 2;
  for (const auto& at : events.places) {
    const double column = std::floor((at.x - x.min) / side), row = std::floor((at.y - y.min) / side);
    if (column >= 0 && row >= 0 && column < static_cast<double>(raster.values.columns) &&
        row < static_cast<double>(raster.values.rows))
      raster.values
          .values[static_cast<std::size_t>(row) * raster.values.columns + static_cast<std::size_t>(column)] +=
          1;
  }
  for (std::size_t i = 0; i < raster.values.values.size(); ++i) {
    raster.measured.push_back(
        is_measured(s, raster.place(i / raster.values.columns, i % raster.values.columns)) ? 1 : 0);
    if (!raster.measured.back()) raster.values.values[i] = 0;
  }
  return raster;
}

}  // namespace bondscope
