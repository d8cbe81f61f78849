#include <thread>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/generate.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

using namespace std::chrono_literals;

/// Takes 50 ms for a start state and 100 steps of 10 ms.
tdse::RunResult slow(const RunParameters&, const tdse::RunMonitor& monitor, const tdse::Checkpointing&) {
  std::this_thread::sleep_for(50ms);
  for (int step = 1; step <= 100; ++step) {
    std::this_thread::sleep_for(10ms);
    if (!monitor(step / 100.0)) throw Interrupted("stopped");
  }
  return {};
}

const std::vector<RunParameters> runs(3);

}  // namespace

TEST_CASE("the time of a farm is estimated from a part of one run") {
  const auto estimate = tdse::calibrate(slow, runs, {1, 4, 2}, 0.3);
  REQUIRE(estimate);
  CHECK(estimate->run == 2);  // the median
  CHECK(estimate->fraction < 0.6);
  // A sleep may take longer than it should on a busy machine, never shorter.
  CHECK(estimate->run_seconds > 1.0);
  CHECK(estimate->run_seconds < 2.0);
  CHECK(estimate->total_seconds == Approx(estimate->run_seconds * 7 / 2));
}

TEST_CASE("a short run is measured whole") {
  const auto quick = [](const RunParameters&, const tdse::RunMonitor& monitor, const tdse::Checkpointing&) {
    monitor(0.5);
    return tdse::RunResult{};
  };
  const auto estimate = tdse::calibrate(quick, runs, {1, 1, 1});
  REQUIRE(estimate);
  CHECK(estimate->fraction == 1);
}

TEST_CASE("a run that fails or stops at once tells nothing") {
  const auto failing = [](const RunParameters&, const tdse::RunMonitor&,
                          const tdse::Checkpointing&) -> tdse::RunResult { throw NumericsError("no"); };
  CHECK_THROWS_AS(tdse::calibrate(failing, runs, {1, 1, 1}), Error);
  CHECK_FALSE(tdse::calibrate(slow, {}, {}));
  CHECK_FALSE(tdse::calibrate(slow, runs, {1, 1, 1}, 0.0));
}
