#include "libtdse/farm/runs_to_do.hpp"

#include <algorithm>
#include <tuple>

namespace bondscope::tdse {

bool LongestFirst::operator()(const RunToDo& a, const RunToDo& b) const {
  constexpr std::uint32_t suspect = 2;
  return std::tuple(a.begun >= suspect, a.attempt, -a.cost, a.run) <
         std::tuple(b.begun >= suspect, b.attempt, -b.cost, b.run);
}

std::vector<RunToDo> runs_to_do(const std::vector<CommitRecord>& commits, const std::vector<double>& costs,
                                const std::vector<std::uint32_t>& begun, Selection selection) {
  const RunState wanted = selection == Selection::failed ? RunState::failed : RunState::pending;
  std::vector<RunToDo> to_do;
  for (std::size_t run = 0; run < commits.size(); ++run)
    if (commits[run].state == wanted)
      to_do.push_back({run, commits[run].attempt + 1, costs.at(run), begun.at(run)});
  std::sort(to_do.begin(), to_do.end(), LongestFirst{});
  return to_do;
}

}  // namespace bondscope::tdse
