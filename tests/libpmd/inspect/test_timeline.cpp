#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/timeline.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

constexpr double epoch = 1.8e9;

std::string at(double time, const std::string& event, const std::string& rest = "") {
  return "{\"time\": " + std::to_string(epoch + time) + ", \"event\": \"" + event + "\"" +
         (rest.empty() ? "" : ", " + rest) + "}\n";
}

std::string begin(double time, int workers, int done = 0) {
  return at(
      time, "farm_begin",
      R"("store": "/data/a.h5", "dataset": "demo", "preset": "quick", "part": null, "runs": 10, "done": )" +
          std::to_string(done) + ", \"to_do\": 10, \"workers\": " + std::to_string(workers) +
          R"(, "ranks_per_run": 1, "threads": 1, "code_version": "1", "machine": "m", "time_limit_s": null)");
}

std::string on(int worker, int run) {
  return "\"worker\": " + std::to_string(worker) + ", \"run\": " + std::to_string(run);
}

std::string assign(double time, int worker, int run) {
  return at(time, "assign", on(worker, run) + ", \"attempt\": 1, \"cost\": 3.5");
}

std::string done(double time, int worker, int run, double seconds) {
  return at(time, "done", on(worker, run) + ", \"attempt\": 1, \"seconds\": " + std::to_string(seconds));
}

std::string failed(double time, int worker, int run, double seconds) {
  return at(time, "failed",
            on(worker, run) + ", \"attempt\": 2, \"seconds\": " + std::to_string(seconds) +
                R"(, "kind": "numerics", "reason": "norm\ngrew \u001b[31m")");
}

std::string end(double time) {
  return at(time, "farm_end",
            R"("done": 1, "failed": 0, "unfinished": 0, "seconds": 1, "busy_seconds": 1, "reason": "")");
}

/// Two workers, 100 s: worker 1 works from 10 to 90, worker 2 from 10 to 50 and fails from 50 to 60.
std::string two_workers() {
  return begin(0, 2) + at(1, "ready", R"("worker": 1, "host": "h", "ranks": [1])") + assign(10, 1, 0) +
         assign(10, 2, 1) + assign(10, 1, 2) + done(50, 1, 0, 40) + done(50, 2, 1, 40) + assign(50, 2, 3) +
         failed(60, 2, 3, 10) + done(90, 1, 2, 40) + end(100);
}

class Journal {
 public:
  explicit Journal(const std::string& text) { std::ofstream(file_, std::ios::binary) << text; }
  Timeline read(FarmsShown shown = FarmsShown::last) const { return read_timeline(file_, shown); }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "a.h5.log.jsonl";
};

std::size_t bad_lines(const std::string& text) {
  return Journal(text).read().bad_lines;
}

}  // namespace

TEST_CASE("the journal lies beside its store") {
  CHECK(journal_of("data/base.h5") == "data/base.h5.log.jsonl");
  CHECK(journal_of("data/base.h5.log.jsonl") == "data/base.h5.log.jsonl");
}

