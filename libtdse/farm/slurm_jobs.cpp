#include "libtdse/farm/slurm_jobs.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libtdse/farm/environment.hpp"

namespace bondscope::tdse {
namespace {

constexpr double longest_believed = 1e8;  // s

/// All that a command prints; empty if it fails.
std::string output_of(const std::string& command) {
  std::string text;
  std::FILE* const pipe = ::popen(command.c_str(), "r");
  if (!pipe) return {};
  std::array<char, 4096> part{};
  while (const auto length = std::fread(part.data(), 1, part.size(), pipe))
    text.append(part.data(), length);
  return ::pclose(pipe) == 0 ? text : std::string();
}

/// From the environment, as later versions of Slurm have it.
std::optional<double> seconds_to_end() {
  const auto end = number_in_environment("SLURM_JOB_END_TIME");
  if (!end) return {};
  const double left = static_cast<double>(*end) - static_cast<double>(std::time(nullptr));
  if (left > 0 && left < longest_believed) return left;
  return {};
}

bool runs(const std::string& state) {
  constexpr std::array over{"PENDING",  "COMPLETED", "CANCELLED",     "FAILED",
                            "TIMEOUT",  "NODE_FAIL", "PREEMPTED",     "BOOT_FAIL",
                            "DEADLINE", "REVOKED",   "OUT_OF_MEMORY", "SPECIAL_EXIT"};
  return std::ranges::find(over, state) == over.end();
}

}  // namespace

SlurmJobs read_slurm_jobs(const std::string& printed, const std::string& own_job) {
  SlurmJobs jobs;
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream fields(line);
    std::string job, state, left;
    if (!std::getline(fields, job, '|') || !std::getline(fields, state, '|') || !std::getline(fields, left))
      continue;
    jobs.states[job] = state;
    if (job != own_job) continue;
    try {
      jobs.seconds_left = read_duration("squeue", left);
    } catch (const ConfigError&) {
      // "UNLIMITED" and anything else that is not a duration mean: no limit.
    }
  }
  return jobs;
}

SlurmJobs SlurmJobs::ask() {
  SlurmJobs jobs;
  if (!number_in_environment("SLURM_JOB_ID") || rank_in_environment().value_or(0) != 0) return jobs;
  // What cannot be had in some seconds is not worth more: a controller may be overloaded.
  jobs = read_slurm_jobs(
      output_of(fmt::format(
          "timeout 20 squeue --noheader --all --user={} --states=all --format='%i|%T|%L' 2>/dev/null",
          ::getuid())),
      this_process().job);
  if (const auto left = seconds_to_end()) jobs.seconds_left = left;
  return jobs;
}

bool SlurmJobs::has_ended(const LockHolder& holder, const LockHolder& me) const {
  if (holder.job.empty() || holder.user != me.user || holder.cluster != me.cluster) return false;
  if (holder.job == me.job) return holder.restart < me.restart;
  if (states.empty()) return false;
  const auto found = states.find(holder.job);
  return found == states.end() || !runs(found->second);
}

}  // namespace bondscope::tdse
