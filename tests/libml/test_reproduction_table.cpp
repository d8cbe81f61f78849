#include <cmath>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libml/experiments/table.hpp"

using namespace bondscope;

using bondscope::ml::ExperimentKind;
using bondscope::ml::Reproduction;
using Catch::Matchers::Contains;

namespace {

ml::Experiment experiment(const std::string& name, const std::string& title, const std::string& section,
                          ExperimentKind kind) {
  ml::Experiment e;
  e.name = name;
  e.title = title;
  e.section = section;
  e.kind = kind;
  return e;
}

Reproduction example() {
  auto net = experiment("net", "A network, plain", "II", ExperimentKind::train);
  net.tests = {"cep", "heh"};
  net.table_row = "CNN";
  net.paper = {{"R", 0.07}, {"R@cep", 0.89}, {"R@heh", 1.69}};
  auto moved = experiment("moved", "A \"transfer\"", "IV", ExperimentKind::transfer);
  moved.data = "cep";
  moved.table_row = "CNN | moved";
  moved.paper = {{"R", 0.23}};
  auto curve = experiment("curve", "A curve", "II", ExperimentKind::learning_curve);
  curve.paper = {{"b", -0.526}, {"runs for target", 50000}};
  const auto classes = experiment("classes", "Classes", "VI", ExperimentKind::train);
  return {.header = {{"data", "/data"}, {"program", "1.2.3"}},
          .experiments = {net, moved, curve, classes},
          .seeds = {1, 2, 3},
          .results = {{"net", "R", 1, 0.0625, 2250, 750, 10},
                      {"net", "R", 2, 0.09375, 2250, 749, 10},
                      {"net", "R", 3, 0.125, 2249, 750, 10},
                      {"net", "R@cep", 1, 1.0, 2250, 3000, 1},
                      {"net", "R@cep", 2, 1.25, 2250, 3000, 1},
                      {"net", "R@cep", 7, 100, 2250, 3000, 1},
                      {"net", "intensity", 1, 0.0512, 2250, 750, 1},
                      {"moved", "R", 2, 0.24567, 750, 250, 5},
                      {"curve", "b", 1, -0.526, 2250, 750, 5},
                      {"curve", "b", 2, -0.526, 2250, 750, 5},
                      {"curve", "b", 3, -0.526, 2250, 750, 5},
                      {"curve", "runs for target", 3, 61234.5, 2250, 750, 5}},
          .problems = {{"moved", "failed: seed 3: disk\nfull"}, {"classes", "no data"}}};
}

const ml::Row& find(const std::vector<ml::Row>& rows, const std::string& experiment,
                    const std::string& quantity) {
  for (const auto& row : rows)
    if (row.experiment == experiment && row.quantity == quantity) return row;
  throw std::runtime_error("no row " + experiment + " " + quantity);
}

}  // namespace

TEST_CASE("rows hold the paper's quantities first, then what else was measured") {
  const auto rows = ml::rows(example());
  std::vector<std::string> names;
  for (const auto& row : rows)
    names.push_back(row.experiment + " " + row.quantity);
  CHECK(names == std::vector<std::string>{"net R", "net R@cep", "net R@heh", "net intensity", "moved R",
                                          "curve b", "curve runs for target", "classes "});
  const auto& R = find(rows, "net", "R");
  CHECK(R.ours->mean == 0.09375);
  CHECK(*R.ours->sd == 0.03125);
  CHECK(R.ours->count == 3);
  CHECK(*R.ratio == Approx(0.09375 / 0.07));
  CHECK(R.train_runs == 2249);
  CHECK(R.test_runs == 749);
  CHECK(R.unit == "a.u.");
  CHECK(R.status == "done");
  const auto& elsewhere = find(rows, "net", "R@cep");
  CHECK(elsewhere.ours->mean == 1.125);  // the seed that was not asked for is left out
  CHECK(elsewhere.ours->count == 2);
  CHECK_FALSE(find(rows, "net", "R@heh").ours);
  CHECK_FALSE(find(rows, "net", "R@heh").ratio);
  CHECK_FALSE(find(rows, "net", "intensity").paper);
}

