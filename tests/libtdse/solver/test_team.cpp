#include <numeric>

#include <catch2/catch.hpp>

#include "libtdse/solver/team.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

TEST_CASE("parts tile a range as evenly as possible") {
  for (const int count : {0, 1, 5, 48})
    for (const int parts : {1, 2, 3, 7}) {
      int next = 0;
      for (int p = 0; p < parts; ++p) {
        const Part part = part_of(count, parts, p);
        CHECK(part.first == next);
        CHECK(part.size() >= count / parts);
        CHECK(part.size() <= count / parts + 1);
        next = part.last;
      }
      CHECK(next == count);
    }
}

TEST_CASE("every thread does its share of every task") {
  for (const int count : {1, 2, 5}) {
    Threads threads(count);
    REQUIRE(threads.count() == count);
    std::vector<long> done(static_cast<std::size_t>(count), 0);
    for (int round = 0; round < 2000; ++round)
      threads.run([&](int thread) { done[static_cast<std::size_t>(thread)] += round; });
    for (const long sum : done)
      CHECK(sum == 1999 * 1000);
  }
}
