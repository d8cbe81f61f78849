#include <catch2/catch.hpp>

#include "libtdse/farm/runs_to_do.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using bondscope::CommitRecord;
using bondscope::RunState;
using bondscope::tdse::Selection;

TEST_CASE("the longest runs come first, equal ones by number") {
  const std::vector<CommitRecord> fresh(5);
  CHECK(tdse::runs_to_do(fresh, {1, 3, 2, 3, 1}, {0, 0, 0, 0, 0}) ==
        std::vector<RunToDo>{{1, 1, 3}, {3, 1, 3}, {2, 1, 2}, {0, 1, 1}, {4, 1, 1}});
}

TEST_CASE("what is done or failed is left out, unless the failed are asked for") {
  const std::vector<CommitRecord> commits{
      {RunState::done, 1, 5, true}, {RunState::failed, 2, 0, true}, {}, {RunState::pending, 0, 0, false}};
  CHECK(tdse::runs_to_do(commits, {1, 1, 1, 1}, {0, 0, 0, 0}) == std::vector<RunToDo>{{2, 1, 1}, {3, 1, 1}});
  CHECK(tdse::runs_to_do(commits, {1, 1, 1, 1}, {0, 0, 0, 0}, Selection::failed) ==
        std::vector<RunToDo>{{1, 3, 1}});
}

TEST_CASE("of failed runs those with fewer attempts come first") {
  const std::vector<CommitRecord> commits{{RunState::failed, 2, 0, true}, {RunState::failed, 1, 0, true}};
  CHECK(tdse::runs_to_do(commits, {5, 1}, {0, 0}, Selection::failed) ==
        std::vector<RunToDo>{{1, 2, 1}, {0, 3, 5}});
}

TEST_CASE("runs that farms died of twice come last") {
  const std::vector<CommitRecord> fresh(4);
  CHECK(tdse::runs_to_do(fresh, {4, 3, 2, 1}, {2, 1, 0, 0}) ==
        std::vector<RunToDo>{{1, 1, 3, 1}, {2, 1, 2, 0}, {3, 1, 1, 0}, {0, 1, 4, 2}});
}

TEST_CASE("nothing to do makes an empty list") {
  CHECK(tdse::runs_to_do({{RunState::done, 1, 5, true}}, {1}, {0}).empty());
}
