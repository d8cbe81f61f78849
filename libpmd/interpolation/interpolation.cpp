#include "libpmd/interpolation/interpolation.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/interpolation/local_spline.hpp"

namespace bondscope {
namespace {

void check(const InterpolationSettings& settings) {
  if (!(settings.floor > 0 && settings.floor < 1))
    throw ConfigError(fmt::format("interpolation: the floor {} is not a number > 0 and < 1",
                                  format_number(settings.floor)));
  if (settings.neighbours < 3)
    throw ConfigError(
        fmt::format("interpolation: a spline needs at least 3 neighbours, not {}", settings.neighbours));
}

PlanePoint point_of(const StoreRows& all, std::size_t row) {
  const auto& run = all.run(row);
  return {run.R, run.intensity_w_cm2};
}

std::vector<PlanePoint> points_of(const StoreRows& all, const std::vector<std::size_t>& rows) {
  std::vector<PlanePoint> points;
  for (const auto row : rows)
    points.push_back(point_of(all, row));
  return points;
}

/// Rows to use: all must be done, agree, and each point counts once.
std::vector<std::size_t> usable_rows(const StoreRows& all, std::optional<std::vector<std::size_t>> chosen) {
  const auto done = all.done();
  auto rows = chosen ? std::move(*chosen) : done;
  std::sort(rows.begin(), rows.end());
  for (const auto row : rows)
    if (!std::ranges::binary_search(done, row))
      throw DataError(fmt::format("{}: row {} is not done", all.names(), row));
  if (rows.size() < 3)
    throw DataError(
        fmt::format("{}: interpolation needs at least three done runs, not {}", all.names(), rows.size()));
  check_agreement(all, rows);
  for (const auto row : rows)
    if (const auto at = point_of(all, row); !(at.R > 0 && at.intensity > 0))
      throw DataError(all.name_of(row) + " has a distance or an intensity that is not > 0");
  // Leaving out a point at the rim changes the ranges, and with them what counts as equal.
  for (std::size_t before = 0; before != rows.size();) {
    before = rows.size();
    const auto first = first_of_equal(points_of(all, rows));
    std::vector<std::size_t> kept;
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (first[i] == i) kept.push_back(rows[i]);
    rows = std::move(kept);
  }
  return rows;
}

Triangulation triangulate(const StoreRows& all, const std::vector<std::size_t>& rows) {
  try {
    return Triangulation(points_of(all, rows));
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", all.names(), error.what()));
  }
}

/// Where splines measure distances: the ionisation potential, which sets the phases of the rings with the
/// intensity, changes fastest at small R.
Position position_of(const PlanePoint& point) {
  return {std::log(point.R), std::log(point.intensity)};
}

InterpolationTerms barycentric_terms(const std::vector<std::size_t>& rows, const PlanePoint& point,
                                     const Barycentric& inside) {
  InterpolationTerms made{point, {}};
  for (std::size_t i = 0; i < 3; ++i)
    if (inside.weights[i] != 0) made.terms.push_back({rows[inside.corners[i]], inside.weights[i]});
  return made;
}

InterpolationTerms spline_terms(const Triangulation& triangulation, const std::vector<std::size_t>& rows,
                                const PlanePoint& point, const Barycentric& inside, std::size_t neighbours) {
  std::vector<Position> positions;
  for (const auto& p : triangulation.points())
    positions.push_back(position_of(p));
  auto nearest = nearest_points(positions, position_of(point), neighbours);
  // The nearest may lie on one line; the corners around the point do not.
  for (const auto corner : inside.corners)
    if (std::find(nearest.begin(), nearest.end(), corner) == nearest.end()) nearest.push_back(corner);
  std::vector<Position> nodes;
  for (const auto i : nearest)
    nodes.push_back(positions[i]);
  const auto weights = spline_weights(nodes, position_of(point));
  InterpolationTerms made{point, {}};
  for (std::size_t i = 0; i < nearest.size(); ++i)
    if (weights[i] != 0) made.terms.push_back({rows[nearest[i]], weights[i]});
  return made;
}

}  // namespace

std::span<const float> DistributionCache::row(std::size_t row) {
  if (const auto found = where_.find(row); found != where_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().values;
  }
  auto values = read_(row);
  ++reads_;
  const auto size_of = [](const Entry& entry) { return entry.values.size() * sizeof(float); };
  const std::size_t needed = values.size() * sizeof(float);
  while (!entries_.empty() && bytes_ + needed > most_bytes_) {
    bytes_ -= size_of(entries_.back());
    where_.erase(entries_.back().row);
    entries_.pop_back();
  }
  entries_.push_front({row, std::move(values)});
  where_[row] = entries_.begin();
  bytes_ += needed;
  return entries_.front().values;
}

const std::vector<std::string>& interpolation_method_names() {
  static const std::vector<std::string> names{"linear", "log_linear", "spline"};
  return names;
}

const char* to_string(InterpolationMethod method) {
  return interpolation_method_names()[static_cast<std::size_t>(method)].c_str();
}

InterpolationMethod interpolation_method(const std::string& name) {
  const auto& names = interpolation_method_names();
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) throw ConfigError(fmt::format("interpolation: there is no method '{}'", name));
  return static_cast<InterpolationMethod>(found - names.begin());
}

Interpolator::Interpolator(const Store& store, const InterpolationSettings& settings,
                           std::optional<std::vector<std::size_t>> rows)
    : Interpolator(StoreRows({&store}), settings, std::move(rows)) {}

