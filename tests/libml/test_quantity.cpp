// What experiments measure, and what the paper has measured of it.

#include <algorithm>

#include <catch2/catch.hpp>

#include "libml/experiments/experiment.hpp"
#include "libml/experiments/quantity.hpp"
#include "tests/libml/experiment_texts.hpp"

using namespace bondscope;
using namespace bondscope::ml::texts;

using bondscope::ml::Experiment;
using Catch::Matchers::Contains;

TEST_CASE("without an error to reach a learning curve has no law") {
  const auto points = curve.substr(0, curve.find("target_mae")) + "paper: {\"R, 100 runs\": 0.2, R: 0.1}\n";
  CHECK(read(points).target_mae == 0);
  CHECK_THROWS_WITH(read(points, "paper={a: 7}"), Contains("this is nothing that the experiment measures"));
  CHECK_THROWS_WITH(read(points, "paper={\"R, 300 runs\": 0.1}"),
                    Contains("this is nothing that the experiment measures"));
}

TEST_CASE("values of the paper have the number of runs that the paper trained with") {
  const auto runs = [](const Experiment& e) {
    std::vector<std::size_t> all;
    for (const auto& paper : e.paper)
      all.push_back(paper.runs.value_or(0));
    return all;
  };
  CHECK(runs(read(train)) == std::vector<std::size_t>{0, 0});
  CHECK(runs(read(train + "train_runs: 2250\n")) == std::vector<std::size_t>{2250, 2250});
  CHECK(runs(read(curve, "paper={\"R, 200 runs\": 1, R: 1, a: 7}")) ==
        std::vector<std::size_t>{200, 300, 300});
  const auto moved = transfer.substr(0, transfer.find("paper")) +
                     "train_runs: 750\npaper: {R: 1, R untransferred: 1, \"R from scratch, all runs\": 1}\n";
  CHECK(runs(read(moved)) == std::vector<std::size_t>{750, 0, 0});
  CHECK(runs(read(moved + "paper_runs: {\"R from scratch, all runs\": 6000}\n")) ==
        std::vector<std::size_t>{750, 0, 6000});
  CHECK_THROWS_WITH(read(moved + "paper_runs: {R from scratch: 5}\n"),
                    Contains("paper_runs.R from scratch: paper has no such value"));
}

TEST_CASE("what compares key points counts them") {
  const auto counted = ml::quantities(read(baseline, "method=sift"));
  CHECK(std::ranges::count(counted, "key points, median") == 1);
  CHECK(std::ranges::count(ml::quantities(read(baseline)), "key points, median") == 0);
  CHECK(ml::unit_of("key points, 5 %") == "");
}

TEST_CASE("quantities have units") {
  CHECK(ml::unit_of("R") == "a.u.");
  CHECK(ml::unit_of("R@focal") == "a.u.");
  CHECK(ml::unit_of("R from scratch, all runs") == "a.u.");
  CHECK(ml::unit_of("R, 500 runs") == "a.u.");
  CHECK(ml::unit_of("intensity@cep") == "1e14 W/cm^2");
  CHECK(ml::unit_of("accuracy") == "");
  CHECK(ml::unit_of("a") == "a.u.");
  CHECK(ml::unit_of("b") == "");
  CHECK(ml::unit_of("runs for target") == "");
}
