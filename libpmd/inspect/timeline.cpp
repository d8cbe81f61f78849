#include "libpmd/inspect/timeline.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/text/utf8.hpp"

namespace bondscope {
namespace {

using nlohmann::json;

constexpr std::size_t longest_line = 1u << 16;
constexpr std::uintmax_t largest_journal = std::uintmax_t{4} << 30;
constexpr double most_workers = 1e6, most_runs = 1e9, most_attempts = 1e6;
constexpr double latest_time = 1e11, longest_farm = 1e9;  // seconds
constexpr std::size_t longest_text = 300;
constexpr std::size_t most_waiting = 1000;  // runs of a worker without an outcome; farms assign at most 17

/// Thrown for a line that says something impossible; never leaves this file.
struct BadLine {};

double number(const json& event, const char* key, double min, double max) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_number()) throw BadLine();
  const auto value = found->get<double>();
  if (!(value >= min && value <= max)) throw BadLine();
  return value;
}

std::size_t count(const json& event, const char* key, double min, double max) {
  const double value = number(event, key, min, max);
  if (value != std::floor(value)) throw BadLine();
  return static_cast<std::size_t>(value);
}

/// Printable: journals come from outside, and what they say ends on a terminal.
std::string text_of(const json& event, const char* key) {
  const auto found = event.find(key);
  if (found == event.end() || !found->is_string()) return {};
  std::string value = found->get<std::string>();
  if (value.size() > longest_text) value = std::string(first_characters(value, longest_text)) + "…";
  std::replace_if(
      value.begin(), value.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; },
      ' ');
  return value;
}

/// Gathers the events of one farm; times are the journal's until finish().
class FarmReader {
 public:
  FarmReader(const json& event, double time) : last_time_(time) {
    farm_.begin = time;
    farm_.store = text_of(event, "store");
    farm_.dataset = text_of(event, "dataset");
    farm_.preset = text_of(event, "preset");
    farm_.machine = text_of(event, "machine");
    farm_.workers = count(event, "workers", 1, most_workers);
    farm_.runs = count(event, "runs", 0, most_runs);
    farm_.done_before = count(event, "done", 0, most_runs);
  }

  void take(const json& event, const std::string& name, double time) {
    if (farm_.ended || time < farm_.begin || time - farm_.begin > longest_farm) throw BadLine();
    if (name == "assign") {
      auto& waiting = worker(event).assigned;
      if (waiting.size() == most_waiting) throw BadLine();
      waiting.push_back({run(event), time, {}});
    } else if (name == "done" || name == "failed" || name == "interrupted" || name == "troubled") {
      finished(event, name, time);
    } else if (name == "returned") {
      Worker& owner = worker(event);
      owner.forget(run(event));
    } else if (name == "lost") {
      lost(worker(event), time);
    } else if (name == "back") {
      worker(event).is_lost = false;
    } else if (name == "stop") {
      farm_.reason = text_of(event, "reason");
    } else if (name == "farm_end") {
      farm_.ended = true;
      if (farm_.reason.empty()) farm_.reason = text_of(event, "reason");
    } else if (name != "ready" && name != "broken" && name != "benched") {
      throw BadLine();
    }
    last_time_ = std::max(last_time_, time);
  }

  /// Adds this farm to the timeline, whose times count from its begin; another farm began at `next`.
  void finish(Timeline& timeline, double next) {
    const double zero = timeline.begin;
    farm_.end = std::min(last_time_, next);
    for (auto& [worker, w] : workers_) {
      if (w.is_lost) farm_.lost.push_back(worker);
      underway(w, farm_.end);
      std::stable_sort(w.bars.begin(), w.bars.end(),
                       [](const auto& a, const auto& b) { return a.begin < b.begin; });
      double free = farm_.begin;
      for (auto bar : w.bars) {
        // The master learns of an end a little later than it was: runs may seem to overlap.
        bar.begin = std::clamp(bar.begin, free, farm_.end);
        bar.end = std::clamp(bar.end, bar.begin, farm_.end);
        free = bar.end;
        timeline.bars.push_back({worker, bar.run, bar.begin - zero, bar.end - zero, bar.outcome});
      }
    }
    for (const auto& failure : failures_)
      timeline.failures.push_back(failure);
    farm_.begin -= zero;
    farm_.end -= zero;
    timeline.farms.push_back(farm_);
  }

  double begin() const { return farm_.begin; }

 private:
  struct Assigned {
    std::size_t run;
    double time;
    std::optional<double> lost;  ///< when its worker was
  };
  struct Worker {
    std::vector<Assigned> assigned;  ///< in order, without those that have an outcome
    std::vector<TimelineBar> bars;
    double free = 0;  ///< end of the latest run
    bool is_lost = false;

    void forget(std::size_t run) {
      const auto found =
          std::find_if(assigned.begin(), assigned.end(), [&](const Assigned& a) { return a.run == run; });
      if (found != assigned.end()) assigned.erase(found);
    }
  };

