#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <random>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/interpolation/triangulation.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

double uniform(std::mt19937_64& generator, double min, double max) {
  return min + (max - min) * static_cast<double>(generator() >> 11) * 0x1p-53;
}

std::vector<PlanePoint> random(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  std::vector<PlanePoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    const double R = uniform(generator, 1, 8);
    points.push_back({R, uniform(generator, 1e14, 4e14)});
  }
  return points;
}

struct Plain {
  long double x, y;
};

std::vector<Plain> to_unit_square(const Triangulation& t) {
  const auto [min, max] = t.bounds();
  std::vector<Plain> points;
  for (const auto& p : t.points())
    points.push_back(
        {(static_cast<long double>(p.R) - min.R) / (max.R - min.R),
         (static_cast<long double>(p.intensity) - min.intensity) / (max.intensity - min.intensity)});
  return points;
}

long double area(const Plain& a, const Plain& b, const Plain& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/// > 0 inside the circle of a counterclockwise triangle.
long double in_circle(const Plain& a, const Plain& b, const Plain& c, const Plain& d) {
  const auto row = [&](const Plain& p) {
    const long double x = p.x - d.x, y = p.y - d.y;
    return std::array<long double, 3>{x, y, x * x + y * y};
  };
  const auto u = row(a), v = row(b), w = row(c);
  return u[0] * (v[1] * w[2] - v[2] * w[1]) - u[1] * (v[0] * w[2] - v[2] * w[0]) +
         u[2] * (v[0] * w[1] - v[1] * w[0]);
}

/// The definition: the triangles tile the hull of all points, and no circle around one holds a point.
void check_delaunay(const std::vector<PlanePoint>& points) {
  const Triangulation t(points);
  const auto p = to_unit_square(t);
  constexpr long double rounding = 1e-8L;  // predicates are exact on points rounded to 2⁻³⁰
  long double inner = 0, outer = 0;
  std::set<std::size_t> corners;
  for (const auto& [a, b, c] : t.triangles()) {
    corners.insert({a, b, c});
    REQUIRE(area(p[a], p[b], p[c]) > 0);
    inner += area(p[a], p[b], p[c]);
    for (std::size_t i = 0; i < p.size(); ++i)
      if (i != a && i != b && i != c) REQUIRE(in_circle(p[a], p[b], p[c], p[i]) < rounding);
  }
  CHECK(corners.size() == points.size());
  const auto& hull = t.hull();
  for (std::size_t i = 0; i < hull.size(); ++i) {
    const auto &from = p[hull[i]], &to = p[hull[(i + 1) % hull.size()]];
    outer += area(p[hull[0]], from, to);
    for (const auto& point : p)
      REQUIRE(area(from, to, point) > -rounding);
  }
  CHECK(static_cast<double>(inner) == Approx(static_cast<double>(outer)).epsilon(1e-8));
  CHECK(t.triangles().size() + hull.size() + 2 == 2 * points.size());
  CHECK(std::set(hull.begin(), hull.end()).size() == hull.size());
  CHECK(std::count_if(points.begin(), points.end(), [&, i = std::size_t{0}](const auto&) mutable {
          return t.on_hull(i++);
        }) == static_cast<std::ptrdiff_t>(hull.size()));
}

}  // namespace

TEST_CASE("No circle around a triangle holds another point: random points") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    check_delaunay(random(3 + 2 * seed, seed));
  check_delaunay(random(400, 99));
}

TEST_CASE("No circle around a triangle holds another point: cocircular points") {
  SECTION("grids, whose cells are rectangles") {
    for (const int columns : {2, 3, 7, 11})
      for (const int rows : {2, 5, 9}) {
        std::vector<PlanePoint> points;
        for (int i = 0; i < columns; ++i)
          for (int j = 0; j < rows; ++j)
            points.push_back({1 + 0.7 * i, 1e14 * (1 + 0.3 * j)});
        check_delaunay(points);
      }
  }
  SECTION("circles, with and without their centre") {
    for (const int count : {4, 6, 12, 50}) {
      std::vector<PlanePoint> points;
      for (int i = 0; i < count; ++i) {
        const double angle = 2 * std::numbers::pi * i / count;
        points.push_back({2 + std::cos(angle), 1e14 * (2 + std::sin(angle))});
      }
      check_delaunay(points);
      points.push_back({2, 2e14});
      check_delaunay(points);
    }
  }
}

