#include <cmath>
#include <fstream>

#include <catch2/catch.hpp>

#include "benchmarks/scaling/simulation.hpp"
#include "libpmd/base/error.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using namespace bondscope::tdse::scaling;

namespace {

/// Nothing but the runs takes time.
FarmModel ideal(std::size_t workers) {
  FarmModel model;
  model.workers = workers;
  model.sleeping_polls = false;
  return model;
}

std::vector<RunTime> unequal(std::size_t runs, double rho = 1) {
  std::mt19937_64 random(11);
  return draw(Lognormal{3, 0.6, rho}, runs, random);
}

double sum(const std::vector<RunTime>& runs) {
  double total = 0;
  for (const auto& run : runs)
    total += run.seconds;
  return total;
}

double longest(const std::vector<RunTime>& runs) {
  return summarise(runs).longest;
}

}  // namespace

TEST_CASE("one worker without delays loses nothing") {
  const auto runs = unequal(50);
  const auto farm = simulate(ideal(1), runs, Order::longest_first, 1);
  CHECK(farm.done == 50);
  CHECK(farm.wall == Approx(sum(runs)));
  CHECK(farm.efficiency(1) == Approx(1));
  CHECK(farm.tail == Approx(0).margin(1e-9));
}

TEST_CASE("equal runs that divide evenly lose nothing, one more costs a round") {
  std::vector<RunTime> runs(40, {1, 2});
  CHECK(simulate(ideal(8), runs, Order::by_number, 1).wall == Approx(10));
  runs.push_back({1, 2});
  const auto farm = simulate(ideal(8), runs, Order::by_number, 1);
  CHECK(farm.wall == Approx(12));
  CHECK(farm.tail == Approx(2));
}

TEST_CASE("as many workers as runs: the longest run is the wall time") {
  const auto runs = unequal(20);
  CHECK(simulate(ideal(20), runs, Order::random, 1).wall == Approx(longest(runs)));
  CHECK(simulate(ideal(100), runs, Order::random, 1).wall == Approx(longest(runs)));
}

TEST_CASE("bounds of list scheduling hold for every order, Graham's for the longest first") {
  const auto runs = unequal(100);
  constexpr std::size_t workers = 7;
  const double least = std::max(sum(runs) / workers, longest(runs));
  for (const auto order : {Order::longest_first, Order::by_number, Order::random, Order::known_times}) {
    const auto farm = simulate(ideal(workers), runs, order, 3);
    CHECK(farm.done == runs.size());
    CHECK(farm.wall >= least * (1 - 1e-12));
    CHECK(farm.wall <= sum(runs) / workers + (1 - 1.0 / workers) * longest(runs) + 1e-9);
    CHECK(farm.busy == Approx(sum(runs)));
  }
  // No other order can be better than the best one, which this bound is about.
  const double graham = 4.0 / 3 - 1.0 / (3 * workers);
  const double sorted = simulate(ideal(workers), runs, Order::known_times, 3).wall;
  CHECK(sorted <= graham * simulate(ideal(workers), runs, Order::random, 3).wall);
  CHECK(sorted < simulate(ideal(workers), runs, Order::by_number, 3).wall);
}

TEST_CASE("a slow master bounds the runs per second") {
  const std::vector<RunTime> runs(1000, {1, 1e-6});
  auto model = ideal(50);
  model.master = {.receive = 0.001, .progress = 0, .assign = 0.002, .round = 0, .round_per_running = 0};
  const auto farm = simulate(model, runs, Order::by_number, 1);
  // Every run is handed out and taken in, every worker says once that it is ready.
  CHECK(farm.wall == Approx(1000 * 0.003 + 50 * 0.001).epsilon(0.01));
  CHECK(farm.messages == Approx(1).epsilon(0.01));
}

TEST_CASE("a run sent ahead hides the way to the master") {
  const std::vector<RunTime> runs(500, {1, 1});
  auto model = ideal(5);
  model.latency = 0.05;
  const auto without = simulate(model, runs, Order::by_number, 1);
  model.prefetch = 1;
  const auto with = simulate(model, runs, Order::by_number, 1);
  CHECK(without.wait == Approx(0.1));
  CHECK(without.wall == Approx(100 * 1 + 99 * 0.1 + 0.15));
  // Only the last rounds, which are not sent ahead, wait.
  CHECK(with.wall < 100 + 5 * 0.1 + 0.15);
  CHECK(with.done == 500);
}

