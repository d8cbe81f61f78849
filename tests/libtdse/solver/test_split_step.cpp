#include <random>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/split_step.hpp"
#include "libtdse/solver/stage_change.hpp"
#include "tests/libtdse/solver/field_of.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

Field random_field(const Grid& grid) {
  std::mt19937 generator(7);
  std::normal_distribution<double> normal;
  Field field(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      field.set(i, j, {normal(generator), normal(generator)});
  return field;
}

double largest_difference(const Grid& grid, const Field& a, const Field& b) {
  double largest = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      largest = std::max(largest, std::abs(a.at(i, j) - b.at(i, j)));
  return largest;
}

}  // namespace

TEST_CASE("grids grow to transformable sizes and refuse impossible ones") {
  const Grid grid = Grid::covering(80, 79, 0.5, false);
  CHECK(grid.nx == 320);
  CHECK(grid.ny == 320);
  CHECK(grid.x(160) == 0.25);
  CHECK(grid.x(159) == -0.25);
  const Grid even = Grid::covering(180, 180, 0.5, true);
  CHECK(even.nx == 720);
  CHECK(even.ny == 360);
  CHECK(even.cell() == 0.5);
  CHECK_THROWS_AS(Grid::covering(5000, 10, 0.5, false), ConfigError);
  CHECK_THROWS_AS(Grid::covering(1e9, 10, 0.5, false), ConfigError);
  CHECK(fourier_momentum(1, 320, 0.5) == Approx(2 * units::pi / 160));
  CHECK(fourier_momentum(319, 320, 0.5) == Approx(-2 * units::pi / 160));
}

TEST_CASE("columns of an even grid are every positive y once") {
  for (const int ny : {16, 40, 72}) {
    const Grid grid{16, ny, 0.5, true};
    std::vector<bool> seen(static_cast<std::size_t>(ny), false);
    for (int j = 0; j < ny; ++j) {
      CHECK(grid.column(grid.natural(j)) == j);
      CHECK(grid.y(j) == Approx(0.5 * (grid.natural(j) + 0.5)));
      seen[static_cast<std::size_t>(grid.natural(j))] = true;
    }
    CHECK(std::find(seen.begin(), seen.end(), false) == seen.end());
  }
}

TEST_CASE("a step in real time is unitary, field and roll-off included") {
  const bool even = GENERATE(false, true);
  const Grid grid{64, 48, 0.5, even};
  auto step = SplitStep::real_time(grid, Potential({}, {}), {}, true);
  Field field = random_field(grid);
  const double before = squared_norm(grid, field, {});
  for (int n = 0; n < 100; ++n)
    step.advance(field, 0.3 * std::sin(n));
  CHECK(squared_norm(grid, field, {}) == Approx(before).epsilon(1e-12));
}

TEST_CASE("half the grid does what the whole one does with an even field") {
  const Grid whole{96, 80, 0.5, false}, half{96, 40, 0.5, true};
  const auto even = [](double x, double y) {
    return std::exp(-0.02 * (x - 3) * (x - 3) - 0.03 * (std::abs(y) - 5) * (std::abs(y) - 5)) *
           phase(0.7 * x);
  };
  const Potential potential({.R = 3}, {});
  auto on_whole = SplitStep::real_time(whole, potential, {}, true);
  auto on_half = SplitStep::real_time(half, potential, {}, true);
  Field a = field_of(whole, even), b = field_of(half, even);
  for (int n = 0; n < 50; ++n) {
    on_whole.advance(a, 0.2);
    on_half.advance(b, 0.2);
  }
  double difference = 0;
  for (int i = 0; i < half.nx; ++i)
    for (int n = 0; n < half.ny; ++n)
      difference = std::max(difference, std::abs(a.at(i, half.ny + n) - b.at(i, half.column(n))));
  CHECK(difference < 1e-13);
}

TEST_CASE("the drift moves a packet by ∫A dt and k t") {
  const Grid grid{256, 128, 0.5};
  // A flat potential: only the drift acts.
  auto step = SplitStep::real_time(grid, Potential({.R = 0}, {.softening = 1e4}), {}, false);
  const double k = 1.5;
  Field field = field_of(
      grid, [&](double x, double y) { return std::exp(-((x + 30) * (x + 30) + y * y) / 40) * phase(k * x); });
  const int steps = 50;
  for (int n = 0; n < steps; ++n)
    step.advance(field, 0.4);
  double mean_x = 0, total = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      mean_x += grid.x(i) * std::norm(field.at(i, j));
      total += std::norm(field.at(i, j));
    }
  CHECK(mean_x / total == Approx(-30 + k * steps * 0.2 + steps * 0.4).margin(0.01));
}

TEST_CASE("turned round, time runs backwards") {
  const Grid grid{64, 48, 0.5};
  auto step = SplitStep::real_time(grid, Potential({.R = 1}, {}), {}, true);
  const Field start = random_field(grid);
  Field field = start;
  for (int n = 0; n < 20; ++n)
    step.advance(field);
  CHECK(largest_difference(grid, field, start) > 0.1);
  step.reverse(field);
  for (int n = 0; n < 20; ++n)
    step.advance(field);
  step.reverse(field);
  CHECK(largest_difference(grid, field, start) < 1e-11);
}

TEST_CASE("a field embedded in a larger box and cut out again is the same") {
  const bool even = GENERATE(false, true);
  const Grid small{48, 32, 0.5, even}, large{96, 80, 0.5, even};
  const Field field = random_field(small);
  const Field wide = embedded(small, field, large);
  CHECK(squared_norm(large, wide, {}) == Approx(squared_norm(small, field, {})));
  CHECK(largest_difference(small, embedded(large, wide, small), field) == 0);
  CHECK(wide.at(large.nx / 2, large.column(even ? 0 : large.ny / 2)) ==
        field.at(small.nx / 2, small.column(even ? 0 : small.ny / 2)));
  CHECK_THROWS_AS(embedded(small, field, Grid{96, 80, 0.4, even}), NumericsError);
}

TEST_CASE(
    "a smooth field resampled to a coarser grid or a finer one is the same function, boxes need not agree") {
  const bool even = GENERATE(false, true);
  const Grid fine{192, even ? 80 : 160, 0.5, even};
  const Grid coarse = Grid::covering(44, 36, 0.8, even);
  const auto smooth = [](double x, double y) {
    return std::exp(-0.03 * (x - 2) * (x - 2) - 0.04 * y * y) * phase(0.8 * x) * std::cos(0.5 * y);
  };
  const Field result = resampled(fine, field_of(fine, smooth), coarse);
  CHECK(largest_difference(coarse, result, field_of(coarse, smooth)) < 1e-9);
  CHECK(largest_difference(fine, resampled(coarse, result, fine), field_of(fine, smooth)) < 1e-9);
  Grid other = fine;
  other.even = !even;
  CHECK_THROWS_AS(resampled(coarse, result, other), NumericsError);
}
