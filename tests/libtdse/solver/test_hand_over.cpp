#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/solver/hand_over.hpp"
#include "tests/libtdse/solver/field_of.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

const MaskRange mask{8, 28};

/// A packet of momentum k.
Complex packet(double x, double y, double x0, double y0, double kx, double ky) {
  const double dx = x - x0, dy = y - y0;
  return std::exp(-(dx * dx + dy * dy) / 30) * phase(kx * dx + ky * dy);
}

struct Grids {
  Grid inner, outer;
};

Grids grids(bool even, double spacing = 1) {
  return {Grid::covering(30, 30, 0.5, even), Grid::covering(60, 60, spacing, even)};
}

template <class Real>
double norm(const Grid& grid, const BasicField<Real>& field) {
  return squared_norm(grid, field, {});
}

}  // namespace

TEST_CASE("a mask falls smoothly from one to zero") {
  CHECK(mask.kept(0) == 1);
  CHECK(mask.kept(8) == 1);
  CHECK(mask.kept(18) == Approx(0.5));
  CHECK(mask.kept(28) == 0);
  CHECK(mask.kept(100) == 0);
  for (double r = 7; r < 29; r += 0.1)
    CHECK(mask.kept(r) >= mask.kept(r + 0.1));
}

TEST_CASE("what the inner grid gives is what the outer one gets") {
  const bool even = GENERATE(false, true);
  const auto [inner, outer] = grids(even, GENERATE(1.0, 0.9, 0.77));
  const auto wave = [even = even](double x, double y) {
    return packet(x, y, 17, even ? 0 : 6, 1.5, even ? 0 : -0.7) + packet(x, y, -10, even ? 0 : 15, -0.4, 0);
  };
  Field psi = field_of(inner, wave);
  BasicField<float> far(outer);
  HandOver hand_over(inner, outer, mask, {});
  hand_over(psi, far);
  double largest = 0;
  for (int i = 0; i < inner.nx; ++i)
    for (int j = 0; j < inner.ny; ++j) {
      const double x = inner.x(i), y = inner.y(j);
      largest = std::max(largest, std::abs(psi.at(i, j) - mask.kept(std::hypot(x, y)) * wave(x, y)));
    }
  CHECK(largest < 1e-14);
  largest = 0;
  for (int i = 0; i < outer.nx; ++i)
    for (int j = 0; j < outer.ny; ++j) {
      const double x = outer.x(i), y = outer.y(j), r = std::hypot(x, y);
      // Only what is in the inner box can be given.
      const bool inside = std::abs(x) < inner.half_width_x() && std::abs(y) < inner.half_width_y();
      const Complex expected = inside ? (1 - mask.kept(r)) * wave(x, y) : 0;
      const auto at_edge = [](double position, double edge) {
        return std::abs(std::abs(position) - edge) < 8;
      };
      if (!at_edge(x, inner.half_width_x()) && !at_edge(y, inner.half_width_y()))
        largest = std::max(largest, std::abs(far.at(i, j) - expected));
    }
  CHECK(largest < 1e-5);
}

TEST_CASE("a hand-over is linear, and adds to what is there") {
  const auto [inner, outer] = grids(false);
  HandOver hand_over(inner, outer, mask, {});
  const auto one = [](double x, double y) { return packet(x, y, 20, 0, 1, 0.3); };
  const auto two = [](double x, double y) { return packet(x, y, 0, -21, 0.2, -1); };
  Field a = field_of(inner, one), b = field_of(inner, two);
  Field both = field_of(inner, [&](double x, double y) { return one(x, y) + Complex(0, 2) * two(x, y); });
  BasicField<float> far_a(outer), far_b(outer), far(outer);
  hand_over(a, far_a);
  hand_over(b, far_b);
  hand_over(both, far);
  double largest = 0;
  for (int i = 0; i < outer.nx; ++i)
    for (int j = 0; j < outer.ny; ++j)
      largest = std::max(largest, std::abs(far.at(i, j) - far_a.at(i, j) - Complex(0, 2) * far_b.at(i, j)));
  CHECK(largest < 1e-6);
  // What has been given is gone: the same field gives less the second time, and nothing of its inside.
  const double before = norm(inner, both);
  BasicField<float> again(outer);
  hand_over(both, again);
  CHECK(norm(inner, both) < before);
  CHECK(norm(outer, again) < norm(outer, far));
}

TEST_CASE("a packet beyond the mask changes grids with its norm, one inside stays") {
  const auto [inner, outer] = grids(false);
  HandOver hand_over(inner, outer, {4, 9}, {});
  Field leaving = field_of(
      inner, [](double x, double y) { return std::exp(-std::pow(x - 20, 2) / 4 - y * y / 4) * phase(x); });
  const double before = norm(inner, leaving);
  BasicField<float> far(outer);
  hand_over(leaving, far);
  CHECK(norm(inner, leaving) < 1e-8 * before);
  CHECK(norm(outer, far) == Approx(before).epsilon(1e-5));
  Field staying = field_of(inner, [](double x, double y) { return std::exp(-4 * (x * x + y * y)); });
  const Field copy = staying;
  BasicField<float> nothing(outer);
  hand_over(staying, nothing);
  add(staying, -1, copy);
  CHECK(norm(inner, staying) < 1e-30);
  CHECK(norm(outer, nothing) < 1e-30);
}

TEST_CASE("grids of different symmetry cannot hand over") {
  CHECK_THROWS_AS(HandOver(grids(true).inner, grids(false).outer, mask, {}), NumericsError);
}