TEST_CASE("a farm's time adds up") {
  const auto line = Journal(two_workers()).read();
  CHECK(line.begin == epoch);
  CHECK(line.bad_lines == 0);
  CHECK(line.workers() == 2);
  CHECK(line.duration() == 100);
  REQUIRE(line.bars.size() == 4);
  CHECK(line.bars[0].run == 0);
  CHECK(line.bars[0].begin == 10);
  CHECK(line.bars[0].end == 50);
  CHECK(line.bars[3].outcome == RunOutcome::failed);
  const auto s = summarise(line);
  CHECK(s.busy == Approx(130));
  CHECK(s.useful == Approx(120));
  CHECK(s.efficiency() == Approx(0.65));
  CHECK(s.done == 3);
  CHECK(s.failed == 1);
  CHECK(s.interrupted + s.unknown + s.lost_workers == 0);
  CHECK(s.start == Approx(10));
  CHECK(s.tail == Approx(40));
  CHECK(s.tail_idle == Approx(50));
  REQUIRE(s.longest);
  CHECK(s.longest->end - s.longest->begin == 40);
  const auto text = timeline_text(line, s);
  for (const char* part : {"demo", "quick", "3 runs done, 1 failed", "65.0 %", "60.0 % in runs that are done",
                           "run 3, attempt 2, worker 2, numerics: norm grew"})
    CHECK_THAT(text, Contains(part));
  CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("the course of busy workers and of runs done") {
  const auto line = Journal(two_workers()).read();
  for (const std::size_t bins : {1, 7, 10, 1000}) {
    const auto c = course(line, bins);
    const double sum = std::accumulate(c.busy_workers.begin(), c.busy_workers.end(), 0.0);
    CHECK(sum * 100 / static_cast<double>(bins) == Approx(130));
    CHECK(c.runs_done.back() == 3);
  }
  const auto tenths = course(line, 10);
  const double busy[] = {0, 2, 2, 2, 2, 2, 1, 1, 1, 0};
  for (int i = 0; i < 10; ++i)
    CHECK(tenths.busy_workers[i] == Approx(busy[i]).margin(1e-9));
  CHECK(tenths.runs_done[3] == 0);
  CHECK(tenths.runs_done[6] == 2);
}

TEST_CASE("lines that say nothing sensible are counted and skipped") {
  const auto with = [](const std::string& bad) {
    auto text = two_workers();
    return text.insert(text.find('\n') + 1, bad);
  };
  CHECK(bad_lines(with("")) == 0);
  CHECK(bad_lines(with("\n  \r\n")) == 0);
  const std::string bad[] = {"garbage\n",
                             "{\"time\": 1.8e9\n",
                             "[1, 2]\n",
                             "null\n",
                             "{}\n",
                             std::string("\0\xff\xfe\n", 4),
                             "{\"event\": \"done\", \"worker\": 1, \"run\": 0, \"seconds\": 1}\n",
                             "{\"time\": \"now\", \"event\": \"ready\"}\n",
                             "{\"time\": -5, \"event\": \"ready\"}\n",
                             "{\"time\": 1e300, \"event\": \"ready\"}\n",
                             at(5, "dance"),
                             at(5, "done", "\"worker\": 1, \"run\": 0"),
                             done(-5, 1, 0, 1),
                             done(5, 0, 0, 1),
                             done(5, 3, 0, 1),
                             done(5, -1, 0, 1),
                             done(5, 1, -1, 1),
                             done(5, 1, 0, -1),
                             at(5, "done", "\"worker\": 1.5, \"run\": 0, \"seconds\": 1"),
                             at(5, "done", "\"worker\": 1, \"run\": 1e12, \"seconds\": 1"),
                             at(5, "done", "\"worker\": 1, \"run\": 0, \"seconds\": 1e300"),
                             at(5, "done", "\"worker\": 1, \"run\": [0], \"seconds\": 1"),
                             at(5, "farm_begin", R"("runs": 3, "done": 0, "workers": 0)"),
                             at(5, "farm_begin", R"("runs": 3, "done": 0, "workers": 1e9)"),
                             at(5, "ready", "\"x\": \"" + std::string(1 << 17, 'x') + "\""),
                             std::string(1 << 15, '[') + "\n",
                             std::string(1 << 15, '[') + std::string(1 << 15, ']') + "\n",
                             std::string(1 << 17, '[') + "\n"};
  for (const auto& one : bad) {
    INFO(one.substr(0, 100));
    const auto line = Journal(with(one)).read();
    CHECK(line.bad_lines == 1);
    CHECK(summarise(line).busy == Approx(130));
    CHECK(line.duration() == 100);
  }
  CHECK_THAT(timeline_text(Journal(with(bad[0])).read(), {}), Contains("1 line"));
}

TEST_CASE("half a last line is nothing unusual") {
  const auto whole = two_workers();
  const auto last = whole.rfind('{');
  for (std::size_t cut = last + 1; cut < whole.size(); ++cut) {
    const auto line = Journal(whole.substr(0, cut)).read();
    CHECK(line.bad_lines == 0);
    CHECK_FALSE(line.farms.back().ended);
    CHECK(line.duration() == 90);
  }
}

TEST_CASE("a killed farm's runs are without outcome") {
  // Worker 1 has begun run 2 at 50, worker 2 run 3 at 55; run 4 waits behind it.
  const auto line =
      Journal(begin(0, 2) + assign(10, 1, 0) + assign(10, 2, 1) + assign(12, 1, 2) + done(50, 1, 0, 40) +
              done(54, 2, 1, 44) + assign(55, 2, 3) + assign(56, 2, 4) + at(80, "ready", "\"worker\": 1"))
          .read();
  REQUIRE(line.bars.size() == 4);
  CHECK(line.bars[1].outcome == RunOutcome::unknown);
  CHECK(line.bars[1].run == 2);
  CHECK(line.bars[1].begin == 50);
  CHECK(line.bars[1].end == 80);
  CHECK(line.bars[3].run == 3);
  CHECK(line.bars[3].begin == 55);
  const auto s = summarise(line);
  CHECK(s.unknown == 2);
  CHECK(s.busy == Approx(40 + 44 + 30 + 25));
  CHECK_THAT(timeline_text(line, s), Contains("no end is recorded") && Contains("2 without outcome"));
}

TEST_CASE("what a stop leaves: interrupted runs, and runs handed back") {
  const auto line = Journal(begin(0, 1) + assign(10, 1, 0) + assign(10, 1, 1) +
                            at(40, "stop", R"("reason": "time limit")") +
                            at(45, "interrupted", on(1, 0) + R"(, "seconds": 35, "saved": true)") +
                            at(46, "returned", on(1, 1)) + end(50))
                        .read();
  REQUIRE(line.bars.size() == 1);
  CHECK(line.bars[0].outcome == RunOutcome::interrupted);
  CHECK(line.bars[0].begin == 10);
  const auto s = summarise(line);
  CHECK(s.interrupted == 1);
  CHECK(s.done == 0);
  CHECK_FALSE(s.longest);
  CHECK_THAT(timeline_text(line, s), Contains("time limit"));
}

TEST_CASE("a lost worker's run ends when it is given up, unless it comes back with it") {
  const auto start = begin(0, 2) + assign(10, 1, 0) + assign(10, 2, 1) + assign(11, 2, 2) +
                     at(60, "lost", R"("worker": 2, "silent_s": 30)");
  const auto gone = Journal(start + done(100, 1, 0, 90) + end(100)).read();
  REQUIRE(gone.bars.size() == 2);
  CHECK(gone.bars[1].outcome == RunOutcome::unknown);
  CHECK(gone.bars[1].run == 1);
  CHECK(gone.bars[1].begin == 10);
  CHECK(gone.bars[1].end == 60);
  CHECK(summarise(gone).lost_workers == 1);
  CHECK(summarise(gone).tail == 0);  // it is not for want of runs that it stands still

  const auto back = Journal(start + at(70, "back", "\"worker\": 2") + done(80, 2, 1, 70) + assign(80, 2, 3) +
                            done(95, 2, 3, 15) + done(100, 1, 0, 90) + end(100))
                        .read();
  REQUIRE(back.bars.size() == 3);
  CHECK(summarise(back).unknown == 0);
  CHECK(summarise(back).lost_workers == 0);
  CHECK(summarise(back).busy == Approx(70 + 15 + 90));
}

TEST_CASE("runs never overlap nor leave their farm") {
  const auto line =
      Journal(begin(0, 1) + done(30, 1, 0, 500) + done(50, 1, 1, 25) + done(60, 1, 2, 10) + end(60)).read();
  REQUIRE(line.bars.size() == 3);
  CHECK(line.bars[0].begin == 0);
  CHECK(line.bars[1].begin == 30);
  CHECK(line.bars[2].begin == 50);
  CHECK(summarise(line).efficiency() == Approx(1));
}

TEST_CASE("of several farms the last is shown, or all") {
  const Journal journal(two_workers() + begin(200, 3, 3) + done(260, 3, 7, 50) + end(300));
  const auto last = journal.read(), all = journal.read(FarmsShown::all);
  CHECK(last.farms.size() == 1);
  CHECK(last.begin == epoch + 200);
  CHECK(last.workers() == 3);
  CHECK(last.farms[0].done_before == 3);
  REQUIRE(last.bars.size() == 1);
  CHECK(last.bars[0].worker == 2);
  CHECK(last.bars[0].begin == 10);
  CHECK(all.farms.size() == 2);
  CHECK(all.begin == epoch);
  CHECK(all.bars.size() == 5);
  CHECK(all.duration() == 300);
  const auto s = summarise(all);
  CHECK(s.wall == Approx(200));
  CHECK(s.available == Approx(2 * 100 + 3 * 100));
  CHECK(s.busy == Approx(180));
  CHECK(s.workers == 3);
  CHECK_THAT(timeline_text(all, s), Contains("farms          2"));
}

TEST_CASE("what is no journal is refused") {
  const TemporaryFolder folder;
  CHECK_THROWS_AS(read_timeline(folder / "none.jsonl"), FileError);
  CHECK_THROWS_AS(read_timeline(folder.path()), FileError);
  CHECK_THROWS_AS(Journal("").read(), DataError);
  CHECK_THROWS_WITH(Journal("a\nb\n" + done(1, 1, 1, 1)).read(),
                    Contains("a.h5.log.jsonl") && Contains("3 lines not understood"));
  // A clock that was set back: the last farm still counts.
  CHECK(Journal(begin(100, 1) + begin(0, 2) + end(5)).read().workers() == 2);
}

TEST_CASE("pictures for few and many workers") {
  // Every worker works for the first half; one of them fails for an instant in the second.
  for (const int workers : {1, 2, 20, 2000}) {
    INFO(workers << " workers");
    std::string text = begin(0, workers);
    for (int worker = 1; worker <= workers; ++worker)
      text += done(500, worker, worker, 500);
    text += failed(750, workers / 2 + 1, 0, 0.02) + end(1000);
    const Journal journal(text);
    draw_timeline(journal.read(), journal.folder() / "a.png");
    const auto picture = read_png(journal.folder() / "a.png");
    CHECK(picture.width == 1312);
    CHECK(picture.height > 400);
    CHECK(picture.height < 1100);
    // Counted over the rows of workers, above the course.
    std::size_t blue = 0, pale = 0, red = 0, all = 0;
    for (int y = 90; y < picture.height - 265; ++y)
      for (int x = 90; x < 1220; ++x) {
        const auto* p = &picture.rgb[3 * (static_cast<std::size_t>(y) * picture.width + x)];
        ++all;
        blue += p[0] < 20 && p[1] > 90 && p[1] < 130 && p[2] > 150;
        pale += p[0] == p[1] && p[1] == p[2] && p[0] > 220 && p[0] < 240;
        red += p[0] > p[1] + 40 && p[0] > p[2] + 40;
      }
    CHECK(static_cast<double>(blue) / static_cast<double>(all) == Approx(0.48).margin(0.03));
    CHECK(static_cast<double>(pale) / static_cast<double>(all) == Approx(0.48).margin(0.03));
    CHECK(red >= 1);
    CHECK(red < 100);
  }
}

TEST_CASE("a picture of a farm that has only begun, and of one with odd names") {
  const Journal fresh(begin(0, 3));
  draw_timeline(fresh.read(), fresh.folder() / "a.png");
  CHECK(png_size(fresh.folder() / "a.png").first == 1312);
  const Journal odd(
      at(0, "farm_begin", R"("store": "/a/it's `date` \"x\"_1^2.h5", "runs": 1, "done": 0, "workers": 1)") +
      done(5, 1, 0, 4) + end(6));
  draw_timeline(odd.read(), odd.folder() / "a.png");
  CHECK(png_size(odd.folder() / "a.png").first == 1312);
  CHECK_THROWS_AS(draw_timeline(odd.read(), odd.folder() / "no" / "a.png"), FileError);
}