  std::size_t index(const json& event) const {
    return count(event, "worker", 1, static_cast<double>(farm_.workers)) - 1;
  }
  Worker& worker(const json& event) { return workers_[index(event)]; }
  static std::size_t run(const json& event) { return count(event, "run", 0, most_runs); }

  void finished(const json& event, const std::string& name, double time) {
    const std::size_t number_of_run = run(event), owner = index(event);
    const double seconds = number(event, "seconds", 0, longest_farm);
    const auto outcome = name == "done"     ? RunOutcome::done
                         : name == "failed" ? RunOutcome::failed
                                            : RunOutcome::interrupted;
    if (outcome == RunOutcome::failed) {
      const auto attempt = event.contains("attempt") ? count(event, "attempt", 0, most_attempts) : 0;
      failures_.push_back({number_of_run, owner, static_cast<std::uint32_t>(attempt), text_of(event, "kind"),
                           text_of(event, "reason")});
    }
    Worker& w = workers_[owner];
    w.forget(number_of_run);
    w.bars.push_back({owner, number_of_run, time - seconds, time, outcome});
    w.free = time;
  }

  /// Only the run that it was at is shown; those that waited behind it go to others.
  static void lost(Worker& w, double time) {
    w.is_lost = true;
    if (w.assigned.empty()) return;
    w.assigned.resize(1);
    if (!w.assigned.front().lost) w.assigned.front().lost = time;
  }

  static void underway(Worker& w, double end) {
    if (w.assigned.empty()) return;
    const auto& a = w.assigned.front();
    const double until = a.lost.value_or(end);
    const double begin = a.lost ? a.time : std::max(a.time, w.free);
    if (until > begin) w.bars.push_back({0, a.run, begin, until, RunOutcome::unknown});
  }

  TimelineFarm farm_;
  std::map<std::size_t, Worker> workers_;  // those that were heard of: the journal's number may be wrong
  std::vector<TimelineFailure> failures_;
  double last_time_;
};

/// Calls `use` with each complete line that is not too long to be an event; returns how many were.
std::size_t for_each_line(const std::filesystem::path& file,
                          const std::function<void(std::string_view)>& use) {
  expect_file(file);
  std::error_code status;
  if (std::filesystem::file_size(file, status) > largest_journal)
    throw DataError(file.string() + ": larger than 4 GiB; not a farm's journal?");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw FileError(file.string() + ": cannot be read");
  std::size_t too_long = 0;
  std::vector<char> line(longest_line + 1);
  while (!in.getline(line.data(), static_cast<std::streamsize>(line.size())).eof()) {
    if (in.bad()) throw FileError(file.string() + ": cannot be read");
    if (in) {
      use({line.data(), static_cast<std::size_t>(in.gcount()) - 1});
      continue;
    }
    in.clear();
    in.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    if (!in.eof()) ++too_long;
  }
  return too_long;
}

}  // namespace

double Timeline::duration() const {
  double end = 0;
  for (const auto& farm : farms)
    end = std::max(end, farm.end);
  return end;
}

std::size_t Timeline::workers() const {
  std::size_t most = 0;
  for (const auto& farm : farms)
    most = std::max(most, farm.workers);
  return most;
}

std::filesystem::path journal_of(const std::filesystem::path& store_or_journal) {
  if (store_or_journal.extension() == ".jsonl") return store_or_journal;
  return store_or_journal.string() + ".log.jsonl";
}

Timeline read_timeline(const std::filesystem::path& journal, FarmsShown shown) {
  Timeline timeline;
  std::vector<FarmReader> farms;
  const auto too_long = for_each_line(journal, [&](std::string_view line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    try {
      const json event = json::parse(line, nullptr, false);
      if (!event.is_object()) throw BadLine();
      const double time = number(event, "time", 0, latest_time);
      const std::string name = text_of(event, "event");
      if (name == "farm_begin") {
        FarmReader farm(event, time);
        if (shown == FarmsShown::last) farms.clear();
        if (!farms.empty() && time < farms.back().begin()) throw BadLine();
        farms.push_back(std::move(farm));
      } else if (farms.empty()) {
        throw BadLine();
      } else {
        farms.back().take(event, name, time);
      }
    } catch (const BadLine&) {
      ++timeline.bad_lines;
    }
  });
  timeline.bad_lines += too_long;
  if (farms.empty())
    throw DataError(
        fmt::format("{}: no farm begins in it ({} lines not understood); expected the journal of tdse_farm, "
                    "STORE.log.jsonl",
                    journal.string(), timeline.bad_lines));
  timeline.begin = farms.front().begin();
  for (std::size_t i = 0; i < farms.size(); ++i)
    farms[i].finish(timeline, i + 1 < farms.size() ? farms[i + 1].begin() : latest_time);
  std::stable_sort(timeline.bars.begin(), timeline.bars.end(),
                   [](const auto& a, const auto& b) { return a.worker < b.worker; });
  return timeline;
}

}  // namespace bondscope
