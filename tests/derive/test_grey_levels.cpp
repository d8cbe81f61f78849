#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/derive/grey_levels.hpp"

using namespace tdse;

TEST_CASE("Differences in grey levels") {
  // The reference has W > -5 in rows 0 and 1, columns 1 and 2.
  const std::vector<float> reference{1e-9f, 1, 0.1f, 0, 0, 0.01f, 0.1f, 0, 0, 1e-6f, 0, 0};
  const double level = 255.0 / 5;  // of one decade
  SECTION("none") {
    const auto same = grey_difference(reference, reference, 3, 4);
    CHECK(same.mean == 0);
    CHECK(same.largest == 0);
    auto scaled = reference;
    for (auto& value : scaled)
      value *= 4;
    CHECK(grey_difference(scaled, reference, 3, 4).largest == Approx(0).margin(1e-4));
  }
  SECTION("one decade at one sample of four") {
    auto other = reference;
    other[5] = 0.001f;
    const auto d = grey_difference(other, reference, 3, 4);
    CHECK(d.mean == Approx(level / 4).epsilon(1e-5));
    CHECK(d.rms == Approx(level / 2).epsilon(1e-5));
    CHECK(d.largest == Approx(level).epsilon(1e-5));
    CHECK(grey_difference(other, reference, 3, 4, -10).mean < d.mean / 2);
  }
  SECTION("outside the rectangle and below the floor nothing counts") {
    auto other = reference;
    other[9] = 0.5f;
    CHECK(grey_difference(other, reference, 3, 4).mean == 0);
    other[5] = 1e-30f;
    CHECK(grey_difference(other, reference, 3, 4).largest == Approx(3 * level).epsilon(1e-5));
  }
  SECTION("refused") {
    CHECK_THROWS_AS(grey_difference(reference, reference, 3, 3), DataError);
    CHECK_THROWS_AS(grey_difference(std::vector<float>(6, 1), reference, 3, 4), DataError);
    CHECK_THROWS_AS(grey_difference(std::vector<float>(12, 0), reference, 3, 4), DataError);
    CHECK_THROWS_AS(grey_difference(reference, reference, 3, 4, 1), ConfigError);
  }
}
