#include "libtdse/farm/solve.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"
#include "libtdse/solver/plain_preset.hpp"
#ifdef PMD_FFTW
#include "libtdse/witness/witness.hpp"
#endif

namespace bondscope::tdse {
namespace {

#ifdef PMD_FFTW

MPI_Comm processes_of(const Team& team) {
  const auto* const ranks = dynamic_cast<const MpiRanks*>(team.ranks.get());
  return ranks ? ranks->processes() : MPI_COMM_SELF;
}

#endif

}  // namespace

void check_method(const Preset& preset) {
  if (preset.transforms == Transforms::own) return;
  check_plain(preset);
#ifndef PMD_FFTW
  throw ConfigError(
      fmt::format("preset '{}': transforms: fftw is not part of this build (PMD_FFTW=OFF)", preset.name));
#endif
}

RunResult solve(const Plan& plan, const RunMonitor& monitor, const Team& team,
                const Checkpointing& checkpointing) {
  check_method(plan.preset());
#ifdef PMD_FFTW
  if (plan.preset().transforms == Transforms::fftw)
    return run(plan, monitor, team, checkpointing,
               [](const Plan& p, const Team& t, const ArrayReader* state) -> std::unique_ptr<Propagator> {
                 return std::make_unique<Witness>(p, processes_of(t), state);
               });
#endif
  return run(plan, monitor, team, checkpointing);
}

double expected_seconds([[maybe_unused]] const Plan& plan, [[maybe_unused]] const Team& team) {
#ifdef PMD_FFTW
  return expected_seconds(plan, processes_of(team));
#else
  return 0;
#endif
}

}  // namespace bondscope::tdse
