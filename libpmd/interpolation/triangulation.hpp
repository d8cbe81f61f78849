#pragma once

// Delaunay triangulation of irregular points in the plane of internuclear distance R and intensity I.

#include <array>
#include <cstddef>
#include <optional>
#include <vector>

namespace bondscope {

/// R in a.u., intensity in W/cm². Any two quantities would do.
struct PlanePoint {
  double R = 0, intensity = 0;  ///< a.u. and W/cm²

  /// Whether both are equal.
  bool operator==(const PlanePoint&) const = default;
};

/// A position in a triangle: Σ weights[i] · points()[corners[i]], weights >= 0 with sum 1.
struct Barycentric {
  std::array<std::size_t, 3> corners{};  ///< numbers of the points
  std::array<double, 3> weights{};       ///< barycentric; their sum is 1
};

/// "Near" and "circle" mean axes scaled to the ranges of the points, so that units do not matter. Built on
/// Boost.Polygon's Voronoi diagram, whose predicates are exact on points that are rounded to 2⁻³⁰ of the
/// ranges.
class Triangulation {
 public:
  /// Throws DataError for fewer than three points, values that are not finite, points on one line, and two
  /// points that are the same within the rounding.
  explicit Triangulation(std::vector<PlanePoint> points);

  /// As they were given.
  const std::vector<PlanePoint>& points() const { return points_; }
  /// Corners of each triangle, counterclockwise (R to the right, intensity upwards). Of four or more points
  /// on one circle any triangulation is Delaunay; which one is taken depends on the points only.
  const std::vector<std::array<std::size_t, 3>>& triangles() const { return triangles_; }
  /// The points on the border, counterclockwise, those between corners included.
  const std::vector<std::size_t>& hull() const { return hull_; }
  /// Whether the point is a corner or on an edge of the hull.
  bool on_hull(std::size_t point) const { return on_hull_[point]; }

  /// The triangle that holds `point` (border included, to rounding errors), or nothing outside the hull.
  std::optional<Barycentric> locate(const PlanePoint& point) const;
  /// The point itself if it is inside, else the nearest one on the border. Throws DataError if `point` is not
  /// finite.
  PlanePoint nearest_inside(const PlanePoint& point) const;

  /// A rectangle with sides along the axes.
  struct Box {
    PlanePoint min, max;  ///< its corners
  };
  /// The smallest rectangle that has all points.
  Box bounds() const { return bounds_; }

 private:
  PlanePoint scaled(const PlanePoint& point) const;

  std::vector<PlanePoint> points_, scaled_;
  Box bounds_;
  std::vector<std::array<std::size_t, 3>> triangles_;
  std::vector<std::size_t> hull_;
  std::vector<bool> on_hull_;
};

/// For each point the first one that is the same within the rounding, which may be itself: what can be left
/// out of a triangulation. Throws DataError for values that are not finite.
std::vector<std::size_t> first_of_equal(const std::vector<PlanePoint>& points);

}  // namespace bondscope
