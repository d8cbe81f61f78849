#include "libtdse/farm/teams.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <unistd.h>

#include "libtdse/farm/environment.hpp"

namespace bondscope::tdse {

std::vector<int> Teams::ranks_of(int worker) const {
  std::vector<int> team(static_cast<std::size_t>(ranks_per_run));
  std::iota(team.begin(), team.end(), first_rank_of(worker));
  return team;
}

int Teams::worker_of(int rank) const {
  if (rank < 1) return 0;
  const int worker = 1 + (rank - 1) / ranks_per_run;
  return worker <= workers() ? worker : 0;
}

Teams choose_teams(const TeamFacts& facts) {
  Teams chosen{facts.ranks, 1, "one rank per run wastes nothing"};
  const double computing = std::max(1, facts.ranks - 1);
  const auto at_least = [&](double ranks, const std::string& reason) {
    const int wanted = static_cast<int>(std::min(std::ceil(ranks), computing));
    if (wanted <= chosen.ranks_per_run) return;
    chosen.ranks_per_run = wanted;
    chosen.reason = reason;
  };
  if (facts.bytes_per_rank > 0)
    at_least(static_cast<double>(facts.bytes_per_run) / static_cast<double>(facts.bytes_per_rank),
             "one rank has too little memory for a run");
  // Several ranks on one run are less efficient than as many runs.
  constexpr double share_of_limit = 0.8, efficiency = 0.7;
  if (facts.longest_seconds && facts.seconds_left && !facts.can_be_continued &&
      *facts.longest_seconds > share_of_limit * *facts.seconds_left)
    at_least(*facts.longest_seconds / (share_of_limit * *facts.seconds_left) / efficiency,
             "the longest run would not end within the time limit on one rank");
  if (facts.runs > 0)
    at_least(std::floor(computing / static_cast<double>(facts.runs)), "there are fewer runs than ranks");
  return chosen;
}

std::uint64_t memory_per_rank(int ranks_here) {
  constexpr std::uint64_t mebibyte = 1u << 20;
  const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
  std::uint64_t all =
      pages > 0 && page > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page) : 0;
  // Slurm's 0 stands for all.
  if (const auto node = number_in_environment("SLURM_MEM_PER_NODE").value_or(0))
    all = std::min(all, node * mebibyte);
  std::uint64_t each = all / static_cast<std::uint64_t>(std::max(1, ranks_here));
  if (const auto cpu = number_in_environment("SLURM_MEM_PER_CPU").value_or(0)) {
    const auto cpus = std::max<std::uint64_t>(1, number_in_environment("SLURM_CPUS_PER_TASK").value_or(1));
    each = std::min(each, cpu * cpus * mebibyte);
  }
  return each;
}

int ranks_on_this_machine(int otherwise) {
  for (const char* name : {"OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS"})
    if (const auto ranks = number_in_environment(name).value_or(0); ranks > 0 && ranks < 1'000'000)
      return static_cast<int>(ranks);
  return otherwise;
}

}  // namespace bondscope::tdse
