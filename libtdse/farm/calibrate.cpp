#include "libtdse/farm/calibrate.hpp"

#include <algorithm>
#include <numeric>

#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::tdse {

std::optional<Calibration> calibrate(const Solver& solver, const std::vector<RunParameters>& runs,
                                     const std::vector<double>& costs, double budget) {
  if (runs.empty() || costs.size() != runs.size()) return {};
  std::vector<std::size_t> order(runs.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto middle = order.begin() + static_cast<std::ptrdiff_t>(order.size() / 2);
  std::nth_element(order.begin(), middle, order.end(), [&](auto a, auto b) { return costs[a] < costs[b]; });
  const std::size_t run = *middle;

  const auto begin = Clock::now();
  double first_seconds = 0, first_fraction = 0, seconds = 0, fraction = 0;
  const RunMonitor monitor = [&](double f) {
    seconds = seconds_since(begin);
    fraction = f;
    if (first_fraction == 0) {
      first_seconds = seconds;
      first_fraction = f;
    }
    return seconds < first_seconds + budget;
  };
  try {
    solver(runs[run], monitor, {});
    seconds = seconds_since(begin);
    fraction = 1;
  } catch (const Interrupted&) {
    // The budget is spent.
  }
  // The start state's time lies before the first report and is not paid again.
  if (fraction <= first_fraction) return {};
  const double run_seconds =
      first_seconds + (seconds - first_seconds) * (1 - first_fraction) / (fraction - first_fraction);
  const double total_cost = std::accumulate(costs.begin(), costs.end(), 0.0);
  return Calibration{run, fraction, run_seconds, run_seconds * total_cost / costs[run]};
}

}  // namespace bondscope::tdse