Interpolator::Interpolator(StoreRows all, const InterpolationSettings& settings,
                           std::optional<std::vector<std::size_t>> rows)
    : all_(std::move(all)),
      settings_((check(settings), settings)),
      rows_(usable_rows(all_, std::move(rows))),
      triangulation_(triangulate(all_, rows_)),
      cache_([this](std::size_t row) { return prepared(row); }, settings.cache_bytes) {}

InterpolationTerms Interpolator::terms(const PlanePoint& point, Outside outside) const {
  auto inside = triangulation_.locate(point);
  PlanePoint used = point;
  if (!inside && outside == Outside::clip) {
    used = triangulation_.nearest_inside(point);
    inside = triangulation_.locate(used);
  }
  if (!inside) {
    const auto [min, max] = triangulation_.bounds();
    throw DataError(fmt::format(
        "{}: the point R = {}, I = {} W/cm² lies outside the hull of the computed ones, which "
        "have R from {} to {} and I from {} to {}",
        all_.names(), format_number(point.R), format_number(point.intensity), format_number(min.R),
        format_number(max.R), format_number(min.intensity), format_number(max.intensity)));
  }
  return terms_on(triangulation_, rows_, used, *inside);
}

InterpolationTerms Interpolator::terms_towards(const PlanePoint& inside, double intensity_w_cm2) const {
  if (!triangulation_.locate(inside)) return terms(inside);  // which throws
  if (triangulation_.locate({inside.R, intensity_w_cm2})) return terms({inside.R, intensity_w_cm2});
  double within = inside.intensity, beyond = intensity_w_cm2;
  for (int halving = 0; halving < 60; ++halving) {
    const double middle = within + (beyond - within) / 2;
    (triangulation_.locate({inside.R, middle}) ? within : beyond) = middle;
  }
  return terms({inside.R, within});
}

std::optional<InterpolationTerms> Interpolator::terms_without(std::size_t point) const {
  if (triangulation_.on_hull(point))
    throw DataError(all_.name_of(rows_[point]) + " is on the hull; the others do not enclose it");
  const auto own = all_.roots(rows_[point]);
  const auto belongs = [&](std::size_t row) {
    return row == rows_[point] || std::ranges::any_of(all_.roots(row), [&](std::uint64_t root) {
             return std::ranges::binary_search(own, root);
           });
  };
  auto rows = rows_;
  std::erase_if(rows, belongs);
  if (rows.size() < 3) return {};
  const Triangulation others = triangulate(all_, rows);
  const PlanePoint& at = triangulation_.points()[point];
  const auto inside = others.locate(at);
  if (!inside) return {};
  return terms_on(others, rows, at, *inside);
}

InterpolationTerms Interpolator::terms_on(const Triangulation& triangulation,
                                          const std::vector<std::size_t>& rows, const PlanePoint& point,
                                          const Barycentric& inside) const {
  return settings_.method == InterpolationMethod::spline
             ? spline_terms(triangulation, rows, point, inside, settings_.neighbours)
             : barycentric_terms(rows, point, inside);
}

std::vector<float> Interpolator::prepared(std::size_t row) const {
  auto values = all_.pmd(row);
  if (!logarithmic()) return values;
  const double least = settings_.floor * *std::max_element(values.begin(), values.end());
  if (!(least > 0 && std::isfinite(least)))
    throw DataError(all_.name_of(row) + " has no distribution with a positive maximum");
  for (auto& value : values)
    value = static_cast<float>(std::log(std::max<double>(value, least)));
  return values;
}

std::vector<float> Interpolator::evaluate(const InterpolationTerms& terms) {
  std::vector<double> sum;
  for (const auto& term : terms.terms) {
    const auto values = cache_.row(term.row);
    sum.resize(values.size());
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += term.weight * static_cast<double>(values[i]);
  }
  std::vector<float> pmd(sum.size());
  for (std::size_t i = 0; i < sum.size(); ++i)
    pmd[i] = static_cast<float>(logarithmic() ? std::exp(sum[i]) : sum[i]);
  if (!std::all_of(pmd.begin(), pmd.end(), [](float value) { return std::isfinite(value); }))
    throw DataError(fmt::format("{}: the distribution interpolated at R = {}, I = {} W/cm² is not finite",
                                all_.names(), format_number(terms.point.R),
                                format_number(terms.point.intensity)));
  return pmd;
}

std::vector<float> Interpolator::at(double R, double intensity_w_cm2, Outside outside) {
  return evaluate(terms({R, intensity_w_cm2}, outside));
}

DerivedRow Interpolator::derived_row(const InterpolationTerms& terms, Use use) const {
  DerivedRow row;
  row.parameters = all_.run(rows_.front());
  row.parameters.R = terms.point.R;
  row.parameters.intensity_w_cm2 = terms.point.intensity;
  row.use = use;
  for (const auto& term : terms.terms)
    row.links.push_back(all_.link(term.row, term.weight));
  return row;
}

DerivedDistribution Interpolator::derived_distribution(const InterpolationTerms& terms) {
  DerivedDistribution made{evaluate(terms), {}};
  double absorbed = 0;
  for (const auto& [row, weight] : terms.terms) {
    const auto of_row = all_.diagnostics(row);
    made.diagnostics.ground_state_energy += weight * of_row.ground_state_energy;
    constexpr double least = 1e-300;
    absorbed += weight * (logarithmic() ? std::log(std::max(of_row.absorbed, least)) : of_row.absorbed);
  }
  made.diagnostics.absorbed = logarithmic() ? std::exp(absorbed) : absorbed;
  return made;
}

}  // namespace bondscope
