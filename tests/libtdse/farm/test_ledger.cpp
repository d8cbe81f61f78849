#include <limits>

#include <catch2/catch.hpp>

#include "libtdse/farm/ledger.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using namespace std::chrono_literals;
using bondscope::FailureKind;
using bondscope::tdse::Ledger;

namespace {

const Clock::time_point begin{};
constexpr double any = std::numeric_limits<double>::infinity();
constexpr Ledger::Fit all{any, any};

Ledger three_of_five() {
  return Ledger({5, 2, 0}, {{4, 1, 2.0}, {1, 1, 1.0}, {3, 2, 1.0}}, begin);
}

}  // namespace

TEST_CASE("the longest runs come first, equal ones by number") {
  const std::vector<CommitRecord> fresh(5);
  CHECK(tdse::runs_to_do(fresh, {1, 3, 2, 3, 1}, {0, 0, 0, 0, 0}) ==
        std::vector<RunToDo>{{1, 1, 3}, {3, 1, 3}, {2, 1, 2}, {0, 1, 1}, {4, 1, 1}});
}

TEST_CASE("what is done or failed is left out, unless the failed are asked for") {
  const std::vector<CommitRecord> commits{
      {RunState::done, 1, 5, true}, {RunState::failed, 2, 0, true}, {}, {RunState::pending, 0, 0, false}};
  CHECK(tdse::runs_to_do(commits, {1, 1, 1, 1}, {0, 0, 0, 0}) == std::vector<RunToDo>{{2, 1, 1}, {3, 1, 1}});
  CHECK(tdse::runs_to_do(commits, {1, 1, 1, 1}, {0, 0, 0, 0}, Selection::failed) ==
        std::vector<RunToDo>{{1, 3, 1}});
}

TEST_CASE("of failed runs those with fewer attempts come first") {
  const std::vector<CommitRecord> commits{{RunState::failed, 2, 0, true}, {RunState::failed, 1, 0, true}};
  CHECK(tdse::runs_to_do(commits, {5, 1}, {0, 0}, Selection::failed) ==
        std::vector<RunToDo>{{1, 2, 1}, {0, 3, 5}});
}

TEST_CASE("runs that farms died of twice come last") {
  const std::vector<CommitRecord> fresh(4);
  CHECK(tdse::runs_to_do(fresh, {4, 3, 2, 1}, {2, 1, 0, 0}) ==
        std::vector<RunToDo>{{1, 1, 3, 1}, {2, 1, 2, 0}, {3, 1, 1, 0}, {0, 1, 4, 2}});
}

TEST_CASE("nothing to do makes an empty list") {
  CHECK(tdse::runs_to_do({{RunState::done, 1, 5, true}}, {1}, {0}).empty());
}

TEST_CASE("runs are handed out in order until none is left") {
  auto ledger = three_of_five();
  CHECK(ledger.assign(1, all)->run == 4);
  CHECK(ledger.assign(2, all)->run == 1);
  CHECK(ledger.anything_pending());
  CHECK(ledger.done(2, 1, 1.5));
  const auto last = ledger.assign(2, all);
  CHECK(last->run == 3);
  CHECK(last->attempt == 2);
  CHECK_FALSE(ledger.anything_pending());
  CHECK_FALSE(ledger.assign(3, all));
  CHECK(ledger.anything_assigned());
  CHECK(ledger.done(1, 4, 2.5));
  CHECK(ledger.failed(2, 3, FailureKind::norm_grew, "no reason"));
  CHECK_FALSE(ledger.anything_assigned());
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
  CHECK(ledger.failures()[0].kind == FailureKind::norm_grew);
  CHECK(ledger.failures()[0].reason == "no reason");
}

TEST_CASE("a worker's further runs wait in its queue") {
  auto ledger = three_of_five();
  ledger.assign(1, all);
  ledger.assign(1, all);
  CHECK(ledger.queue_length(1) == 2);
  CHECK(ledger.queue_length(2) == 0);
  const auto status = ledger.status(begin + 1s);
  CHECK(status.running == 1);
  CHECK(status.pending == 2);
  CHECK(ledger.returned(1, 1));
  CHECK(ledger.queue_length(1) == 1);
  CHECK(ledger.assign(2, all)->run == 1);
  CHECK(ledger.unfinished() == 3);
}

TEST_CASE("time left follows from the expected costs") {
  auto ledger = three_of_five();
  CHECK_FALSE(ledger.status(begin + 1s).seconds_left);
  ledger.assign(1, all);
  ledger.progress(1, 4, 0.5);  // cost 1 of 4 after 3 s
  CHECK(*ledger.status(begin + 3s).seconds_left == Approx(9));
  ledger.done(1, 4, 6);
  CHECK(*ledger.status(begin + 6s).seconds_left == Approx(6));
}

