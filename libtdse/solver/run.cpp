#include "libtdse/solver/run.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <exception>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/solver/propagation.hpp"

namespace bondscope::tdse {
namespace {

enum class Wish { go_on, stop, stop_without_saving };

/// Asks this rank's monitor; the answer is that of all ranks. What a monitor throws stops all ranks,
/// so that none waits for the one that threw.
Wish wish(const RunMonitor& monitor, double fraction, Ranks& ranks) {
  std::array<double, 2> stop_and_thrown{};
  std::exception_ptr thrown;
  try {
    if (monitor && !monitor(fraction)) stop_and_thrown[0] = 1;
  } catch (...) {
    thrown = std::current_exception();
    stop_and_thrown[1] = 1;
  }
  ranks.sum(stop_and_thrown);
  if (thrown) std::rethrow_exception(thrown);
  return stop_and_thrown[1] > 0   ? Wish::stop_without_saving
         : stop_and_thrown[0] > 0 ? Wish::stop
                                  : Wish::go_on;
}

/// All ranks must do the same arithmetic.
void check_same_kernels(Ranks& ranks) {
  std::vector<double> users;
  for (const char* name : {"generic", "avx2", "avx512"})
    users.push_back(chosen_kernels().name == std::string(name) ? 1 : 0);
  ranks.sum(users);
  if (std::count_if(users.begin(), users.end(), [](double n) { return n > 0; }) > 1)
    throw ConfigError(
        "the ranks of this run have processors with different instructions; set PMD_INSTRUCTIONS to "
        "those that all have (generic, avx2, avx512)");
}

}  // namespace

std::unique_ptr<Propagator> sweeps(const Plan& plan, const Team& team, const ArrayReader* state) {
  if (state) return std::make_unique<Propagation>(plan, team, *state);
  return std::make_unique<Propagation>(plan, team);
}

RunResult run(const Plan& plan, const RunMonitor& monitor, const Team& team,
              const Checkpointing& checkpointing, const Method& method) {
  const auto started = Clock::now();
  check_same_kernels(*team.ranks);
  Saver saver(plan, team, checkpointing);
  RunResult result;
  auto run = saver.continued(method);
  if (!run) run = method(plan, team, nullptr);
  Propagator& propagator = *run;
  result.resumed_at = propagator.time();
  const double seconds_before = propagator.seconds_before();
  const auto seconds = [&] { return seconds_before + seconds_since(started); };
  while (!propagator.finished()) {
    propagator.advance();
    const Wish wanted = wish(monitor, propagator.fraction(), *team.ranks);
    if (wanted != Wish::go_on) {
      if (wanted == Wish::stop) saver.save(propagator, seconds(), true);
      throw RunInterrupted(fmt::format("the run was stopped at t = {}", format_number(propagator.time())),
                           result.resumed_at, saver.saved_at(), saver.error());
    }
    if (!propagator.finished()) saver.save(propagator, seconds());
  }
  result.checkpoint_error = saver.error();
  result.pmd = propagator.distribution();
  if (plan.preset().amplitude) result.amplitude = propagator.amplitude();
  result.diagnostics = propagator.diagnostics();
  Diagnostics& report = result.diagnostics;
  const MomentumAxes& axes = plan.preset().momentum;
  const auto kx = axes.kx(), ky = axes.ky();
  const MomentumPlane plane{kx.size(), ky.size(), kx.front(), ky.front(), axes.kx_spacing, axes.ky_spacing};
  measure(result.pmd, plane, report);
  if (!std::isfinite(report.yield)) throw NotFinite("the momentum distribution is not finite");
  report.wall_seconds = seconds();
  return result;
}

}  // namespace bondscope::tdse
