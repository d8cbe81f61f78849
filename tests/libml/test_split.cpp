#include <algorithm>
#include <cmath>
#include <set>

#include <catch2/catch.hpp>

#include "libml/data/split.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

using bondscope::ml::split_samples;

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
  CHECK_THROWS_AS(split_samples(0, 0.75, 0, 1), DataError);
  CHECK_THROWS_AS(split_samples(3, 0.75, 0, 1), DataError);
  CHECK_THROWS_AS(split_samples(8, 0.75, 0.99, 1), DataError);
  CHECK_NOTHROW(split_samples(6, 0.7, 0, 1));
}

TEST_CASE("samples added from another data set all train, and change nothing else") {
  ml::SampleSet own;
  own.samples.resize(40);
  for (std::size_t i = 0; i < own.size(); ++i)
    own.samples[i].roots = {i};
  auto both = own;
  for (std::size_t i = 0; i < 10; ++i) {
    auto& added = both.samples.emplace_back();
    added.added = true;
    added.roots = {100 + i / 2};
  }
  const auto alone = split_samples(own, 0.75, 0.1, 1, 5), joined = split_samples(both, 0.75, 0.1, 1, 5);
  CHECK(joined.test == alone.test);
  CHECK(joined.validation == alone.validation);
  CHECK(joined.unused == alone.unused);
  CHECK(joined.train.size() == 15);
  CHECK(std::ranges::includes(joined.train, alone.train));
  CHECK(joined.train.back() == 49);
}

namespace {

using bondscope::Use;

/// 60 samples; every third is marked training, and of the others every fifth test.
std::vector<Use> some_marks() {
  std::vector<Use> uses(60, Use::any);
  for (std::size_t i = 0; i < uses.size(); ++i)
    if (i % 3 == 0)
      uses[i] = Use::training;
    else if (i % 5 == 0)
      uses[i] = Use::test;
  return uses;
}

/// Each with a computed run of its own.
ml::SampleSet samples_of(const std::vector<Use>& uses) {
  ml::SampleSet samples;
  for (std::uint64_t i = 0; i < uses.size(); ++i) {
    ml::Sample sample;
    sample.run = sample.number = i;
    sample.use = uses[i];
    sample.checksum = 7 * i;
    sample.roots = {7 * i};
    samples.samples.push_back(sample);
  }
  return samples;
}

std::size_t count(const std::vector<std::size_t>& part, const std::vector<Use>& uses, Use use) {
  return static_cast<std::size_t>(
      std::count_if(part.begin(), part.end(), [&](std::size_t i) { return uses[i] == use; }));
}

}  // namespace

TEST_CASE("without marks the split is what it always was") {
  // The numbers of before there were marks: models of then are continued and evaluated with them.
  CHECK(split_samples(12, 0.75, 0.25, 7).test ==
        split_samples(samples_of(std::vector<Use>(12, Use::any)), 0.75, 0.25, 7).test);
  const auto split = split_samples(samples_of(std::vector<Use>(12, Use::any)), 0.75, 0.25, 7);
  CHECK(split.train == std::vector<std::size_t>{0, 2, 3, 4, 5, 10, 11});
  CHECK(split.validation == std::vector<std::size_t>{6, 7});
  CHECK(split.test == std::vector<std::size_t>{1, 8, 9});
}

TEST_CASE("marked samples go where they may, the others are split by the fraction") {
  const auto uses = some_marks();
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    INFO(seed);
    const auto split = split_samples(samples_of(uses), 0.75, 0.2, seed);
    CHECK(count(split.test, uses, Use::training) == 0);
    CHECK(count(split.train, uses, Use::test) == 0);
    CHECK(count(split.validation, uses, Use::test) == 0);
    // 20 for training, 8 for tests, 32 of which 24 are for learning.
    CHECK(split.train.size() == 35);
    CHECK(split.validation.size() == 9);
    CHECK(split.test.size() == 16);
    std::set<std::size_t> all;
    for (const auto* part : {&split.train, &split.validation, &split.test}) {
      CHECK(std::is_sorted(part->begin(), part->end()));
      all.insert(part->begin(), part->end());
    }
    CHECK(all.size() == 60);
  }
}

TEST_CASE("computed runs are learned from before interpolated ones, and the tests stay the same") {
  std::vector<Use> uses(60, Use::training);
  for (std::size_t i = 0; i < 10; ++i)
    uses[2 * i] = Use::test;
  auto samples = samples_of(uses);
  for (std::size_t i = 30; i < 60; ++i)  // between two computed runs each
    samples.samples[i].roots = {7 * (2 * (i % 10) + 1), 7 * 21};
  const auto computed = split_samples(samples, 0.75, 0, 3, 20), more = split_samples(samples, 0.75, 0, 3, 35);
  CHECK(computed.train.back() == 29);
  CHECK(std::ranges::includes(more.train, computed.train));
  CHECK(more.test == computed.test);
  CHECK(split_samples(samples, 0.75, 0, 3, 7).train.back() < 30);
}