TEST_CASE("a stopped farm starts nothing and waits only for what runs") {
  auto ledger = three_of_five();
  ledger.assign(1, all);
  ledger.progress(1, 4, 0.75);  // cost 1.5 of 2 after 3 s
  ledger.stop();
  CHECK_FALSE(ledger.assign(2, all));
  CHECK(ledger.status(begin + 3s).stopping);
  CHECK(*ledger.status(begin + 3s).seconds_left == Approx(1));
  ledger.interrupted(1, 4);
  CHECK(ledger.unfinished() == 3);
  CHECK(ledger.failures().empty());
}

TEST_CASE("an interrupted run is not handed out again, a returned one is") {
  auto ledger = three_of_five();
  ledger.assign(1, all);
  CHECK(ledger.interrupted(1, 4));
  CHECK(ledger.assign(1, all)->run == 1);
  CHECK(ledger.returned(1, 1));
  CHECK(ledger.assign(1, all)->run == 1);
}

TEST_CASE("news of a run that the worker does not have changes nothing") {
  auto ledger = three_of_five();
  CHECK_FALSE(ledger.done(7, 4, 1));
  CHECK_FALSE(ledger.failed(7, 4, FailureKind::other, "x"));
  CHECK_FALSE(ledger.interrupted(7, 4));
  CHECK_FALSE(ledger.returned(7, 4));
  ledger.progress(7, 4, 0.5);
  CHECK(ledger.status(begin + 1s).done == 2);
  CHECK(ledger.unfinished() == 3);
}

TEST_CASE("a worker that was given up may still have been right") {
  auto ledger = three_of_five();
  ledger.assign(1, all);
  ledger.assign(1, all);
  CHECK(ledger.lost(1) == std::vector<std::size_t>{1});
  CHECK_FALSE(ledger.anything_assigned());
  CHECK(ledger.unfinished() == 3);
  CHECK(ledger.assign(2, all)->run == 1);  // only the run that it had begun is left to it
  CHECK_FALSE(ledger.returned(1, 1));
  CHECK(ledger.done(1, 4, 2));
  CHECK_FALSE(ledger.done(1, 4, 2));
  CHECK(ledger.returned(2, 1));
  CHECK(ledger.unfinished() == 2);
  CHECK(ledger.pending() == 2);
}

TEST_CASE("of a lost worker's runs all up to the last that it has begun are left") {
  Ledger ledger({5, 0, 0}, {{0, 1, 9}, {1, 1, 8}, {2, 1, 7}, {3, 1, 6}, {4, 1, 5}}, begin);
  for (int i = 0; i < 4; ++i)
    ledger.assign(1, all);
  ledger.progress(1, 1, 0);  // the row of run 0 is on its way to the disk
  CHECK(ledger.lost(1) == std::vector<std::size_t>{2, 3});
  CHECK(ledger.pending() == 3);
  CHECK(ledger.assign(2, all)->run == 2);
  CHECK(ledger.done(1, 0, 2));
  CHECK(ledger.unfinished() == 4);
  CHECK(ledger.lost(3).empty());
}

TEST_CASE("where time is short a shorter run is taken, or one that will be saved") {
  Ledger ledger({6, 0, 0}, {{0, 1, 9}, {1, 1, 7}, {2, 1, 5}, {3, 1, 3}, {4, 1, 1}, {5, 1, 4, 2}}, begin);
  CHECK(ledger.assign(1, {5, any})->run == 2);
  CHECK(ledger.assign(1, {3, 8})->run == 0);
  CHECK_FALSE(ledger.anything_fits({0.5, any}));
  CHECK_FALSE(ledger.assign(1, {0.5, any}));
  CHECK(ledger.anything_fits({4, any}));
  CHECK(ledger.assign(1, {4, any})->run == 3);
  CHECK(ledger.assign(1, {4, any})->run == 4);
  CHECK(ledger.assign(1, {4, any})->run == 5);  // a suspect, last
  CHECK_FALSE(ledger.assign(1, {4, any}));
}

TEST_CASE("the pace is learnt from runs that are over") {
  tdse::Pace pace;
  CHECK_FALSE(pace.expected_seconds(1));
  CHECK_FALSE(pace.cautious_seconds(1));
  pace.learn(2, 4);
  CHECK(*pace.expected_seconds(3) == Approx(6));
  CHECK(*pace.cautious_seconds(3) == Approx(15));  // one run says little
  tdse::Pace wild;
  wild.learn(1, 1);
  wild.learn(1, 19);
  CHECK(*wild.cautious_seconds(1) == Approx(25));
  for (int i = 0; i < 100; ++i)
    pace.learn(1, i % 2 ? 1.9 : 2.1);
  CHECK(*pace.expected_seconds(1) == Approx(2).epsilon(1e-3));
  CHECK(*pace.cautious_seconds(1) == Approx(2.3).epsilon(1e-2));
  pace.learn(0, 5);
  pace.learn(1, std::numeric_limits<double>::quiet_NaN());
  pace.learn(1, std::numeric_limits<double>::infinity());
  pace.learn(1, -1);
  CHECK(*pace.expected_seconds(1) == Approx(2).epsilon(1e-3));
}
