#include <array>
#include <set>

#include <catch2/catch.hpp>

#include "libpmd/base/random/random.hpp"

using namespace bondscope;

using bondscope::Random;

TEST_CASE("the numbers are the same on every machine") {
  // Written down once; a change here would give every recipe another split.
  Random random(1, "split");
  CHECK(random.bits() == 9407366248712429787u);
  CHECK(random.bits() == 14695915714335933985u);
}

TEST_CASE("seed, purpose and index each give a stream of their own") {
  const std::set<std::uint64_t> first{Random(1, "split").bits(), Random(2, "split").bits(),
                                      Random(1, "order").bits(), Random(1, "split", 1).bits(),
                                      Random(1, "order", 1).bits()};
  CHECK(first.size() == 5);
}

TEST_CASE("below() is uniform") {
  Random random(7, "dice");
  std::array<int, 6> counts{};
  for (int i = 0; i < 60000; ++i)
    ++counts.at(random.below(6));
  for (const int count : counts)
    CHECK(std::abs(count - 10000) < 500);  // five standard deviations: 456
  CHECK(random.below(1) == 0);
}

TEST_CASE("uniform() fills [0, 1)") {
  Random random(7, "uniform");
  double sum = 0, low = 1, high = 0;
  for (int i = 0; i < 10000; ++i) {
    const double x = random.uniform();
    sum += x;
    low = std::min(low, x);
    high = std::max(high, x);
  }
  CHECK(low >= 0);
  CHECK(high < 1);
  CHECK(sum / 10000 == Approx(0.5).margin(0.015));
}

TEST_CASE("permutation() holds every number once and every order can come") {
  Random random(3, "permutation");
  std::set<std::vector<std::size_t>> seen;
  for (int i = 0; i < 200; ++i) {
    const auto order = permutation(3, random);
    CHECK(std::set<std::size_t>(order.begin(), order.end()) == std::set<std::size_t>{0, 1, 2});
    seen.insert(order);
  }
  CHECK(seen.size() == 6);
  CHECK(permutation(0, random).empty());
}
