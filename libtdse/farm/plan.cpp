#include "libtdse/farm/plan.hpp"

#include <algorithm>

namespace tdse {

std::vector<PlannedRun> make_plan(const std::vector<CommitRecord>& commits,
                                  const std::vector<double>& costs) {
  std::vector<PlannedRun> plan;
  for (std::size_t run = 0; run < commits.size(); ++run)
    if (commits[run].state != RunState::done) plan.push_back({run, commits[run].attempt + 1, costs.at(run)});
  std::stable_sort(plan.begin(), plan.end(), [](const auto& a, const auto& b) { return a.cost > b.cost; });
  return plan;
}

}  // namespace tdse