TEST_CASE("validation samples are of both kinds that are for learning") {
  const auto uses = some_marks();
  std::size_t marked = 0, all = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto validation = split_samples(samples_of(uses), 0.75, 0.2, seed).validation;
    marked += count(validation, uses, Use::training);
    all += validation.size();
  }
  const double share = static_cast<double>(marked) / static_cast<double>(all);
  CHECK(share == Approx(20.0 / 44).margin(0.05));
}

TEST_CASE("the test part does not depend on the validation part with marks either") {
  const auto uses = some_marks();
  CHECK(split_samples(samples_of(uses), 0.75, 0, 1).test ==
        split_samples(samples_of(uses), 0.75, 0.3, 1).test);
}

TEST_CASE("with nothing but marks the fraction is not asked for") {
  const std::vector<Use> uses{Use::test, Use::training, Use::training, Use::test, Use::training};
  const auto split = split_samples(samples_of(uses), 0.75, 0, 3);
  CHECK(split.train == std::vector<std::size_t>{1, 2, 4});
  CHECK(split.test == std::vector<std::size_t>{0, 3});
}

TEST_CASE("marks that leave nothing to train on or to test are named") {
  const auto message = [](Use use) -> std::string {
    try {
      split_samples(samples_of(std::vector<Use>(9, use)), 0.75, 0, 1);
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(message(Use::training),
             Catch::Contains("9 marked for training") && Catch::Contains("0 to test"));
  CHECK_THAT(message(Use::test), Catch::Contains("9 for tests") && Catch::Contains("leave 0 to train on"));
}

TEST_CASE("samples with a computed run in common are not parted") {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    INFO(seed);
    auto samples = samples_of(std::vector<Use>(60, Use::any));
    // 20 groups of three: each sample shares a run with its neighbour in the group only.
    for (std::size_t i = 0; i < 60; ++i)
      samples.samples[i].roots = {100 * (i % 20) + i / 20, 100 * (i % 20) + i / 20 + 1};
    const auto split = split_samples(samples, 0.75, 0.2, seed);
    CHECK(split.test.size() == 15);
    std::set<std::size_t> groups;
    for (const auto i : split.test)
      groups.insert(i % 20);
    CHECK(groups.size() == 5);
    // 45 learn, of which a fifth, nine, validates: three groups, none of them in the part that is trained on.
    CHECK(split.validation.size() == 9);
    for (const auto i : split.train)
      CHECK(std::ranges::none_of(split.validation, [&](std::size_t v) { return v % 20 == i % 20; }));
  }
}

TEST_CASE("runs and those displaced from them are not parted") {
  auto samples = samples_of(std::vector<Use>(60, Use::any));
  samples.source.configuration = "dataset: {displaced: {R: 0.01}}\n";
  // 20 runs, then the pairs of each.
  for (std::size_t i = 0; i < 60; ++i) {
    const std::size_t run = i < 20 ? i : (i - 20) / 2;
    samples.samples[i].parameters.R = 2 + 0.1 * static_cast<double>(run) +
                                      (i < 20       ? 0
                                       : i % 2 == 0 ? -0.01
                                                    : 0.01);
  }
  const auto split = split_samples(samples, 0.75, 0, 3);
  CHECK(split.test.size() == 15);
  for (const auto test : split.test)
    CHECK(std::ranges::none_of(split.train, [&](std::size_t train) {
      return std::abs(samples.samples[test].parameters.R - samples.samples[train].parameters.R) < 0.05;
    }));
}

TEST_CASE("what belongs to a marked sample goes with it, and marks may not contradict each other") {
  auto samples = samples_of(std::vector<Use>(40, Use::any));
  samples.samples[3].use = Use::test;
  samples.samples[4].use = Use::training;
  samples.samples[30].roots = {7 * 3, 1000};
  samples.samples[31].roots = {7 * 4, 2000};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto split = split_samples(samples, 0.75, 0, seed);
    const auto holds = [](const std::vector<std::size_t>& part, std::size_t i) {
      return std::find(part.begin(), part.end(), i) != part.end();
    };
    CHECK(holds(split.test, 3));
    CHECK(holds(split.test, 30));
    CHECK(holds(split.train, 4));
    CHECK(holds(split.train, 31));
  }
  samples.samples[30].roots = {7 * 3, 7 * 4};
  CHECK_THROWS_WITH(split_samples(samples, 0.75, 0, 1), Catch::Contains("made from the same computed runs"));
}
