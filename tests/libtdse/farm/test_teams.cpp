#include <cstdlib>

#include <catch2/catch.hpp>

#include "libtdse/farm/teams.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

TEST_CASE("one rank per run unless there is a reason") {
  CHECK(choose_teams({.ranks = 65, .runs = 3000, .longest_seconds = {}, .seconds_left = {}}).ranks_per_run ==
        1);
  const auto memory = choose_teams({.ranks = 65,
                                    .runs = 3000,
                                    .bytes_per_run = 5'000'000'000,
                                    .bytes_per_rank = 2'000'000'000,
                                    .longest_seconds = {},
                                    .seconds_left = {}});
  CHECK(memory.ranks_per_run == 3);
  CHECK_THAT(memory.reason, Catch::Contains("memory"));
  const auto few = choose_teams({.ranks = 65, .runs = 10, .longest_seconds = {}, .seconds_left = {}});
  CHECK(few.ranks_per_run == 6);
  CHECK_THAT(few.reason, Catch::Contains("fewer runs"));
  CHECK(choose_teams({.ranks = 3,
                      .runs = 1,
                      .bytes_per_run = 9,
                      .bytes_per_rank = 1,
                      .longest_seconds = {},
                      .seconds_left = {}})
            .ranks_per_run == 2);
}

TEST_CASE("a run that one rank cannot finish in time is shared, unless it is saved") {
  const tdse::TeamFacts facts{.ranks = 65, .runs = 3000, .longest_seconds = 5000, .seconds_left = 3600};
  auto chosen = choose_teams(facts);
  CHECK(chosen.ranks_per_run == 3);
  CHECK_THAT(chosen.reason, Catch::Contains("time limit"));
  auto saved = facts;
  saved.can_be_continued = true;
  CHECK(choose_teams(saved).ranks_per_run == 1);
  auto short_enough = facts;
  short_enough.longest_seconds = 2000;
  CHECK(choose_teams(short_enough).ranks_per_run == 1);
}

TEST_CASE("memory is what Slurm grants, shared among the ranks") {
  ::unsetenv("SLURM_MEM_PER_CPU");
  ::setenv("SLURM_MEM_PER_NODE", "1000", 1);
  CHECK(tdse::memory_per_rank(4) == 250u << 20);
  ::setenv("SLURM_MEM_PER_CPU", "100", 1);
  CHECK(tdse::memory_per_rank(4) == 100u << 20);
  ::unsetenv("SLURM_MEM_PER_CPU");
  ::setenv("SLURM_MEM_PER_NODE", "rubbish", 1);
  CHECK(tdse::memory_per_rank(1) > 1u << 20);
  ::unsetenv("SLURM_MEM_PER_NODE");
}

TEST_CASE("teams of ranks") {
  const Teams teams{8, 3};
  CHECK(teams.workers() == 2);
  CHECK(teams.idle() == 1);
  CHECK(teams.ranks_of(1) == std::vector<int>{1, 2, 3});
  CHECK(teams.ranks_of(2) == std::vector<int>{4, 5, 6});
  CHECK(teams.worker_of(0) == 0);
  CHECK(teams.worker_of(3) == 1);
  CHECK(teams.worker_of(4) == 2);
  CHECK(teams.worker_of(7) == 0);
  CHECK(teams.first_rank_of(2) == 4);
  CHECK(Teams{}.workers() == 1);
  CHECK(Teams{}.idle() == 0);
}
