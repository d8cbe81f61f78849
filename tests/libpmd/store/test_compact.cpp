#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/compact.hpp"

using namespace bondscope;

namespace {

constexpr std::size_t nx = 61, ny = 41;

/// Fringes over nine decades; `tilt` breaks the mirror symmetry along ky.
std::vector<float> fringes(double tilt) {
  std::vector<float> pmd;
  for (int x = -30; x <= 30; ++x)
    for (int y = -20; y <= 20; ++y)
      pmd.push_back(static_cast<float>(0.3 * std::exp(-0.02 * (x * x + 0.5 * y * y + tilt * x * y)) *
                                       (1.001 + std::cos(0.9 * x + 0.1 * tilt * y))));
  return pmd;
}

double sum(const std::vector<float>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

}  // namespace

TEST_CASE(
    "a compact distribution has the original's sum, and every value to half a step of its fourth root") {
  for (const double tilt : {0.0, 0.3})
    for (const int levels : {40, 255}) {
      const auto pmd = fringes(tilt);
      const auto small = compact(pmd, ny, levels);
      CHECK(small.mirrored == (tilt == 0));
      const auto restored = expand(small, ny);
      REQUIRE(restored.size() == pmd.size());
      CHECK(sum(restored) == Approx(sum(pmd)).epsilon(1e-7));
      const double max = *std::ranges::max_element(pmd),
                   factor = std::pow(max, 0.25) / (levels * small.scale);
      CHECK(factor == Approx(1).epsilon(2e-3));
      for (std::size_t i = 0; i < pmd.size(); ++i)
        CHECK(std::abs(std::pow(restored[i] / max, 0.25) * factor - std::pow(pmd[i] / max, 0.25)) <
              0.5001 / levels);
    }
}

TEST_CASE("the lower half of a mirrored distribution is left out, and put back") {
  const auto pmd = fringes(0);
  const auto small = compact(pmd, ny, 255);
  for (std::size_t i = 0; i < small.differences.size(); ++i)
    if (i % ny < ny / 2) CHECK(small.differences[i] == 0);
  const auto restored = expand(small, ny);
  for (std::size_t i = 0; i < restored.size(); ++i)
    CHECK(restored[i] == restored[i - i % ny + ny - 1 - i % ny]);
  // One bit makes the difference.
  auto broken = pmd;
  broken[0] = std::nextafter(broken[0], 1.0f);
  CHECK_FALSE(compact(broken, ny, 255).mirrored);
}

TEST_CASE("what is compact stays as it is when it is compacted again") {
  const auto once = expand(compact(fringes(0.3), ny, 200), ny);
  const auto twice = compact(once, ny, 200);
  CHECK(twice.differences == compact(fringes(0.3), ny, 200).differences);
}

TEST_CASE("zero everywhere, and what is no distribution") {
  const std::vector<float> zero(6, 0.f);
  const auto small = compact(zero, 3, 255);
  CHECK(small.scale == 0);
  CHECK(expand(small, 3) == zero);
  CHECK_THROWS_AS(compact(zero, 4, 255), DataError);
  CHECK_THROWS_AS(compact(zero, 3, 256), DataError);
  CHECK_THROWS_AS(compact({}, 3, 255), DataError);
  CHECK_THROWS_AS(compact(std::vector<float>{1, -1}, 2, 255), DataError);
  CHECK_THROWS_AS(compact(std::vector<float>{1, std::numeric_limits<float>::quiet_NaN()}, 2, 255), DataError);
}
