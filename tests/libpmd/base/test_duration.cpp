#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

TEST_CASE("spans of time as people and batch systems write them") {
  const auto seconds = [](const char* text) { return read_duration("--time-limit", text); };
  CHECK(seconds("90") == 90);
  CHECK(seconds("0.5") == 0.5);
  CHECK(seconds("30:00") == 1800);
  CHECK(seconds("90:30") == 5430);
  CHECK(seconds("4:00:01") == 14401);
  CHECK(seconds("100:00:00") == 360000);
  CHECK(seconds("2-04") == 187200);
  CHECK(seconds("2-04:30") == 189000);
  CHECK(seconds("2-04:00:00") == 187200);
}

TEST_CASE("what is no span of time is refused") {
  for (const char* text : {"",      "0",       "-5",   "-",   ":",      "1:",      ":30",
                           "1:60",  "1:60:00", "1-24", "1-",  "-04:00", "1:2:3:4", "1-2:3:4:5",
                           "1:-2",  "1 h",     "90s",  "inf", "nan",    "1e9",     "99999999999:00",
                           "+5:00", "1--2"}) {
    INFO(text);
    CHECK_THROWS_AS(read_duration("--time-limit", text), ConfigError);
  }
  CHECK_THROWS_WITH(read_duration("--time-limit", "soon"),
                    Catch::StartsWith("--time-limit: 'soon'") && Catch::Contains("2-04:00:00"));
}
