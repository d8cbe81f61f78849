#include "libtdse/farm/machine_notes.hpp"

#include <fstream>
#include <set>

#include <fmt/format.h>
#include <sys/resource.h>

#include "libpmd/base/files/file_system.hpp"

namespace bondscope::tdse {
namespace {

/// The processors that share a core with this one, as the kernel lists them; the same text for all of them.
std::string siblings_of(int processor) {
  std::ifstream in(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", processor));
  std::string list;
  std::getline(in, list);
  return list;
}

}  // namespace

MachineFacts look_at_machine(int ranks, int ranks_here, std::span<const int> processors,
                             const std::string& store) {
  MachineFacts facts{.ranks = ranks, .ranks_here = ranks_here, .file_system = file_system_of(store).type};
  std::set<std::string> cores;
  for (const int processor : processors)
    cores.insert(siblings_of(processor));
  facts.processors = static_cast<int>(processors.size());
  if (!cores.contains("")) facts.cores = static_cast<int>(cores.size());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) facts.open_files = limit.rlim_cur;
  return facts;
}

std::vector<std::string> machine_notes(const MachineFacts& facts) {
  std::vector<std::string> notes;
  // Rank 0 of several only hands out runs.
  const int busy = (facts.ranks > 1 ? facts.ranks_here - 1 : facts.ranks_here) * facts.threads;
  if (facts.cores > 0 && facts.processors > facts.cores && busy > facts.cores)
    notes.push_back(
        fmt::format("{} threads compute on this machine's {} cores, two on a core (hyperthreads), which is "
                    "seldom faster; in Slurm, "
                    "--hint=nomultithread gives each a core of its own",
                    busy, facts.cores));
  else if (facts.processors > 0 && busy > facts.processors)
    notes.push_back(
        fmt::format("{} threads compute on {} processors: start fewer ranks, or give each fewer --threads",
                    busy, facts.processors));
  // Over TCP rank 0 has a connection to each of the others; some dozens are MPI's own.
  constexpr std::uint64_t of_mpi = 100;
  if (facts.open_files > 0 && static_cast<std::uint64_t>(facts.ranks) + of_mpi > facts.open_files)
    notes.push_back(
        fmt::format("rank 0 may open {} files and sockets (ulimit -n), and needs about {} where MPI talks "
                    "over TCP; raise the limit in "
                    "the job script: ulimit -n {}",
                    facts.open_files, static_cast<std::uint64_t>(facts.ranks) + of_mpi,
                    2 * (static_cast<std::uint64_t>(facts.ranks) + of_mpi)));
  constexpr std::uint64_t large = 10'000'000'000;
  if (facts.file_system == "lustre" && facts.store_bytes > large)
    notes.push_back(
        fmt::format("the store is on Lustre: spread over several servers it is written faster; for new files "
                    "of its folder: lfs "
                    "setstripe -c 8 -S 4M FOLDER"));
  constexpr int many = 500;
  if (facts.ranks > many && !facts.node_writers)
    notes.push_back(
        fmt::format("{} ranks open the store and sync it; --writers node leaves that to one of each node",
                    facts.ranks - 1));
  return notes;
}

}  // namespace bondscope::tdse