TEST_CASE("errors of other numbers of runs than the paper's are not divided") {
  auto all = example();
  auto& paper = all.experiments.front().paper.front();
  paper.runs = 2400;  // 2249 here
  CHECK(find(ml::rows(all), "net", "R").ratio);
  paper.runs = 6000;
  CHECK_FALSE(find(ml::rows(all), "net", "R").ratio);
  CHECK(find(ml::rows(all), "net", "R").paper_runs == 6000u);
  CHECK_THAT(ml::csv(all), Contains("R,a.u.,0.07,6000,0.09375,"));
}

TEST_CASE("the status tells how far an experiment is") {
  auto all = example();
  CHECK(find(ml::rows(all), "moved", "R").status == "partly: 1 of 3 seeds; failed: seed 3: disk full");
  CHECK(find(ml::rows(all), "classes", "").status == "no data");
  all.shortfalls = {
      {"net", "no data to test on: heh"}, {"moved", "450 of 750 runs to train on"}, {"classes", "x"}};
  CHECK(find(ml::rows(all), "net", "R").status == "done; no data to test on: heh");
  CHECK(find(ml::rows(all), "moved", "R").status ==
        "partly: 1 of 3 seeds; 450 of 750 runs to train on; failed: seed 3: disk full");
  CHECK(find(ml::rows(all), "classes", "").status == "no data");
  all.shortfalls.clear();
  all.problems.clear();
  CHECK(find(ml::rows(all), "moved", "R").status == "partly: 1 of 3 seeds");
  CHECK(find(ml::rows(all), "classes", "").status == "not done");
}

TEST_CASE("Table I has a line per method and a column per data set") {
  const auto table = ml::transfer_table(example());
  CHECK(table.columns == std::vector<std::string>{"cep", "heh"});
  REQUIRE(table.lines.size() == 2);
  CHECK(table.lines[0].method == "CNN");
  CHECK(table.lines[0].cells[0]->ours->mean == 1.125);
  CHECK(table.lines[0].cells[0]->paper == 0.89);
  CHECK_FALSE(table.lines[0].cells[1]->ours);
  CHECK(table.lines[1].cells[0]->ours->mean == 0.24567);
  CHECK_FALSE(table.lines[1].cells[1]);
}

