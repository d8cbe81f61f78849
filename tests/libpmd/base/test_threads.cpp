#include <algorithm>
#include <cstdlib>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/threads/for_each_index.hpp"

using namespace bondscope;

TEST_CASE("every index is worked on once, by as many threads as asked for, and counted") {
  std::mutex mutex;
  std::vector<int> times(100);
  std::set<std::thread::id> threads;
  std::vector<std::size_t> counted;
  for_each_index(
      times.size(), 3,
      [&](std::size_t i) {
        const std::lock_guard lock(mutex);
        ++times[i];
        threads.insert(std::this_thread::get_id());
      },
      [&](std::size_t done, std::size_t all) {
        CHECK(all == 100);
        counted.push_back(done);
      });
  CHECK(times == std::vector<int>(100, 1));
  CHECK(threads.size() <= 3);
  REQUIRE(counted.size() == 100);
  CHECK(std::is_sorted(counted.begin(), counted.end()));
  CHECK(counted.back() == 100);
}

TEST_CASE("the first error of shared work is thrown again") {
  const auto work = [](std::size_t i) {
    if (i == 3) throw std::runtime_error("three");
  };
  CHECK_THROWS_WITH(for_each_index(10, 3, work), "three");
  CHECK_NOTHROW(for_each_index(3, 3, work));
  CHECK_NOTHROW(for_each_index(0, 3, work));
}

TEST_CASE("OMP_NUM_THREADS lowers the number of threads, and nonsense in it does nothing") {
  const char* before = std::getenv("OMP_NUM_THREADS");
  const std::string kept = before ? before : "";
  ::unsetenv("OMP_NUM_THREADS");
  const int all = available_threads();
  CHECK(all >= 1);
  const auto with = [](const char* text) {
    ::setenv("OMP_NUM_THREADS", text, 1);
    return available_threads();
  };
  CHECK(with("1") == 1);
  CHECK(with("1,2") == 1);
  for (const char* text : {"0", "-1", "many", "", "1000000"}) {
    INFO(text);
    CHECK(with(text) == all);
  }
  ::unsetenv("OMP_NUM_THREADS");
  if (before) ::setenv("OMP_NUM_THREADS", kept.c_str(), 1);
}
