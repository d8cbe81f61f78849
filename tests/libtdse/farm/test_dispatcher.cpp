#include <csignal>
#include <fstream>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libtdse/farm/dispatcher.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using bondscope::FailureKind;
using bondscope::tdse::ExecutedRun;
using bondscope::tdse::FarmSettings;
using bondscope::tdse::Journal;
using bondscope::tdse::Ledger;
using bondscope::tdse::RunOutcome;
using bondscope::tdse::StopCause;
using bondscope::tdse::WallTime;

namespace {

std::vector<tdse::RunToDo> runs_of_cost(std::vector<double> costs) {
  std::vector<tdse::RunToDo> to_do;
  for (std::size_t i = 0; i < costs.size(); ++i)
    to_do.push_back({i, 1, costs[i]});
  return to_do;
}

FarmSettings within(WallTime limit, double checkpoint_interval = 600) {
  FarmSettings settings;
  settings.order.checkpoint_interval = checkpoint_interval;
  settings.wall_time = limit;
  return settings;
}

struct Farm {
  explicit Farm(std::vector<double> costs, FarmSettings how = {})
      : settings(how), ledger({costs.size(), 0, 0}, runs_of_cost(costs)) {}

  ExecutedRun ended(RunOutcome outcome, double seconds = 1) const {
    return {.outcome = outcome,
            .attempt = 1,
            .seconds = seconds,
            .failure = FailureKind::other,
            .reason = "why",
            .note = {}};
  }

  SignalWatch signals;
  FarmSettings settings;
  Ledger ledger;
  Journal journal;
  tdse::Dispatcher dispatcher{ledger, settings, journal, signals};
};

std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  std::vector<nlohmann::json> lines;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);)
    lines.push_back(nlohmann::json::parse(line));
  return lines;
}

}  // namespace

TEST_CASE("a farm is over when all runs have ended") {
  Farm farm({2, 1});
  CHECK_FALSE(farm.dispatcher.over());
  CHECK(farm.dispatcher.next(1)->run == 0);
  CHECK(farm.dispatcher.next(2)->run == 1);
  CHECK_FALSE(farm.dispatcher.next(3));
  CHECK_FALSE(farm.dispatcher.over());
  farm.dispatcher.ended(1, 0, farm.ended(RunOutcome::done));
  farm.dispatcher.ended(2, 1, farm.ended(RunOutcome::failed));
  CHECK(farm.dispatcher.over());
  CHECK(farm.dispatcher.course().cause == StopCause::none);
  CHECK(farm.dispatcher.course().busy_seconds == 2);
}

TEST_CASE("nothing is started that does not fit into the time left") {
  // 95 s to compute; a pace of 1 s per unit of cost, cautiously 1.1 s.
  Farm farm({200, 80, 50, 2}, within(WallTime(100), 0));
  for (int i = 0; i < 100; ++i)
    farm.ledger.earlier_pace().learn(1, 1);
  CHECK(farm.dispatcher.next(1)->run == 1);
  CHECK(farm.dispatcher.next(2)->run == 2);
  CHECK(farm.dispatcher.next(2)->run == 3);  // 50 s for the one before, then 2 s
  CHECK_FALSE(farm.dispatcher.next(3));
  CHECK_FALSE(farm.dispatcher.over());
  farm.dispatcher.ended(1, 1, farm.ended(RunOutcome::done, 80));
  farm.dispatcher.ended(2, 2, farm.ended(RunOutcome::done, 50));
  farm.dispatcher.ended(2, 3, farm.ended(RunOutcome::done, 2));
  CHECK(farm.dispatcher.over());
  CHECK(farm.dispatcher.course().cause == StopCause::time_limit);
  CHECK(farm.ledger.unfinished() == 1);
}

TEST_CASE("a run that will be saved is started although it cannot be finished") {
  Farm farm({2000}, within(WallTime(100)));
  farm.ledger.earlier_pace().learn(1, 1);
  CHECK(farm.dispatcher.next(1)->run == 0);
  Farm hurried({2000, 2000}, within(WallTime(20)));
  hurried.ledger.earlier_pace().learn(1, 1);
  // What was learnt earlier need not hold now: one run is tried all the same.
  CHECK(hurried.dispatcher.next(1)->run == 0);
  CHECK_FALSE(hurried.dispatcher.next(2));
  hurried.dispatcher.ended(1, 0, hurried.ended(RunOutcome::interrupted));
  CHECK(hurried.dispatcher.over());
  CHECK(hurried.dispatcher.course().cause == StopCause::time_limit);
}

TEST_CASE("at the end of the time what runs is stopped") {
  Farm farm({1}, within(WallTime(100, Clock::now() - std::chrono::seconds(99))));
  farm.dispatcher.watch();
  CHECK(farm.dispatcher.abandoning());
  CHECK(farm.dispatcher.course().cause == StopCause::time_limit);
  CHECK_FALSE(farm.dispatcher.next(1));
}