TEST_CASE("No circle around a triangle holds another point: degenerate sets") {
  SECTION("columns of equal R, intensities at random") {
    std::mt19937_64 generator(5);
    std::vector<PlanePoint> points;
    for (int column = 0; column < 8; ++column)
      for (int i = 0; i < 9; ++i)
        points.push_back({1.0 + column, uniform(generator, 1e14, 4e14)});
    check_delaunay(points);
  }
  SECTION("all but one on a line") {
    std::vector<PlanePoint> points{{3, 2e14}};
    for (int i = 0; i < 20; ++i)
      points.push_back({1 + 0.1 * i, 1e14});
    check_delaunay(points);
  }
  SECTION("clusters") {
    auto points = random(30, 3);
    for (std::size_t i = 0; i < 20; ++i)
      points.push_back({points[i].R + 1e-6, points[i].intensity * (1 + 1e-6)});
    check_delaunay(points);
  }
  SECTION("a triangle") {
    const Triangulation t({{1, 1e14}, {2, 1e14}, {1, 2e14}});
    CHECK(t.triangles() == std::vector<std::array<std::size_t, 3>>{{0, 1, 2}});
  }
}

TEST_CASE("Sets that cannot be triangulated") {
  CHECK_THROWS_WITH(Triangulation({}), Contains("at least three"));
  CHECK_THROWS_WITH(Triangulation({{1, 1e14}, {2, 2e14}}), Contains("at least three points, not 2"));
  CHECK_THROWS_WITH(Triangulation({{1, 1e14}, {2, 2e14}, {3, 3e14}, {5, 5e14}}), Contains("on one line"));
  CHECK_THROWS_WITH(Triangulation({{2, 1e14}, {2, 2e14}, {2, 3e14}}), Contains("on one line"));
  CHECK_THROWS_WITH(Triangulation({{1, 1e14}, {2, 1e14}, {3, 1e14}}), Contains("on one line"));
  CHECK_THROWS_WITH(Triangulation({{1, 1e14}, {2, 1e14}, {1, 2e14}, {2, 1e14}}),
                    Contains("points 1 and 3") && Contains("R = 2, I = 1e+14"));
  CHECK_THROWS_WITH(Triangulation({{1, 1e14}, {2, std::nan("")}, {1, 2e14}}), Contains("not finite"));
  CHECK(first_of_equal({{1, 1e14}, {2, 2e14}, {1, 1e14}, {2 + 1e-13, 2e14}, {1, 2e14}}) ==
        std::vector<std::size_t>{0, 1, 0, 1, 4});
}

TEST_CASE("A point is located in the triangle that holds it") {
  const Triangulation t(random(60, 7));
  std::mt19937_64 generator(8);
  std::size_t inside = 0;
  for (int i = 0; i < 2000; ++i) {
    const double R = uniform(generator, 0.5, 8.5), intensity = uniform(generator, 0.9e14, 4.1e14);
    const auto located = t.locate({R, intensity});
    if (!located) continue;
    ++inside;
    double sum = 0, R_sum = 0, intensity_sum = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const double weight = located->weights[k];
      CHECK(weight >= 0);
      sum += weight;
      R_sum += weight * t.points()[located->corners[k]].R;
      intensity_sum += weight * t.points()[located->corners[k]].intensity;
    }
    CHECK(sum == Approx(1).epsilon(1e-12));
    CHECK(R_sum == Approx(R).epsilon(1e-8));
    CHECK(intensity_sum == Approx(intensity).epsilon(1e-8));
    CHECK(t.nearest_inside({R, intensity}) == PlanePoint{R, intensity});
  }
  CHECK(inside > 1000);
  CHECK(inside < 1900);
  for (std::size_t i = 0; i < t.points().size(); ++i) {
    const auto located = t.locate(t.points()[i]);
    REQUIRE(located);
    for (std::size_t k = 0; k < 3; ++k)
      CHECK(located->weights[k] == Approx(located->corners[k] == i ? 1 : 0).margin(1e-12));
  }
}

TEST_CASE("The nearest point of the hull") {
  const Triangulation square({{1, 1e14}, {3, 1e14}, {3, 3e14}, {1, 3e14}, {1.6, 1.9e14}});
  const auto clipped = [&](double R, double intensity) { return square.nearest_inside({R, intensity}); };
  CHECK(clipped(2, 0.5e14) == PlanePoint{2, 1e14});
  CHECK(clipped(5, 5e14) == PlanePoint{3, 3e14});
  CHECK(clipped(-1, 1.5e14) == PlanePoint{1, 1.5e14});
  CHECK(clipped(2.2, 2.9e14) == PlanePoint{2.2, 2.9e14});
  CHECK_THROWS_AS(clipped(std::numeric_limits<double>::infinity(), 1e14), DataError);

  const Triangulation t(random(60, 7));
  for (int i = 0; i < 200; ++i) {
    const double angle = 2 * std::numbers::pi * i / 200;
    const PlanePoint far{4.5 + 6 * std::cos(angle), 1e14 * (2.5 + 3 * std::sin(angle))};
    const auto near = t.nearest_inside(far);
    CHECK(t.locate(near));
    const auto [min, max] = t.bounds();
    const auto distance = [&](const PlanePoint& p) {
      return std::hypot((p.R - far.R) / (max.R - min.R),
                        (p.intensity - far.intensity) / (max.intensity - min.intensity));
    };
    for (const auto& p : t.points())
      CHECK(distance(near) <= distance(p) + 1e-12);
  }
}
