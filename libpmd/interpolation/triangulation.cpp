#include "libpmd/interpolation/triangulation.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include <boost/polygon/voronoi.hpp>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

/// Twice an area of such points fits 64 bits.
constexpr double resolution = 1 << 30;
/// Weights so little below zero come from rounding: the point lies on the edge.
constexpr double rounding = 1e-9;

using Integers = boost::polygon::point_data<std::int32_t>;
using Triangle = std::array<std::size_t, 3>;

std::string name(const PlanePoint& p) {
  return fmt::format("(R = {}, I = {} W/cm²)", format_number(p.R), format_number(p.intensity));
}

Triangulation::Box bounds_of(const std::vector<PlanePoint>& points) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Triangulation::Box box{{infinity, infinity}, {-infinity, -infinity}};
  for (const auto& p : points) {
    if (!std::isfinite(p.R) || !std::isfinite(p.intensity))
      throw DataError(fmt::format("a point to triangulate is not finite: {}", name(p)));
    box.min = {std::min(box.min.R, p.R), std::min(box.min.intensity, p.intensity)};
    box.max = {std::max(box.max.R, p.R), std::max(box.max.intensity, p.intensity)};
  }
  return box;
}

double to_unit(double value, double min, double max) {
  return max > min ? (value - min) / (max - min) : 0;
}

std::vector<Integers> rounded(const std::vector<PlanePoint>& points, const Triangulation::Box& box) {
  const auto round = [](double unit) { return static_cast<std::int32_t>(std::lround(unit * resolution)); };
  std::vector<Integers> integers;
  for (const auto& p : points)
    integers.emplace_back(round(to_unit(p.R, box.min.R, box.max.R)),
                          round(to_unit(p.intensity, box.min.intensity, box.max.intensity)));
  return integers;
}

/// Exact; > 0 if a, b, c turn left.
std::int64_t doubled_area(const Integers& a, const Integers& b, const Integers& c) {
  const auto difference = [](std::int32_t to, std::int32_t from) { return std::int64_t{to} - from; };
  return difference(b.x(), a.x()) * difference(c.y(), a.y()) -
         difference(b.y(), a.y()) * difference(c.x(), a.x());
}

/// Sites around a vertex of the Voronoi diagram, which lie on one circle.
void add_fan(const std::vector<std::size_t>& sites, const std::vector<Integers>& at,
             std::vector<Triangle>& triangles) {
  // From the smallest index, so that the result does not depend on where the diagram begins to count.
  const auto begin = static_cast<std::size_t>(std::min_element(sites.begin(), sites.end()) - sites.begin());
  const auto site = [&](std::size_t i) { return sites[(begin + i) % sites.size()]; };
  for (std::size_t i = 1; i + 1 < sites.size(); ++i) {
    Triangle t{site(0), site(i), site(i + 1)};
    const auto area = doubled_area(at[t[0]], at[t[1]], at[t[2]]);
    if (area < 0) std::swap(t[1], t[2]);
    if (area != 0) triangles.push_back(t);
  }
}

std::vector<Triangle> dual_of_voronoi(const std::vector<Integers>& at) {
  boost::polygon::voronoi_diagram<double> diagram;
  boost::polygon::construct_voronoi(at.begin(), at.end(), &diagram);
  std::vector<Triangle> triangles;
  for (const auto& vertex : diagram.vertices()) {
    std::vector<std::size_t> sites;
    const auto* edge = vertex.incident_edge();
    do {
      sites.push_back(edge->cell()->source_index());
      edge = edge->rot_next();
    } while (edge != vertex.incident_edge());
    add_fan(sites, at, triangles);
  }
  std::sort(triangles.begin(), triangles.end());
  return triangles;
}

/// Follows the edges that belong to one triangle only. Empty if they do not form one ring.
std::vector<std::size_t> border_of(const std::vector<Triangle>& triangles) {
  std::map<std::pair<std::size_t, std::size_t>, int> edges;
  for (const auto& t : triangles)
    for (std::size_t i = 0; i < 3; ++i)
      ++edges[{t[i], t[(i + 1) % 3]}];
  std::map<std::size_t, std::size_t> next;
  std::size_t border_edges = 0;
  for (const auto& [edge, count] : edges) {
    if (count > 1) return {};
    if (edges.count({edge.second, edge.first})) continue;
    next[edge.first] = edge.second;
    ++border_edges;
  }
  std::vector<std::size_t> ring;
  for (std::size_t at = next.begin()->first; ring.size() < border_edges; at = next.at(at)) {
    ring.push_back(at);
    if (!next.count(at)) return {};
  }
  if (next.size() != border_edges || next.at(ring.back()) != ring.front()) return {};
  return ring;
}

