// Experiments compared run by run.

#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

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

TEST_CASE("errors are compared on the runs that tested both, seeds and runs resampled") {
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
  // Of run 3 the seeds of the old one make 0 and -2, of run 4 -1 and -3: either run and either seed may be
  // drawn twice, and two seeds scatter less than many.
  CHECK(c.interval_95.low == Approx(-2 - std::sqrt(2)));
  CHECK(c.interval_95.high == Approx(-1 + std::sqrt(2)));
  const auto missing = ml::missing_comparisons(all, compared);
  REQUIRE(missing.size() == 1);
  CHECK(missing.front().experiment == "alone");
  CHECK(missing.front().with == "missing");
  CHECK(ml::markdown(all).find("- alone with missing\n") != std::string::npos);
}

TEST_CASE("a transfer is compared with the training from scratch that belongs to it") {
  auto transfer = experiment("moved", "old");
  transfer.kind = ml::ExperimentKind::transfer;
  ml::Reproduction all{
      .header = {},
      .experiments = {experiment("old"), transfer},
      .seeds = {1},
      .results = {result("old", 1, {{3, 2.0}, {4, 2.0}}), result("moved", 1, {{3, 0.5}, {4, 0.5}})},
      .problems = {}};
  for (const std::string quantity : {"R untransferred", "R from scratch", "R from scratch, all runs"}) {
    all.results.push_back(result("moved", 1, {{3, 1.0}, {4, 3.0}}));
    all.results.back().quantity = quantity;
  }
  const auto compared = ml::comparisons(all);
  REQUIRE(compared.size() == 2);
  CHECK(compared[0].with == "old");
  CHECK(compared[0].quantity_of_other == "R");
  CHECK(compared[1].with == "moved");
  CHECK(compared[1].quantity == "R");
  CHECK(compared[1].quantity_of_other == "R from scratch");
  CHECK(compared[1].difference == Approx(-1.5));
  CHECK(ml::missing_comparisons(all, compared).empty());
  CHECK(ml::markdown(all).find("from scratch  | R (a.u.) |       -1.5 |") != std::string::npos);
  const auto tables = nlohmann::json::parse(ml::json(all));
  CHECK(tables.at("compared").at(1).at("quantity_of_other") == "R from scratch");
  all.experiments[1].scratch = false;
  CHECK(ml::comparisons(all).size() == 1);
}

TEST_CASE("rows have the interval of their mean, over runs and seeds") {
  std::map<std::uint64_t, double> one, other;
  for (std::uint64_t run = 0; run < 400; ++run) {
    one[run] = run % 2 == 0 ? 0.5 : 1.5;
    other[run] = one[run] + 1;
  }
  ml::Reproduction all{.header = {},
                       .experiments = {experiment("e")},
                       .seeds = {1, 2},
                       .results = {result("e", 1, one)},
                       .problems = {}};
  const auto of_runs = *ml::rows(all).front().interval_95;  // 1 ± 1.96 · 0.5/√400
  CHECK(of_runs.low == Approx(0.951).margin(0.005));
  CHECK(of_runs.high == Approx(1.049).margin(0.005));
  all.results.push_back(result("e", 2, one));
  CHECK(ml::rows(all).front().interval_95->low == Approx(of_runs.low).margin(0.005));
  all.results.back().errors = other;
  const auto of_both = *ml::rows(all).front().interval_95;
  CHECK(of_both.low < 1);
  CHECK(of_both.high > 2);
  CHECK(ml::csv(all).find("sd,low_95,high_95,ratio") != std::string::npos);
  for (auto& made : all.results)
    made.errors.clear();
  CHECK_FALSE(ml::rows(all).front().interval_95);
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