TEST_CASE("sleeping between polls costs at most what the sleeps are long") {
  const std::vector<RunTime> runs(100, {1, 1});
  auto model = ideal(1);
  model.sleeping_polls = true;
  const auto farm = simulate(model, runs, Order::by_number, 1);
  CHECK(farm.wall > 100);
  // Both sides may sleep for 5 ms.
  CHECK(farm.wait < 0.011);
}

TEST_CASE("the same seed gives the same farm") {
  const auto runs = unequal(300);
  auto model = ideal(12);
  model.failures = {.per_node_hour = 2, .workers_per_node = 4};
  const auto one = simulate(model, runs, Order::random, 5), other = simulate(model, runs, Order::random, 5);
  CHECK(one.wall == other.wall);
  CHECK(one.lost == other.lost);
  CHECK(one.wall != simulate(model, runs, Order::random, 6).wall);
}

TEST_CASE("jobs that end with a node: everything is done in the end, and what was in flight is paid twice") {
  const std::vector<RunTime> runs(2000, {1, 10});
  auto model = ideal(20);
  model.failures = {.per_node_hour = 3, .workers_per_node = 5, .requeue_seconds = 100};
  const auto farm = simulate(model, runs, Order::by_number, 2);
  REQUIRE(farm.failures > 0);
  CHECK(farm.done == runs.size());
  CHECK(farm.unfinished == 0);
  CHECK(farm.requeued == Approx(100.0 * static_cast<double>(farm.failures)));
  CHECK(farm.busy == Approx(20000));
  CHECK(farm.lost > 0);
  CHECK(farm.lost <= 20 * 10.0 * static_cast<double>(farm.failures));
  CHECK(farm.busy + farm.lost <= 20 * farm.wall * (1 + 1e-9));
}

TEST_CASE("jobs that survive a node: its runs are done by others") {
  const std::vector<RunTime> runs(2000, {1, 10});
  auto model = ideal(100);
  model.prefetch = 1;
  model.failures = {.per_node_hour = 0.5, .workers_per_node = 5, .end_the_job = false, .noticed_seconds = 3};
  const auto farm = simulate(model, runs, Order::by_number, 1);
  REQUIRE(farm.failures > 0);
  CHECK(farm.done == runs.size());
  CHECK(farm.requeued == 0);
  CHECK(farm.lost <= 5 * 10.0 * static_cast<double>(farm.failures));
}

TEST_CASE("run times: journal read, half lines passed over, nonsense refused") {
  const TemporaryFolder folder;
  const auto file = folder.path() / "j.jsonl";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write(R"({"event": "assign", "run": 3, "cost": 2.0}
{"event": "done", "run": 3, "seconds": 4.0}
{"event": "assign", "run": 4, "cost": 2.0}
{"event": "done", "ru)");
  const auto times = read_run_times(file);
  REQUIRE(times.size() == 1);
  CHECK(times[0].cost == 2);
  CHECK(times[0].seconds == 4);
  write(R"({"event": "assign", "run": 3, "cost": 2.0}
{"event": "done", "run": 3, "seconds": -4.0})");
  CHECK_THROWS_AS(read_run_times(file), DataError);
  write(R"({"event": "done", "run": 3})");
  CHECK_THROWS_AS(read_run_times(file), DataError);
  write("");
  CHECK_THROWS_AS(read_run_times(file), DataError);
  CHECK_THROWS_AS(read_run_times(folder.path() / "none.jsonl"), FileError);
}

TEST_CASE("lognormal run times have the mean and the correlation asked for") {
  std::mt19937_64 random(3);
  const auto s = summarise(draw(Lognormal{5, 0.4, 0.8}, 100000, random));
  CHECK(s.mean == Approx(5).epsilon(0.01));
  CHECK(s.deviation == Approx(std::sqrt(std::exp(0.16) - 1)).epsilon(0.03));
  CHECK(s.correlation == Approx(0.8).epsilon(0.02));
}

TEST_CASE("a farm without workers or with negative times is refused") {
  CHECK_THROWS_AS(simulate(ideal(0), unequal(3), Order::random, 1), ConfigError);
  auto model = ideal(1);
  model.latency = -1;
  CHECK_THROWS_AS(simulate(model, unequal(3), Order::random, 1), ConfigError);
}