TEST_CASE("the Markdown text is aligned and has sensible digits") {
  CHECK(ml::markdown(example()) == R"(# Learning experiments of Phys. Rev. A 107, 033106

- data: /data
- program: 1.2.3
- seeds: 1, 2, 3

Ours: mean ± standard deviation over seeds (one seed: none), on runs that were not learned from; 95 %
is the interval of this mean, by a bootstrap over the tests and, of several seeds, over the seeds.
R and intensity are mean absolute errors, R@cep that of R on the data set cep. Ratio is ours / paper's,
where both were trained with about as many runs: the paper's "of runs", ours "train". Test counts
runs. Learned in: the time that one model took, without images and tests; of a mean that of all its
models; of a dictionary that of making and testing it, in the last go.

## Section II

| experiment | quantity                |  paper | of runs |           ours | 95 % | ratio | seeds | train | test | learned in | status |
| ---------- | ----------------------- | -----: | ------: | -------------: | ---: | ----: | ----: | ----: | ---: | ---------: | ------ |
| net        | R (a.u.)                |   0.07 |         |  0.094 ± 0.031 |      |  1.34 |     3 |  2249 |  749 |       10 s | done   |
|            | R@cep (a.u.)            |   0.89 |         |    1.12 ± 0.18 |      |  1.26 |     2 |  2250 | 3000 |      1.0 s |        |
|            | R@heh (a.u.)            |   1.69 |         |                |      |       |       |       |      |            |        |
|            | intensity (1e14 W/cm^2) |        |         |         0.0512 |      |       |     1 |  2250 |  750 |      1.0 s |        |
| curve      | b                       | -0.526 |         | -0.526 ± 0.000 |      |  1.00 |     3 |  2250 |  750 |      5.0 s | done   |
|            | runs for target         |  50000 |         |          61234 |      |  1.22 |     1 |  2250 |  750 |      5.0 s |        |

## Section IV

| experiment | quantity | paper | of runs |  ours | 95 % | ratio | seeds | train | test | learned in | status                                          |
| ---------- | -------- | ----: | ------: | ----: | ---: | ----: | ----: | ----: | ---: | ---------: | ----------------------------------------------- |
| moved      | R (a.u.) |  0.23 |         | 0.246 |      |  1.07 |     1 |   750 |  250 |      5.0 s | partly: 1 of 3 seeds; failed: seed 3: disk full |

## Section VI

| experiment | quantity | paper | of runs | ours | 95 % | ratio | seeds | train | test | learned in | status  |
| ---------- | -------- | ----: | ------: | ---: | ---: | ----: | ----: | ----: | ---: | ---------: | ------- |
| classes    |          |       |         |      |      |       |       |       |      |            | no data |

## Table I

Mean absolute error of R in a.u.: ours (paper's).

| method       |                cep |      heh |
| ------------ | -----------------: | -------: |
| CNN          | 1.12 ± 0.18 (0.89) | – (1.69) |
| CNN \| moved |       0.246 (0.23) |          |

## What the experiments are

- [net](net/): A network, plain
- [moved](moved/): A "transfer"
- [curve](curve/): A curve
- classes: Classes
)");
}

TEST_CASE("the CSV text has every digit") {
  CHECK(
      ml::csv(example()) ==
      R"(experiment,title,section,quantity,unit,paper,paper_runs,mean,sd,low_95,high_95,ratio,seeds,train_runs,test_runs,training_seconds,status
net,"A network, plain",II,R,a.u.,0.07,,0.09375,0.03125,,,1.3392857142857142,3,2249,749,10,done
net,"A network, plain",II,R@cep,a.u.,0.89,,1.125,0.1767766952966369,,,1.2640449438202248,2,2250,3000,1,done
net,"A network, plain",II,R@heh,a.u.,1.69,,,,,,,0,,,,done
net,"A network, plain",II,intensity,1e14 W/cm^2,,,0.0512,,,,,1,2250,750,1,done
moved,"A ""transfer""",IV,R,a.u.,0.23,,0.24567,,,,1.0681304347826086,1,750,250,5,partly: 1 of 3 seeds; failed: seed 3: disk full
curve,A curve,II,b,,-0.526,,-0.526,0,,,1,3,2250,750,5,done
curve,A curve,II,runs for target,,50000,,61234.5,,,,1.22469,1,2250,750,5,done
classes,Classes,VI,,,,,,,,,,0,,,,no data
)");
}

TEST_CASE("digits follow the standard deviation") {
  auto all = example();
  const auto text_of = [&](double first, double second) {
    all.results = {{"net", "R", 1, first, 1, 1, 0}, {"net", "R", 2, second, 1, 1, 0}};
    return ml::markdown(all);
  };
  CHECK_THAT(text_of(0.0712345, 0.0712545), Contains(" 0.071245 ± 0.000014 "));
  CHECK_THAT(text_of(1, 4), Contains(" 2.5 ± 2.1 "));
  CHECK_THAT(text_of(100, 400), Contains(" 250 ± 212 "));
  CHECK_THAT(text_of(2e8, 4e8), Contains(" 3e+08 ± 1.4e+08 "));
  CHECK_THAT(text_of(0, 0), Contains(" 0.000 ± 0.000 "));
}

TEST_CASE("the JSON text reads back") {
  const auto json = nlohmann::json::parse(ml::json(example()));
  CHECK(json["header"]["program"] == "1.2.3");
  CHECK(json["seeds"] == std::vector<int>{1, 2, 3});
  REQUIRE(json["rows"].size() == 8);
  CHECK(json["rows"][0]["mean"].get<double>() == 0.09375);
  CHECK(json["rows"][0]["sd"].get<double>() == 0.03125);
  CHECK(json["rows"][0]["paper"] == 0.07);
  CHECK(json["rows"][4]["sd"].is_null());
  CHECK(json["rows"][2]["mean"].is_null());
  CHECK(json["table_I"]["columns"] == std::vector<std::string>{"cep", "heh"});
  CHECK(json["table_I"]["lines"][1]["cells"][0]["mean"] == 0.24567);
  CHECK(json["table_I"]["lines"][1]["cells"][1].is_null());
}

TEST_CASE("texts of failures that are not UTF-8 do not spoil the table") {
  auto all = example();
  all.problems["classes"] = "failed: \xff\xfe|";
  CHECK_NOTHROW(nlohmann::json::parse(ml::json(all)));
  CHECK_THAT(ml::markdown(all), Contains("\\|"));
}
