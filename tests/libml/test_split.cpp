#include <algorithm>
#include <set>

#include <catch2/catch.hpp>

#include "libml/data/split.hpp"
#include "libtdse/base/error.hpp"

using ml::split_samples;

TEST_CASE("a split is disjoint and complete") {
  const auto split = split_samples(100, 0.75, 0.2, 5);
  CHECK(split.train.size() == 60);
  CHECK(split.validation.size() == 15);
  CHECK(split.test.size() == 25);
  std::set<std::size_t> all;
  for (const auto* part : {&split.train, &split.validation, &split.test}) {
    CHECK(std::is_sorted(part->begin(), part->end()));
    all.insert(part->begin(), part->end());
  }
  CHECK(all.size() == 100);
  CHECK(*all.rbegin() == 99);
}

TEST_CASE("the same seed splits alike, another one does not") {
  CHECK(split_samples(50, 0.75, 0, 1).test == split_samples(50, 0.75, 0, 1).test);
  CHECK(split_samples(50, 0.75, 0, 1).test != split_samples(50, 0.75, 0, 2).test);
}

TEST_CASE("the test part does not depend on the validation part") {
  CHECK(split_samples(50, 0.75, 0, 1).test == split_samples(50, 0.75, 0.3, 1).test);
}

TEST_CASE("without a validation fraction nothing is kept back, with a tiny one one sample is") {
  CHECK(split_samples(20, 0.75, 0, 1).validation.empty());
  CHECK(split_samples(20, 0.75, 0.001, 1).validation.size() == 1);
}

TEST_CASE("too few samples are refused") {
  CHECK_THROWS_AS(split_samples(0, 0.75, 0, 1), tdse::DataError);
  CHECK_THROWS_AS(split_samples(3, 0.75, 0, 1), tdse::DataError);
  CHECK_THROWS_AS(split_samples(8, 0.75, 0.99, 1), tdse::DataError);
  CHECK_NOTHROW(split_samples(6, 0.7, 0, 1));
}
