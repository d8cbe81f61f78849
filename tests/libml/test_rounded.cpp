#include <algorithm>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>

#include "libml/arrays/rounded.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
using ml::Scaled;

namespace {

/// [7][5]: columns of very different sizes, one of them of zeros.
std::vector<float> numbers() {
  Random random(1, "numbers");
  std::vector<float> all;
  for (int row = 0; row < 7; ++row)
    for (const float size : {1e-3f, 1.0f, 3e4f, 0.0f, 7e-30f})
      all.push_back(size * static_cast<float>(2 * random.uniform() - 1));
  return all;
}

}  // namespace

TEST_CASE("numbers of 16 bits are next to what they were, each column or row with its own scale") {
  const auto exact = numbers();
  for (const auto scaled : {Scaled::rows, Scaled::columns}) {
    auto rounded = exact;
    ml::round_to_16_bits(rounded, 7, scaled);
    for (std::size_t i = 0; i < exact.size(); ++i) {
      float largest = 0;
      for (std::size_t k = 0; k < exact.size(); ++k)
        if (scaled == Scaled::rows ? k / 5 == i / 5 : k % 5 == i % 5)
          largest = std::max(largest, std::abs(exact[k]));
      CHECK(std::abs(rounded[i] - exact[i]) <= std::ldexp(largest, -15));
    }
    // A second time changes nothing.
    auto again = rounded;
    ml::round_to_16_bits(again, 7, scaled);
    CHECK(again == rounded);
  }
}

TEST_CASE("largest numbers just below a power of two are rounded once, too") {
  std::vector<float> edge{std::nextafter(2.0f, 0.0f), -1.0f, 0.3f};
  ml::round_to_16_bits(edge, 1, Scaled::rows);
  CHECK(edge[0] == 2.0f);
  auto again = edge;
  ml::round_to_16_bits(again, 1, Scaled::rows);
  CHECK(again == edge);
  std::vector<float> extreme{std::numeric_limits<float>::max(), std::numeric_limits<float>::denorm_min()};
  ml::round_to_16_bits(extreme, 2, Scaled::rows);
  CHECK(std::isfinite(extreme[0]));
  std::vector<float> endless{1, std::numeric_limits<float>::infinity()};
  CHECK_THROWS_AS(ml::round_to_16_bits(endless, 1, Scaled::rows), NumericsError);
}

TEST_CASE("rounded numbers are kept in half the size and come back, others as they are") {
  for (const auto scaled : {Scaled::rows, Scaled::columns}) {
    auto rounded = numbers();
    ml::round_to_16_bits(rounded, 7, scaled);
    ml::Learned learned;
    ml::add_rounded(learned, "a", {7, 5}, rounded, scaled);
    ml::add_rounded(learned, "exact", {7, 5}, numbers(), scaled);
    ml::add_rounded(learned, "none", {0, 5}, {}, scaled);
    CHECK(learned.arrays[0].as<std::int16_t>().size() == 35);
    CHECK(ml::rounded_values(learned, "a", {7, ml::Learned::any}, scaled) == rounded);
    CHECK(ml::rounded_values(learned, "exact", {7, 5}, scaled) == numbers());
    CHECK(ml::rounded_values(learned, "none", {ml::Learned::any, 5}, scaled).empty());
    CHECK_THROWS_WITH(ml::rounded_values(learned, "a", {5, 7}, scaled), Contains("'a' is 7 x 5"));
    CHECK_THROWS_WITH(ml::rounded_values(learned, "b", {5, 7}, scaled), Contains("'b' is missing"));
    auto broken = learned;
    std::get<std::vector<std::int16_t>>(broken.arrays[1].values)[2] = 200;
    CHECK_THROWS_WITH(ml::rounded_values(broken, "a", {7, 5}, scaled),
                      Contains("a.exponents") && Contains("200"));
    broken = learned;
    std::get<std::vector<std::int16_t>>(broken.arrays[0].values)[3] = -32768;
    CHECK_THROWS_WITH(ml::rounded_values(broken, "a", {7, 5}, scaled), Contains("'a' has a multiple below"));
    CHECK(learned.arrays[1].shape ==
          (scaled == Scaled::rows ? std::vector<std::int64_t>{7, 1} : std::vector<std::int64_t>{1, 5}));
    broken = learned;
    broken.arrays[1].shape = {2};
    CHECK_THROWS_AS(ml::rounded_values(broken, "a", {7, 5}, scaled), DataError);
    broken.arrays.erase(broken.arrays.begin() + 1);
    CHECK_THROWS_WITH(ml::rounded_values(broken, "a", {7, 5}, scaled), Contains("a.exponents"));
  }
}