TEST_CASE("too many failures stop a farm") {
  FarmSettings none;
  none.max_failures = 0;
  Farm strict({1, 1, 1}, none);
  strict.dispatcher.next(1);
  strict.dispatcher.ended(1, 0, strict.ended(RunOutcome::failed));
  CHECK(strict.dispatcher.course().cause == StopCause::failures);
  CHECK_THAT(strict.dispatcher.course().reason, Catch::Contains("1 of 1 runs failed"));
  CHECK(strict.dispatcher.over());

  const FarmSettings usual;
  CHECK_FALSE(tdse::too_many_failures(usual, 9, 9));
  CHECK(tdse::too_many_failures(usual, 10, 10));
  CHECK(tdse::too_many_failures(usual, 10, 50));
  CHECK_FALSE(tdse::too_many_failures(usual, 10, 51));
}

TEST_CASE("stop requests: the first drains, the second abandons") {
  Farm farm({1, 1});
  farm.dispatcher.next(1);
  farm.dispatcher.request(StopRequest::drain);
  CHECK(farm.ledger.stopping());
  CHECK_FALSE(farm.dispatcher.abandoning());
  CHECK(farm.dispatcher.course().cause == StopCause::signal);
  farm.dispatcher.request(StopRequest::abandon);
  CHECK(farm.dispatcher.abandoning());
  farm.dispatcher.ended(1, 0, farm.ended(RunOutcome::interrupted));
  CHECK(farm.dispatcher.over());
  CHECK(farm.ledger.unfinished() == 2);
}

TEST_CASE("a full disk stops a farm and outranks other reasons") {
  Farm farm({1, 1, 1});
  farm.dispatcher.expect(4);
  farm.dispatcher.next(1);
  farm.dispatcher.next(1);
  farm.dispatcher.request(StopRequest::drain);
  farm.dispatcher.broken(1, 0, "the disk is full", true);
  CHECK(farm.dispatcher.course().cause == StopCause::broken);
  CHECK(farm.dispatcher.course().reason == "the disk is full");
  farm.dispatcher.broken(2, 0, "here, too", true);
  CHECK(farm.dispatcher.course().reason == "the disk is full");
  CHECK_THAT(farm.dispatcher.course().notes, Catch::VectorContains(std::string("here, too")));
  CHECK(farm.ledger.unfinished() == 3);
  CHECK(farm.dispatcher.over());
}

TEST_CASE("a worker that cannot go on costs the farm a worker") {
  Farm farm({4, 3, 2, 1});
  auto& s = farm.dispatcher;
  s.expect(3);
  for (int worker : {1, 2, 3})
    s.ready(worker, "n" + std::to_string(worker), {worker});
  s.next(1);
  s.broken(1, 0, "no file system here", false);
  CHECK(s.benched(1));
  CHECK(s.course().cause == StopCause::none);
  CHECK(s.next(2)->run == 0);
  // A run that two workers cannot write must not break all of them.
  s.broken(2, 0, "cannot be written", false);
  CHECK(s.course().cause == StopCause::broken);
  CHECK(s.course().reason == "2 of 3 workers cannot go on, the last because: cannot be written");
  CHECK(farm.ledger.pending() == 3);
  CHECK(farm.ledger.unfinished() == 4);
  CHECK(s.course().benched == 2);
}

TEST_CASE(
    "a run that met with trouble is tried elsewhere, if possible on another machine, if need be a third "
    "time") {
  Farm farm({4, 3, 2, 1});
  auto& s = farm.dispatcher;
  s.expect(3);
  s.ready(1, "n1", {1});
  s.ready(2, "n1", {2});
  s.ready(3, "n2", {3});
  const auto first = s.next(1);
  CHECK(first->run == 0);
  CHECK_FALSE(first->last_try);
  s.ended(1, 0, farm.ended(RunOutcome::troubled));
  CHECK(s.next(1)->run == 1);
  CHECK(s.next(2)->run == 2);
  CHECK(s.next(3)->run == 0);
  CHECK(s.course().tried_elsewhere == 1);
  // A run that succeeds is no sign of a bad worker: it takes three in a row.
  s.ended(1, 1, farm.ended(RunOutcome::done));
  CHECK_FALSE(s.benched(1));
}

TEST_CASE("what goes wrong on three workers is the run's fault") {
  Farm farm({1});
  auto& s = farm.dispatcher;
  s.expect(4);
  for (int worker : {1, 2, 3, 4})
    s.ready(worker, "n" + std::to_string(worker), {worker});
  for (int worker : {1, 2}) {
    CHECK_FALSE(s.next(worker)->last_try);
    s.ended(worker, 0, farm.ended(RunOutcome::troubled));
  }
  CHECK(s.next(3)->last_try);
}

TEST_CASE("a run is not given up while a worker that might do it is still starting") {
  Farm farm({4, 3, 2, 1});
  auto& s = farm.dispatcher;
  s.expect(3);
  s.ready(1, "n1", {1});
  s.ready(3, "n1", {3});
  for (const std::size_t run : {0, 1, 2}) {
    CHECK(s.next(1)->run == run);
    s.ended(1, run, farm.ended(RunOutcome::troubled));
  }
  CHECK(s.benched(1));
  const auto second = s.next(3);
  CHECK_FALSE(second->last_try);
  s.ended(3, second->run, farm.ended(RunOutcome::troubled));
  s.ready(2, "n2", {2});
  CHECK(s.next(2)->last_try);
}

