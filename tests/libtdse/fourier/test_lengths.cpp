#include <string>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "tests/libtdse/fourier/lines.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
using Catch::Matchers::Contains;

TEST_CASE("lengths are multiples of 8 of small primes from 16 to 8192") {
  for (const int length : {16, 24, 40, 48, 80, 200, 640, 648, 768, 1000, 4096, 8192})
    CHECK(transformable(length));
  for (const int length : {-8, 0, 1, 8, 18, 20, 25, 36, 56, 88, 100, 104, 344, 8200, 9600, 16384})
    CHECK_FALSE(transformable(length));
}

TEST_CASE("the next length that can be transformed") {
  CHECK(transformable_length(-1) == 16);
  CHECK(transformable_length(16) == 16);
  CHECK(transformable_length(17) == 24);
  CHECK(transformable_length(641) == 648);
  CHECK(transformable_length(8192) == 8192);
  CHECK_THROWS_AS(transformable_length(8193), ConfigError);
  CHECK_THROWS_WITH(transformable_length(8193),
                    Contains("8193") && Contains("8192") && Contains("half_width"));
}

TEST_CASE("other lengths are refused with one that would do") {
  CHECK_THROWS_AS(LineTransform(100), ConfigError);
  CHECK_THROWS_WITH(LineTransform(100), Contains("lines of 100 points") && Contains("such as 120"));
  CHECK_THROWS_WITH(LineTransform(-5), Contains("-5") && Contains("such as 16"));
  CHECK_THROWS_WITH(LineTransform(0), Contains("such as 16"));
  CHECK_THROWS_WITH(LineTransform(8), Contains("such as 16"));
  CHECK_THROWS_WITH(LineTransform(1 << 30), Contains("such as 8192"));
}

TEST_CASE("the passes make up the length") {
  for (const int length : lines::all_lengths()) {
    CAPTURE(length);
    const LineTransform transform(length);
    const PassList passes = transform.passes();
    REQUIRE(passes.count >= 2);
    CHECK(passes.length == length);
    int blocks = 1;
    for (int s = 0; s < passes.count; ++s) {
      const Pass& pass = passes.passes[s];
      CHECK(pass.blocks == blocks);
      CHECK(pass.radix * pass.stride * pass.blocks == length);
      blocks *= pass.radix;
    }
    CHECK(blocks == length);
  }
  CHECK(radices(100).empty());
}

TEST_CASE("positions and frequencies are each other's inverse, and groups come in pairs") {
  for (const int length : lines::all_lengths()) {
    CAPTURE(length);
    const LineTransform transform(length);
    REQUIRE(transform.positions().size() == lines::at(length));
    int wrong = 0;
    for (int m = 0; m < length; ++m)
      wrong += transform.frequency(transform.positions()[lines::at(m)]) != m;
    CHECK(wrong == 0);

    const auto& partner = transform.partner_groups();
    REQUIRE(partner.size() * lines::at(radices(length).back()) == lines::at(length));
    for (std::size_t group = 0; group < partner.size(); ++group)
      wrong += partner[lines::at(partner[group])] != static_cast<int>(group);
    CHECK(wrong == 0);
  }
}
