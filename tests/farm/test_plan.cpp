#include <catch2/catch.hpp>

#include "libtdse/farm/plan.hpp"

using tdse::CommitRecord;
using tdse::PlannedRun;
using tdse::RunState;

TEST_CASE("the longest runs come first, equal ones by number") {
  const std::vector<CommitRecord> fresh(5);
  CHECK(tdse::make_plan(fresh, {1, 3, 2, 3, 1}) ==
        std::vector<PlannedRun>{{1, 1, 3}, {3, 1, 3}, {2, 1, 2}, {0, 1, 1}, {4, 1, 1}});
}

TEST_CASE("done runs are left out, failed ones tried once more") {
  const std::vector<CommitRecord> commits{
      {RunState::done, 1, 5, true}, {RunState::failed, 2, 0, true}, {}, {RunState::pending, 0, 0, false}};
  CHECK(tdse::make_plan(commits, {1, 1, 1, 1}) == std::vector<PlannedRun>{{1, 3, 1}, {2, 1, 1}, {3, 1, 1}});
}

TEST_CASE("nothing to do makes an empty plan") {
  CHECK(tdse::make_plan({{RunState::done, 1, 5, true}}, {1}).empty());
}
