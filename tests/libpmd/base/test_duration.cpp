#include <limits>

#include <catch2/catch.hpp>

#include "libpmd/base/clock.hpp"
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

TEST_CASE("spans of time read well at every scale") {
  CHECK(format_duration(0) == "0 s");
  CHECK(format_duration(0.0123) == "0.012 s");
  CHECK(format_duration(0.996) == "1.0 s");
  CHECK(format_duration(4.23) == "4.2 s");
  CHECK(format_duration(9.97) == "10 s");
  CHECK(format_duration(59.9) == "1 min 0 s");
  CHECK(format_duration(725) == "12 min 5 s");
  CHECK(format_duration(3 * 3600 + 20 * 60 + 5) == "3 h 20 min");
  CHECK(format_duration(2 * 86400 + 4 * 3600) == "2 d 4 h");
  CHECK(format_duration(-1) == "unknown time");
  CHECK(format_duration(std::numeric_limits<double>::infinity()) == "unknown time");
}

TEST_CASE("seconds since a moment") {
  const auto now = Clock::now();
  const double seconds = seconds_since(now - std::chrono::milliseconds(1500));
  CHECK(seconds >= 1.5);
  CHECK(seconds < 100);
}
