#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"

using namespace bondscope;

namespace {

/// 4 × 5, W > -5 in the 2 × 3 samples [1, 3) × [1, 4) but for one corner.
std::vector<float> reference() {
  std::vector<float> pmd(20, 1e-9F);
  for (const int x : {1, 2})
    for (const int y : {1, 2, 3})
      pmd[5 * x + y] = 1e-2F;
  pmd[5 * 1 + 2] = 1;
  pmd[5 * 2 + 3] = 1e-6F;
  return pmd;
}

}  // namespace

TEST_CASE("grey levels: equal distributions differ by nothing, whatever their scale") {
  const auto pmd = reference();
  auto scaled = pmd;
  for (auto& value : scaled)
    value *= 8;
  const auto same = grey_difference(pmd, pmd, 5), rescaled = grey_difference(pmd, scaled, 5);
  CHECK(same.mean == 0);
  CHECK(same.largest == 0);
  CHECK(rescaled.largest < 1e-4);
}

TEST_CASE("grey levels: one decade at one of six samples") {
  const auto pmd = reference();
  auto other = pmd;
  other[5 * 2 + 2] = 1e-3F;
  other[0] = 1e-2F;  // outside the rectangle, where nothing counts
  const auto d = grey_difference(pmd, other, 5);
  CHECK(d.largest == Approx(51).epsilon(1e-5));
  CHECK(d.mean == Approx(51.0 / 6).epsilon(1e-5));
  CHECK(d.rms == Approx(51 / std::sqrt(6.0)).epsilon(1e-5));
  CHECK(grey_difference(pmd, other, 5, -2.5).largest == Approx(51).epsilon(1e-5));  // cut off half-way down
}

TEST_CASE("grey levels: below the floor all is one") {
  const auto pmd = reference();
  auto other = pmd;
  other[5 * 2 + 3] = 0;
  CHECK(grey_difference(pmd, other, 5).largest == 0);
  other[5 * 2 + 3] = 1;
  CHECK(grey_difference(pmd, other, 5).largest == Approx(255).epsilon(1e-5));
}

TEST_CASE("grey levels of what is no pair of distributions") {
  const auto pmd = reference();
  auto bad = pmd;
  CHECK_THROWS_AS(grey_difference(pmd, std::vector<float>(19, 1), 5), DataError);
  CHECK_THROWS_AS(grey_difference(pmd, pmd, 0), DataError);
  CHECK_THROWS_AS(grey_difference(pmd, pmd, 3), DataError);
  CHECK_THROWS_AS(grey_difference(pmd, std::vector<float>(20, 0), 5), DataError);
  CHECK_THROWS_AS(grey_difference(pmd, pmd, 5, 0), ConfigError);
  bad[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(grey_difference(pmd, bad, 5), DataError);
  CHECK_THROWS_AS(grey_difference(bad, pmd, 5), DataError);
}
