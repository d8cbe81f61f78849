#pragma once

// A farm's journal: one JSON object per line for every assignment and its end, for programs and for pictures
// (pmd_store timeline). The store does not depend on it.
//
// Every line has `time` (seconds since the epoch) and `event`:
// clang-format off
//   farm_begin   store, dataset, preset, part, runs, done, to_do, workers, ranks_per_run, threads, code_version,
//                machine, time_limit_s
//   ready        worker, host, ranks
//   assign       worker, run, attempt, cost          the worker may still be busy with another run
//   done         worker, run, attempt, seconds       committed
//   failed       worker, run, attempt, seconds, kind, reason
//   interrupted  worker, run, seconds, saved         begun and not finished
//   returned     worker, run                         never begun
//   lost         worker, silent_s                    does not answer any more; its first run has no end
//   back         worker                              answers again
//   troubled     worker, run, seconds, reason        not the run's fault, as it seems; another worker tries it
//   broken       worker, run, reason                 cannot go on
//   benched      worker, host, ranks, reason         gets no more runs
//   stop         reason                              nothing is started any more
//   farm_end     done, failed, unfinished, seconds, busy_seconds, reason
// clang-format on

#include <filesystem>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "libpmd/base/files/file.hpp"

namespace bondscope::tdse {

/// Where the journal of a store lies.
std::filesystem::path journal_file(const std::filesystem::path& store);

/// Appends events to the journal, a line of JSON each.
class Journal {
 public:
  /// Without a file nothing is written.
  Journal() = default;
  /// Appends to what is there; a half line that a killed farm left is ended first.
  explicit Journal(const std::filesystem::path& file);

  /// Adds the time. A journal that cannot be written (full disk) is given up: no run fails because of it.
  void write(const char* event, nlohmann::json values);

  /// Why the journal is not complete; empty if it is.
  const std::string& problem() const { return problem_; }

 private:
  void put(const std::string& text);
  void give_up(const char* what, const char* why);

  std::unique_ptr<File> file_;
  std::string problem_;
};

}  // namespace bondscope::tdse