TEST_CASE("the only worker's trouble is the run's") {
  Farm farm({1});
  farm.dispatcher.expect(1);
  farm.dispatcher.ready(1, "n1", {1});
  CHECK(farm.dispatcher.next(1)->last_try);
}

TEST_CASE("a node goes on with the runs that it has saved for itself") {
  Farm farm({4, 3, 2, 1});
  auto& s = farm.dispatcher;
  s.expect(3);
  s.ready(1, "n1", {1});
  s.ready(2, "n2", {2}, {3, 0});
  s.ready(3, "n2", {3}, {3, 0});
  CHECK(s.next(1)->run == 1);
  CHECK(s.next(2)->run == 0);
  CHECK(s.next(3)->run == 3);
  CHECK(s.next(3)->run == 2);
  s.ended(2, 0, farm.ended(RunOutcome::done));
  // What is left goes to anybody.
  Farm other({1});
  other.dispatcher.expect(2);
  other.dispatcher.ready(1, "n1", {1});
  other.dispatcher.ready(2, "n2", {2}, {0});
  CHECK(other.dispatcher.next(1)->run == 0);
}

TEST_CASE("a farm whose store was taken over stops at once") {
  FarmSettings settings;
  bool kept = true;
  settings.keeps_store = [&] { return kept; };
  Farm farm({1, 1}, settings);
  farm.dispatcher.watch();
  CHECK_FALSE(farm.dispatcher.abandoning());
  kept = false;
  farm.dispatcher.watch();
  farm.dispatcher.watch();
  CHECK(farm.dispatcher.abandoning());
  CHECK(farm.dispatcher.course().cause == StopCause::broken);
  CHECK(farm.dispatcher.course().notes.empty());
}

TEST_CASE("short runs are handed out several at a time") {
  Farm farm(std::vector<double>(20, 1.0));
  CHECK(farm.dispatcher.prefetch_depth() == 1);
  for (std::size_t i = 0; i < 10; ++i) {
    farm.dispatcher.next(1);
    farm.dispatcher.ended(1, i, farm.ended(RunOutcome::done, 0.06));
  }
  CHECK(farm.dispatcher.prefetch_depth() == 4);
  for (std::size_t i = 10; i < 20; ++i) {
    farm.dispatcher.next(1);
    farm.dispatcher.ended(1, i, farm.ended(RunOutcome::done, 100));
  }
  CHECK(farm.dispatcher.prefetch_depth() == 1);
}

TEST_CASE("everything is written to the journal") {
  const TemporaryFolder folder;
  const auto file = folder / "j.jsonl";
  std::ofstream(file) << "{\"event\":\"half";  // a killed farm's last line
  Farm farm({1, 1, 1, 1});
  farm.journal = Journal(file);
  auto& s = farm.dispatcher;
  s.ready(1, "host", {1, 2});
  for (int i = 0; i < 4; ++i)
    s.next(1);
  s.ended(1, 0, farm.ended(RunOutcome::done, 2));
  s.ended(1, 1, farm.ended(RunOutcome::failed, 3));
  s.returned(1, 3);
  s.lost(1, 70);
  s.back(1);
  s.request(StopRequest::drain);
  std::ifstream in(file);
  std::string half;
  std::getline(in, half);
  CHECK(half == "{\"event\":\"half");
  std::vector<nlohmann::json> lines;
  for (std::string line; std::getline(in, line);)
    lines.push_back(nlohmann::json::parse(line));
  std::vector<std::string> events;
  for (const auto& line : lines) {
    events.push_back(line.at("event"));
    CHECK(line.at("time").get<double>() > 1.7e9);
  }
  CHECK(events == std::vector<std::string>{"ready", "assign", "assign", "assign", "assign", "done", "failed",
                                           "returned", "lost", "back", "stop"});
  CHECK(lines[0].at("ranks") == std::vector<int>{1, 2});
  CHECK(lines[1].at("cost") == 1);
  CHECK(lines[5].at("seconds") == 2);
  CHECK(lines[6].at("kind") == "other");
  CHECK(lines[6].at("reason") == "why");
}

TEST_CASE("a journal that cannot be written is given up and says why") {
  Journal nowhere("/nowhere/j.jsonl");
  CHECK_THAT(nowhere.problem(), Catch::Contains("/nowhere/j.jsonl"));
  nowhere.write("stop", {});
  Journal full("/dev/full");
  CHECK(full.problem().empty());
  full.write("stop", {});
  full.write("stop", {});
  CHECK_THAT(full.problem(), Catch::Contains("No space"));
  const TemporaryFolder folder;
  Journal good(folder / "j.jsonl");
  good.write("stop", {{"reason", "bytes that are no text: \xff"}});
  CHECK(good.problem().empty());
  CHECK(lines_of(folder / "j.jsonl").size() == 1);
}
