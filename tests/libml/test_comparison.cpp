// Experiments compared run by run.

#include <catch2/catch.hpp>

#include "libml/experiments/comparison.hpp"

using namespace bondscope;

namespace {

ml::Experiment experiment(const std::string& name, const std::string& with = {}) {
  ml::Experiment made;
  made.name = name;
  if (!with.empty()) made.compare_with = {with};
  return made;
}

ml::Result result(const std::string& name, std::uint64_t seed, std::map<std::uint64_t, double> errors) {
  return {.experiment = name, .quantity = "R", .seed = seed, .errors = std::move(errors)};
}

}  // namespace

TEST_CASE("errors are compared on the runs that tested both, means over seeds first") {
  const ml::Reproduction all{
      .header = {},
      .experiments = {experiment("old"), experiment("new", "old"), experiment("alone", "missing")},
      .seeds = {1, 2},
      .results = {result("old", 1, {{3, 1.0}, {4, 2.0}, {9, 7.0}}), result("old", 2, {{3, 3.0}, {4, 4.0}}),
                  result("new", 1, {{3, 1.0}, {4, 1.0}, {5, 100.0}}), result("alone", 1, {{3, 1.0}})},
      .problems = {}};
  const auto compared = ml::comparisons(all);
  REQUIRE(compared.size() == 1);
  const auto& c = compared.front();
  CHECK(c.experiment == "new");
  CHECK(c.with == "old");
  CHECK(c.unit == "a.u.");
  CHECK(c.runs == 2);
  CHECK(c.difference == Approx(0.5 * ((1.0 - 2.0) + (1.0 - 3.0))));
  CHECK(c.interval_95.low == Approx(-2));
  CHECK(c.interval_95.high == Approx(-1));
  const auto missing = ml::missing_comparisons(all, compared);
  REQUIRE(missing.size() == 1);
  CHECK(missing.front().experiment == "alone");
  CHECK(missing.front().with == "missing");
  CHECK(ml::markdown(all).find("- alone with missing\n") != std::string::npos);
}

TEST_CASE("errors of runs are kept with the results, and comparisons shown in the tables") {
  ml::Reproduction all{
      .header = {},
      .experiments = {experiment("old"), experiment("new", "old")},
      .seeds = {1},
      .results = {result("old", 1, {{3, 1.0}, {4, 2.0}}), result("new", 1, {{3, 0.5}, {4, 0.5}})},
      .problems = {}};
  CHECK(ml::markdown(all).find(
            "| new        | old           | R (a.u.) |         -1 | -1.5 to -0.5 |     2 |") !=
        std::string::npos);
  all.deterministic = {"new"};
  all.seeds = {1, 2};
  CHECK(ml::rows(all)[0].status == "partly: 1 of 2 seeds");
  CHECK(ml::rows(all)[1].status == "done");
}
