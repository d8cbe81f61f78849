#include <numeric>

#include <catch2/catch.hpp>

#include "libpmd/import/plane_cells.hpp"
#include "tests/libpmd/import/measured_image.hpp"

using namespace bondscope;
using namespace bondscope::testing;

namespace {

constexpr MomentumPlane plane{81, 61, -2, -1.5, 0.05, 0.05};

/// The mean density in each cell.
std::vector<double> cells_of_run(const RunParameters& run) {
  constexpr int points = 8;
  std::vector<double> cells;
  for (std::size_t i = 0; i < plane.kx_points; ++i)
    for (std::size_t j = 0; j < plane.ky_points; ++j) {
      double sum = 0;
      for (int a = 0; a < points; ++a)
        for (int b = 0; b < points; ++b)
          sum += density_at(
              run, {plane.kx_first + (static_cast<double>(i) + (a + 0.5) / points - 0.5) * plane.dkx,
                    plane.ky_first + (static_cast<double>(j) + (b + 0.5) / points - 0.5) * plane.dky});
      cells.push_back(sum);
    }
  return cells;
}

}  // namespace

TEST_CASE("small and large pixels, turned and shifted, give the distribution again") {
  const RunParameters run{.R = 3, .intensity_w_cm2 = 3e14, .cep = 0.7, .angle = 0.5};
  const auto truth = cells_of_run(run);
  for (const auto& [scale, angle, tolerance] :
       {std::tuple{0.009, 0.0, 0.003}, std::tuple{0.009, 213.0, 0.003}, std::tuple{0.03, 90.0, 0.03},
        std::tuple{0.03, 25.0, 0.03}}) {
    CAPTURE(scale, angle);
    const auto side = static_cast<std::size_t>(5.4 / scale);
    const double middle = static_cast<double>(side) / 2;
    const auto g = geometry({middle + 3.3, middle - 5.6}, scale, angle);
    const auto cells = cells_of(raster_of(image_of(run, g, side, side, 1)), g, plane);
    CHECK(total_variation(cells.sums, truth) < tolerance);
    CHECK(std::accumulate(cells.measured.begin(), cells.measured.end(), 0u) == plane.size());
  }
}

TEST_CASE("electrons are neither made nor lost") {
  const RunParameters run{.intensity_w_cm2 = 1e14};
  const auto g = geometry({200, 150}, 0.02, 15);
  const auto cells = cells_of(raster_of(image_of(run, g, 300, 400, 5e4)), g, plane);
  CHECK(std::accumulate(cells.sums.begin(), cells.sums.end(), 0.0) == Approx(5e4).epsilon(0.005));
}

TEST_CASE("what was not measured is marked and does not shine into what was") {
  const auto g = geometry({200, 200}, 0.0125, 0);
  auto raster = raster_of(image_of({.intensity_w_cm2 = 1e14}, g, 400, 400, 1));
  const auto whole = cells_of(raster, g, plane);
  for (std::size_t row = 100; row < 140; ++row)
    for (std::size_t column = 180; column < 220; ++column) {
      raster.measured[row * 400 + column] = 0;
      raster.values.values[row * 400 + column] = 1e6;
    }
  const auto cells = cells_of(raster, g, plane);
  std::size_t unmeasured = 0;
  for (std::size_t i = 0; i < plane.size(); ++i) {
    if (cells.measured[i]) {
      CHECK(cells.sums[i] == Approx(whole.sums[i]).epsilon(0.4).margin(1e-6));
      continue;
    }
    ++unmeasured;
    CHECK(cells.sums[i] == 0);
  }
  CHECK(unmeasured ==
        99);  // 40 × 40 pixels of 0.0125 in cells of 0.05, but a corner of which less than half is dead
  // An image of ±1 a.u. on axes of ±2 and ±1.5.
  const auto small = cells_of(raster_of(image_of({}, geometry({80, 80}, 0.0125, 0), 161, 161, 1)),
                              geometry({80, 80}, 0.0125, 0), plane);
  CHECK(std::accumulate(small.measured.begin(), small.measured.end(), 0u) == 41 * 41 - 4);
  const auto [kx, ky] = reach_of(raster_of(image_of({}, g, 161, 261, 1)), geometry({60, 100}, 0.0125, 90));
  CHECK(kx == Approx(60.5 * 0.0125));
  CHECK(ky == Approx(60.5 * 0.0125));
}

TEST_CASE("events are counted in the cells that they are in") {
  const auto g = geometry({1, 2}, 0.5, 90, false);
  ImportSettings settings{.kind = MeasuredKind::events};
  std::vector<Place> momenta;
  for (const Place at : {Place{1, 2}, {1, 4}, {1.04, 3.96}, {1, 300}})
    momenta.push_back(g.momentum(at));
  CHECK(momenta[1].x == Approx(1));
  CHECK(momenta[1].y == Approx(0).margin(1e-12));
  auto cells = cells_of(momenta, settings, g, plane);
  CHECK(cells.sums[40 * 61 + 30] == 1);
  CHECK(cells.sums[60 * 61 + 30] == 2);
  CHECK(std::accumulate(cells.sums.begin(), cells.sums.end(), 0.0) == 3);
  settings.dead = {{1, 4, 0.2}};
  cells = cells_of(momenta, settings, g, plane);
  CHECK(cells.sums[60 * 61 + 30] == 0);
  CHECK(cells.measured[60 * 61 + 30] == 0);
  CHECK(cells.measured[40 * 61 + 30] == 1);
}
