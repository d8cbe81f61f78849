#include <set>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/share.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using bondscope::tdse::Share;

TEST_CASE("shares are disjoint and together the whole") {
  for (const std::size_t runs : {7u, 8u, 100u}) {
    std::set<std::uint64_t> all;
    std::size_t most = 0, least = runs;
    for (std::size_t i = 1; i <= 7; ++i) {
      const auto numbers = Share{i, 7}.numbers(runs);
      most = std::max(most, numbers.size());
      least = std::min(least, numbers.size());
      for (const auto number : numbers)
        CHECK(all.insert(number).second);
    }
    CHECK(all.size() == runs);
    CHECK(*all.rbegin() == runs - 1);
    CHECK(most - least <= 1);
  }
  CHECK(Share{}.numbers(3) == std::vector<std::uint64_t>{0, 1, 2});
  CHECK_THROWS_WITH((Share{3, 3}.numbers(2)), Catch::Contains("3/3") && Catch::Contains("at most 2 parts"));
}

TEST_CASE("shares are read as I/N") {
  CHECK(Share::parse("3/8").index == 3);
  CHECK(Share::parse("3/8").count == 8);
  CHECK(Share::parse("3/8").text() == "3/8");
  CHECK(Share::parse("1/1").text().empty());
  for (const char* text : {"", "3", "0/8", "9/8", "-1/8", "3/", "/8", "3/8/2", "a/b", "1/9999999"}) {
    INFO(text);
    CHECK_THROWS_AS(Share::parse(text), ConfigError);
  }
}
