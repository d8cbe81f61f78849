#include <set>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/description.hpp"

using namespace bondscope;

TEST_CASE("shares are disjoint and together the whole") {
  for (const std::size_t runs : {7u, 8u, 100u}) {
    std::set<std::uint64_t> all;
    std::size_t most = 0, least = runs;
    for (int i = 1; i <= 7; ++i) {
      const auto numbers = run_numbers({{i}, 7}, runs);
      most = std::max(most, numbers.size());
      least = std::min(least, numbers.size());
      for (const auto number : numbers)
        CHECK(all.insert(number).second);
    }
    CHECK(all.size() == runs);
    CHECK(*all.rbegin() == runs - 1);
    CHECK(most - least <= 1);
  }
  CHECK(run_numbers({}, 3) == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(run_numbers({{1, 3}, 4}, 7) == std::vector<std::uint64_t>{0, 2, 4, 6});
  CHECK_THROWS_WITH(run_numbers({{3}, 3}, 2), Catch::Contains("3/3") && Catch::Contains("at most 2 parts"));
}

TEST_CASE("shares are read as I/N") {
  CHECK(read_share("3/8") == DataSetPart{{3}, 8});
  CHECK(read_share("1/1") == DataSetPart());
  for (const char* text : {"", "3", "0/8", "9/8", "-1/8", "3/", "/8", "3/8/2", "a/b", "1/9999999", "1,3/8"}) {
    INFO(text);
    CHECK_THROWS_AS(read_share(text), ConfigError);
  }
}

TEST_CASE("parts are read and written") {
  for (const char* text : {"2/4", "4/4", "1,3/4", "1,2,1000000/1000000"}) {
    const auto part = parse_part(text);
    REQUIRE(part);
    CHECK(to_string(*part) == text);
  }
  CHECK(to_string(parse_part("1/1").value()).empty());
  CHECK(parse_part("1,3/4")->shares == std::set<int>{1, 3});
}

TEST_CASE("what is no part is not read as one") {
  for (const char* text : {"",      "1",    "/",    "1/",        "/4",
                           "0/4",   "5/4",  "-1/4", "+1/4",      "01/4",
                           "1/4 ",  " 1/4", "1/0",  "1/4/4",     "2,1/4",
                           "1,1/4", ",1/4", "1,/4", "1/1000001", "99999999999/99999999999",
                           "a/b"}) {
    INFO(text);
    CHECK_FALSE(parse_part(text));
  }
}
