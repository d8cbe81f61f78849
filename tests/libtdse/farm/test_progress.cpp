#include <catch2/catch.hpp>

#include "libtdse/farm/progress.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

TEST_CASE("a progress line tells numbers, rate and time left") {
  tdse::FarmStatus s{240, 117, 1, 4, 118, 50, 2.31, 53.0, false};
  CHECK(tdse::progress_line(s) == "117/240 done, 4 running, 118 waiting, 1 failed; 2.31 runs/s, 53 s left");
  s.stopping = true;
  s.rate = 0.02;
  CHECK(tdse::progress_line(s) ==
        "117/240 done, 4 running, 118 waiting, 1 failed; 1.2 runs/min, stopping, 53 s left");
  s = {240, 0, 0, 4, 236, 1, 0, {}, false};
  CHECK(tdse::progress_line(s) == "0/240 done, 4 running, 236 waiting, 0 failed; no run done yet");
  s = {240, 240, 0, 0, 0, 100, 0.001, 0.0, false};
  CHECK(tdse::progress_line(s) == "240/240 done, 0 running, 0 waiting, 0 failed; 3.6 runs/h");
}
