#include "libtdse/farm/plan.hpp"

#include <algorithm>
#include <tuple>

namespace bondscope::tdse {

bool LongestFirst::operator()(const PlannedRun& a, const PlannedRun& b) const {
  constexpr std::uint32_t suspect = 2;
  return std::tuple(a.begun >= suspect, a.attempt, -a.cost, a.run) <
         std::tuple(b.begun >= suspect, b.attempt, -b.cost, b.run);
}

std::vector<PlannedRun> make_plan(const std::vector<CommitRecord>& commits, const std::vector<double>& costs,
                                  const std::vector<std::uint32_t>& begun, Selection selection) {
  const RunState wanted = selection == Selection::failed ? RunState::failed : RunState::pending;
  std::vector<PlannedRun> plan;
  for (std::size_t run = 0; run < commits.size(); ++run)
    if (commits[run].state == wanted)
      plan.push_back({run, commits[run].attempt + 1, costs.at(run), begun.at(run)});
  std::sort(plan.begin(), plan.end(), LongestFirst{});
  return plan;
}

}  // namespace bondscope::tdse
