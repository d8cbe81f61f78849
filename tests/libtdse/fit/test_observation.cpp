#include <numeric>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/fit/observation.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

MomentumPlane plane(std::size_t points, double first, double spacing) {
  return {points, points, first, first, spacing, spacing};
}

std::vector<float> slope(const MomentumPlane& on) {
  std::vector<float> pmd;
  for (std::size_t i = 0; i < on.kx_points; ++i)
    for (std::size_t j = 0; j < on.ky_points; ++j)
      pmd.push_back(static_cast<float>(1 + i));
  return pmd;
}

}  // namespace

TEST_CASE("cells are whole samples within both planes") {
  const auto seen = plane(50, -0.5, 0.02), computed = plane(21, -0.2, 0.02);
  const auto observation = observe(slope(seen), {}, seen, computed, {.cell = 0.04, .floor = -6});
  // Computed from -0.21 to 0.21: 21 samples, ten cells of two.
  CHECK(observation.cells.nx == 10);
  CHECK(observation.cells.kx.min == Approx(-0.21));
  CHECK(observation.cells.kx.max == Approx(0.19));
  CHECK_FALSE(observation.electrons);
  CHECK(observation.used_cells() == 100);
  // The samples 15 and 16 of the first axis, twice along the second.
  CHECK(observation.values.front() == Approx(2 * (16 + 17) * 0.02 * 0.02));
}

TEST_CASE("counts count, a density is turned into them, masked samples take their cells along") {
  const auto on = plane(40, -0.4, 0.02);
  const auto pmd = slope(on);
  RowArrays arrays;
  arrays.counts.assign(pmd.size(), 3);
  arrays.mask.assign(pmd.size(), 1);
  arrays.mask[0] = 0;
  const auto counted = observe(pmd, arrays, on, on, {.cell = 0.04});
  CHECK(counted.values.front() == 12);
  CHECK_FALSE(counted.used.front());
  CHECK(*counted.electrons == 12 * 399);
  const auto density = observe(pmd, {}, on, on, {.cell = 0.04, .electrons = 1000});
  CHECK(*density.electrons == Approx(1000));
  CHECK(std::accumulate(density.values.begin(), density.values.end(), 0.0) == Approx(1000));
}

TEST_CASE("without noise only what is bright counts") {
  const auto on = plane(40, -0.4, 0.02);
  auto pmd = slope(on);
  for (std::size_t i = 0; i < 400; ++i)
    pmd[i] = 1e-6F;
  CHECK(observe(pmd, {}, on, on, {.cell = 0.02, .floor = -4}).used_cells() == 1200);
}

TEST_CASE("what cannot be observed is refused") {
  const auto on = plane(40, -0.4, 0.02);
  const auto pmd = slope(on);
  CHECK_THROWS_AS(observe(pmd, {}, on, plane(40, 5, 0.02), {}), DataError);
  CHECK_THROWS_AS(observe(pmd, {}, on, on, {.cell = 0}), ConfigError);
  CHECK_THROWS_AS(observe(pmd, {}, on, on, {.floor = 1}), ConfigError);
  CHECK_THROWS_AS(observe(std::vector<float>(pmd.size()), {}, on, on, {}), DataError);
  CHECK_THROWS_AS(observe(std::vector<float>(3), {}, on, on, {}), DataError);
}
