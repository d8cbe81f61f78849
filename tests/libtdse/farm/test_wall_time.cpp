#include <cmath>

#include <catch2/catch.hpp>

#include "libtdse/farm/wall_time.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using namespace std::chrono_literals;
using bondscope::tdse::WallTime;

TEST_CASE("some of the time is kept for ending well") {
  const Clock::time_point begin{};
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