/// Whether triangles and border satisfy Euler's formula and tile a convex region that holds every point.
bool tiles(const std::vector<Triangle>& triangles, const std::vector<std::size_t>& hull,
           const std::vector<Integers>& at) {
  if (hull.size() < 3 || triangles.size() + hull.size() + 2 != 2 * at.size()) return false;
  std::int64_t inner = 0, outer = 0;
  for (const auto& t : triangles)
    inner += doubled_area(at[t[0]], at[t[1]], at[t[2]]);
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const auto& from = at[hull[i]];
    const auto& to = at[hull[(i + 1) % hull.size()]];
    outer += doubled_area(at[hull.front()], from, to);
    for (const auto& p : at)
      if (doubled_area(from, to, p) < 0) return false;
  }
  return inner == outer;
}

}  // namespace

Triangulation::Triangulation(std::vector<PlanePoint> points)
    : points_(std::move(points)), bounds_(bounds_of(points_)), on_hull_(points_.size()) {
  if (points_.size() < 3)
    throw DataError(fmt::format("a triangulation needs at least three points, not {}", points_.size()));
  const auto first = first_of_equal(points_);
  for (std::size_t i = 0; i < points_.size(); ++i)
    if (first[i] != i)
      throw DataError(
          fmt::format("points {} and {} to triangulate are the same: {}", first[i], i, name(points_[i])));
  const auto at = rounded(points_, bounds_);
  if (bounds_.max.R > bounds_.min.R && bounds_.max.intensity > bounds_.min.intensity)
    triangles_ = dual_of_voronoi(at);
  if (triangles_.empty())
    throw DataError(fmt::format("the {} points to triangulate lie on one line, from {} to {}", points_.size(),
                                name(bounds_.min), name(bounds_.max)));
  hull_ = border_of(triangles_);
  if (!tiles(triangles_, hull_, at))
    throw DataError("the points could not be triangulated: some lie too nearly on one line");
  for (const auto i : hull_)
    on_hull_[i] = true;
  for (const auto& p : points_)
    scaled_.push_back(scaled(p));
}

PlanePoint Triangulation::scaled(const PlanePoint& p) const {
  return {to_unit(p.R, bounds_.min.R, bounds_.max.R),
          to_unit(p.intensity, bounds_.min.intensity, bounds_.max.intensity)};
}

std::optional<Barycentric> Triangulation::locate(const PlanePoint& point) const {
  const PlanePoint p = scaled(point);
  Barycentric best;
  double best_least = -rounding;
  bool found = false;
  for (const auto& t : triangles_) {
    const auto &a = scaled_[t[0]], &b = scaled_[t[1]], &c = scaled_[t[2]];
    const auto cross = [](const PlanePoint& o, const PlanePoint& u, const PlanePoint& v) {
      return (u.R - o.R) * (v.intensity - o.intensity) - (u.intensity - o.intensity) * (v.R - o.R);
    };
    const double area = cross(a, b, c);
    if (!(area > 0)) continue;
    const double wb = cross(a, p, c) / area, wc = cross(a, b, p) / area, wa = 1 - wb - wc;
    const double least = std::min({wa, wb, wc});
    if (!(least >= best_least)) continue;
    best = {t, {wa, wb, wc}};
    best_least = least;
    found = true;
    if (least > rounding) break;
  }
  if (!found) return {};
  double sum = 0;
  for (auto& weight : best.weights)
    sum += weight = std::max(weight, 0.0);
  for (auto& weight : best.weights)
    weight /= sum;
  return best;
}

PlanePoint Triangulation::nearest_inside(const PlanePoint& point) const {
  if (!std::isfinite(point.R) || !std::isfinite(point.intensity))
    throw DataError(fmt::format("the point {} is not finite", name(point)));
  if (locate(point)) return point;
  const PlanePoint p = scaled(point);
  double best = std::numeric_limits<double>::infinity();
  PlanePoint nearest;
  for (std::size_t i = 0; i < hull_.size(); ++i) {
    const std::size_t from = hull_[i], to = hull_[(i + 1) % hull_.size()];
    const auto &a = scaled_[from], &b = scaled_[to];
    const double dx = b.R - a.R, dy = b.intensity - a.intensity;
    const double along =
        std::clamp(((p.R - a.R) * dx + (p.intensity - a.intensity) * dy) / (dx * dx + dy * dy), 0.0, 1.0);
    const double distance = std::hypot(a.R + along * dx - p.R, a.intensity + along * dy - p.intensity);
    if (!(distance < best)) continue;
    best = distance;
    const auto between = [&](double u, double v) { return u + along * (v - u); };
    nearest = {between(points_[from].R, points_[to].R),
               between(points_[from].intensity, points_[to].intensity)};
  }
  return nearest;
}

std::vector<std::size_t> first_of_equal(const std::vector<PlanePoint>& points) {
  const auto at = rounded(points, bounds_of(points));
  std::map<std::pair<std::int32_t, std::int32_t>, std::size_t> seen;
  std::vector<std::size_t> first;
  for (std::size_t i = 0; i < points.size(); ++i)
    first.push_back(seen.try_emplace({at[i].x(), at[i].y()}, i).first->second);
  return first;
}

}  // namespace bondscope
