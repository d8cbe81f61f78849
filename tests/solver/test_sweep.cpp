#include <random>

#include <catch2/catch.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/model/units.hpp"
#include "libtdse/solver/split_step.hpp"

using namespace tdse;

namespace {

Field random_field(const Grid& grid) {
  std::mt19937 generator(7);
  std::normal_distribution<double> normal;
  Field field(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      field.row(i)[j] = {normal(generator), normal(generator)};
  return field;
}

double norm(const Grid& grid, const Field& field) {
  double sum = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j)
      sum += std::norm(field.row(i)[j]);
  return sum;
}

}  // namespace

TEST_CASE("line transforms are the discrete Fourier sums") {
  const LineTransform transform(48);
  AlignedArray in(48), out(48), original(48);
  for (std::size_t i = 0; i < 48; ++i)
    original[i] = in[i] = {std::sin(0.3 * static_cast<double>(i * i)), 0.1 * static_cast<double>(i)};
  transform.forward(in.data(), out.data());
  for (const int m : {0, 1, 17, 47}) {
    Complex sum = 0;
    for (int i = 0; i < 48; ++i)
      sum += original[static_cast<std::size_t>(i)] * phase(-2 * units::pi * m * i / 48);
    CHECK(std::abs(out[static_cast<std::size_t>(m)] - sum) < 1e-11);
  }
}

TEST_CASE("a field goes to mixed space and back, on padded and unpadded rows") {
  for (const Grid grid : {Grid{64, 48, 0.5}, Grid{48, 128, 0.5}}) {
    const Field original = random_field(grid);
    Field field = random_field(grid);
    Sweeper sweeper(grid);
    sweeper.to_mixed(field);
    CHECK(norm(grid, field) == Approx(grid.ny * norm(grid, original)));
    sweeper.to_position(field);
    double difference = 0;
    for (int i = 0; i < grid.nx; ++i)
      for (int j = 0; j < grid.ny; ++j)
        difference = std::max(difference, std::abs(field.row(i)[j] - original.row(i)[j]));
    CHECK(difference < 1e-13);
  }
}

TEST_CASE("a step in real time is unitary, field and roll-off included") {
  const Grid grid{64, 48, 0.5};
  auto step = SplitStep::real_time(grid, Potential({}, {}), {}, true);
  Field field = random_field(grid);
  const double before = norm(grid, field);
  for (int n = 0; n < 100; ++n)
    step.advance(field, 0.3 * std::sin(n));
  CHECK(norm(grid, field) == Approx(before).epsilon(1e-12));
}

TEST_CASE("the drift moves a packet by ∫A dt and k t") {
  const Grid grid{256, 128, 0.5};
  // Far from the molecule the potential is nearly flat; what it does to the packet in this short time is
  // small.
  auto step = SplitStep::real_time(grid, Potential({.R = 0}, {.softening = 1e4}), {}, false);
  Field field(grid);
  const double k = 1.5;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const double x = grid.x(i) + 30, y = grid.y(j);
      field.row(i)[j] = std::exp(-(x * x + y * y) / 40) * phase(k * x);
    }
  step.sweeper().to_mixed(field);
  const int steps = 50;
  for (int n = 0; n < steps; ++n)
    step.advance(field, 0.4);
  step.sweeper().to_position(field);
  double mean_x = 0, total = 0;
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      mean_x += grid.x(i) * std::norm(field.row(i)[j]);
      total += std::norm(field.row(i)[j]);
    }
  CHECK(mean_x / total == Approx(-30 + k * steps * 0.2 + steps * 0.4).margin(0.01));
}

TEST_CASE("grids grow to fast sizes and refuse impossible ones") {
  const Grid grid = Grid::covering(80, 79, 0.5);
  CHECK(grid.nx == 320);
  CHECK(grid.ny == 320);
  CHECK(grid.x(160) == 0);
  CHECK(fast_size(641) == 768);
  CHECK_THROWS_AS(fast_size(5000), ConfigError);
  CHECK(grid.momentum(1, 320) == Approx(2 * units::pi / 160));
  CHECK(grid.momentum(319, 320) == Approx(-2 * units::pi / 160));
}
