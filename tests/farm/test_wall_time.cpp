#include <cmath>
#include <cstdlib>
#include <ctime>

#include <catch2/catch.hpp>

#include "libtdse/base/error.hpp"
#include "libtdse/farm/wall_time.hpp"

using namespace std::chrono_literals;
using tdse::parse_duration;
using tdse::WallTime;

TEST_CASE("durations are read in Slurm's forms") {
  CHECK(parse_duration("90") == 90);
  CHECK(parse_duration("30:00") == 1800);
  CHECK(parse_duration("12:30:05") == 45005);
  CHECK(parse_duration("2-04") == 187200);
  CHECK(parse_duration("2-04:30") == 189000);
  CHECK(parse_duration("2-04:30:10") == 189010);
}

TEST_CASE("what is no duration is refused") {
  for (const char* text : {"", "0", "-5", "x", "1:", ":1", "1:2:3:4", "1-2:3:4:5", "1.5", "1-", "-",
                           "99999999999999", "UNLIMITED", "INVALID", "1 2", "--1"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_duration(text), tdse::ConfigError);
  }
  CHECK_THROWS_WITH(parse_duration("soon"), Catch::Contains("'soon'") && Catch::Contains("2-04:00:00"));
}

TEST_CASE("some of the time is kept for ending well") {
  const WallTime::Clock::time_point begin{};
  CHECK(std::isinf(WallTime().left(begin)));
  CHECK_FALSE(WallTime().limit());
  const WallTime hour(3600, begin);
  CHECK(*hour.limit() == 3600);
  CHECK(hour.left(begin) == Approx(3600 - 72));
  CHECK(hour.left(begin + 3528s) == Approx(0).margin(1e-6));
  CHECK(hour.left(begin + 4000s) == 0);
  CHECK(WallTime(86400, begin).left(begin) == Approx(86400 - 120));
  CHECK(WallTime(100, begin).left(begin) == Approx(95));
  CHECK(WallTime(4, begin).left(begin) == Approx(3));
}

TEST_CASE("the end of a Slurm job is taken from the environment, and only if it can be believed") {
  ::unsetenv("SLURM_JOB_ID");
  ::setenv("SLURM_JOB_END_TIME", std::to_string(std::time(nullptr) + 500).c_str(), 1);
  CHECK_FALSE(tdse::slurm_seconds_left());
  ::setenv("SLURM_JOB_ID", "12", 1);
  CHECK(*tdse::slurm_seconds_left() == Approx(500).margin(5));
  ::setenv("SLURM_JOB_ID", "1; touch /tmp/owned", 1);
  CHECK_FALSE(tdse::slurm_seconds_left());
  ::unsetenv("SLURM_JOB_ID");
  ::unsetenv("SLURM_JOB_END_TIME");
}
