#include <catch2/catch.hpp>

#include "libtdse/farm/ledger.hpp"

using namespace std::chrono_literals;
using tdse::Ledger;

namespace {

const Ledger::Clock::time_point begin{};

Ledger three_of_five() {
  return Ledger(5, 2, {{4, 1, 2.0}, {1, 1, 1.0}, {3, 2, 1.0}}, begin);
}

}  // namespace

TEST_CASE("runs are handed out in order until none is left") {
  auto ledger = three_of_five();
  CHECK(ledger.start(1)->run == 4);
  CHECK(ledger.start(2)->run == 1);
  CHECK(ledger.anything_to_start());
  ledger.done(2, 1.5);
  const auto last = ledger.start(2);
  CHECK(last->run == 3);
  CHECK(last->attempt == 2);
  CHECK_FALSE(ledger.anything_to_start());
  CHECK_FALSE(ledger.start(3));
  CHECK(ledger.anything_running());
  ledger.done(1, 2.5);
  ledger.failed(2, "no reason");
  CHECK_FALSE(ledger.anything_running());
  const auto status = ledger.status(begin + 10s);
  CHECK(status.runs == 5);
  CHECK(status.done == 4);
  CHECK(status.failed == 1);
  CHECK(status.running == 0);
  CHECK(status.pending == 0);
  CHECK(status.rate == Approx(0.2));
  CHECK(ledger.done_now() == 2);
  CHECK(ledger.run_seconds() == 4.0);
  CHECK(ledger.unfinished() == 0);
  REQUIRE(ledger.failures().size() == 1);
  CHECK(ledger.failures()[0].run == 3);
  CHECK(ledger.failures()[0].reason == "no reason");
}

TEST_CASE("time left follows from the expected costs") {
  auto ledger = three_of_five();
  CHECK_FALSE(ledger.status(begin + 1s).seconds_left);
  ledger.start(1);
  ledger.progress(1, 0.5);  // cost 1 of 4 after 3 s
  CHECK(*ledger.status(begin + 3s).seconds_left == Approx(9));
  ledger.done(1, 6);
  CHECK(*ledger.status(begin + 6s).seconds_left == Approx(6));
}

TEST_CASE("a stopped farm starts nothing and waits only for what runs") {
  auto ledger = three_of_five();
  ledger.start(1);
  ledger.progress(1, 0.75);  // cost 1.5 of 2 after 3 s
  ledger.stop();
  CHECK_FALSE(ledger.start(2));
  CHECK_FALSE(ledger.anything_to_start());
  CHECK(ledger.status(begin + 3s).stopping);
  CHECK(*ledger.status(begin + 3s).seconds_left == Approx(1));
  ledger.interrupted(1);
  CHECK(ledger.unfinished() == 3);
  CHECK(ledger.failures().empty());
}

TEST_CASE("news of a worker without a run changes nothing") {
  auto ledger = three_of_five();
  ledger.done(7, 1);
  ledger.failed(7, "x");
  ledger.interrupted(7);
  ledger.progress(7, 0.5);
  CHECK(ledger.status(begin + 1s).done == 2);
  CHECK(ledger.unfinished() == 3);
}
