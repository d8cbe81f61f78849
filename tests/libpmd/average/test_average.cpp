#include <cmath>
#include <map>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libpmd/average/average.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/images/compact_store.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/store/derived_store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/planned_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

const std::string planned = R"(
name: planned
seed: 3
R: [2, 6]
intensity_w_cm2: [2e14, 4e14]
runs: 3
focal: {points: 4, intensities: 10}
)";

/// One sweep at each R, 2e13 to 4e14, and one run too few at R = 9.
std::string sweeps(int intensities = 24) {
  std::string yaml = "name: sweeps\nruns:\n";
  const auto add = [&](double R, int of) {
    for (int i = 0; i < of; ++i)
      yaml += "  - {R: " + format_number(R) +
              ", intensity_w_cm2: " + format_number(2e13 * std::pow(20, i / (of - 1.0))) + "}\n";
  };
  add(3, intensities);
  add(5, intensities);
  add(9, 4);
  return yaml;
}

/// Σ weight PMD as in a textbook.
std::vector<double> sum(const Store& store, const FocalAverage& average) {
  std::vector<double> total(store.pmd(0).size());
  for (const auto& term : average.terms) {
    const auto pmd = store.pmd(term.run);
    for (std::size_t i = 0; i < total.size(); ++i)
      total[i] += term.weight * pmd[i];
  }
  return total;
}

void fails(const std::function<void()>& action, const std::string& message) {
  CHECK_THROWS_AS(action(), DataError);
  CHECK_THROWS_WITH(action(), Contains(message));
}

}  // namespace

TEST_CASE("planned averages are the weighted sums of their runs") {
  const TemporaryFolder folder;
  const auto store = synthetic::make_planned(folder / "runs.h5", planned);
  const auto plan = planned_averages(store);
  const auto averages = DataSet::from_config(Config::from_text(planned, "planned")).averages();
  REQUIRE(plan.averages == averages);  // rows are numbers here
  CHECK(plan.left_out.empty());
  const auto method = nlohmann::json::parse(plan.method);
  CHECK(method["kind"] == "focal_average");
  CHECK(method["rule"] == "gauss");
  CHECK(method["intensities"] == 10);
  CHECK(method["lowest_w_cm2"] == 2e13);

  write_averages(folder / "averages.h5", store, plan);
  const auto made = Store::open(folder / "averages.h5", Store::Mode::read);
  REQUIRE(made.size() == 4);
  CHECK(made.sealed());
  CHECK(made.description().derivation->method == plan.method);
  for (std::size_t row = 0; row < made.size(); ++row) {
    CHECK(made.payload_intact(row));
    CHECK(made.description().runs[row] == averages[row].point);
    CHECK(made.description().derivation->use[row] == Use::any);
    const auto exact = sum(store, averages[row]);
    const auto pmd = made.pmd(row);
    double off = 0, yield = 0, absorbed = 0;
    for (std::size_t i = 0; i < pmd.size(); ++i)
      off = std::max(off, std::abs(pmd[i] - exact[i]) / exact[i]);
    CHECK(off < 1e-7);
    const auto& links = made.description().derivation->links[row];
    REQUIRE(links.size() == 10);
    for (std::size_t j = 0; j < links.size(); ++j) {
      const auto run = averages[row].terms[j].run;
      CHECK(links[j] == Link{0, 0, run, store.commit(run).payload_checksum, averages[row].terms[j].weight});
      yield += links[j].weight * store.diagnostics(run).yield;
      absorbed += links[j].weight * store.diagnostics(run).absorbed;
    }
    const auto d = made.diagnostics(row);
    CHECK(d.yield == Approx(yield).epsilon(1e-6));
    CHECK(d.absorbed == Approx(absorbed).epsilon(1e-12));
    CHECK(d.ground_state_energy == -1.1);
    CHECK(d.ground_state_residual == 1e-12);
    CHECK(d.wall_seconds == 15);
    CHECK(d.steps == 10000);
  }
}

TEST_CASE("averages of a ladder are near those of own intensities") {
  const TemporaryFolder folder;
  const auto with = [](const std::string& rule) {
    return "{name: d, focal: {points: [{R: 3, intensity_w_cm2: 3.3e14}], " + rule + "}}";
  };
  std::vector<std::vector<float>> pmds;
  for (const std::string rule : {"intensities: 60", "ladder_ratio: 1.05", "intensities: 60, rule: cosh"}) {
    const auto file = folder / ("store" + std::to_string(pmds.size()));
    const auto store = synthetic::make_planned(file, with(rule));
    write_averages(file.string() + "-averages", store, planned_averages(store));
    pmds.push_back(Store::open(file.string() + "-averages", Store::Mode::read).pmd(0));
  }
  const auto ky = synthetic::planned_description(with("intensities: 2")).ky.size();
  CHECK(grey_difference(pmds[0], pmds[1], ky).mean < 0.3);
  CHECK(grey_difference(pmds[0], pmds[2], ky).mean < 0.01);
}

TEST_CASE("runs are found by their numbers, missing ones named") {
  const TemporaryFolder folder;
  auto d = synthetic::planned_description(planned);
  REQUIRE(d.runs.size() == 43);
  // Row 0 is run 3; the runs of the last average are not there.
  d.runs = {d.runs.begin() + 3, d.runs.begin() + 33};
  for (std::uint64_t number = 3; number < 33; ++number)
    d.numbers.push_back(number);
  Store::create(folder / "some.h5", d);
  auto store = Store::open(folder / "some.h5", Store::Mode::write);
  for (std::size_t row = 0; row < 29; ++row)
    synthetic::write_run(store, row);

  fails([&] { planned_averages(store); }, "run 32 is pending; --skip-incomplete");
  store.write_failure(29, 1, FailureKind::norm_grew, "it grew");
  fails([&] { planned_averages(store); }, "run 32 is failed");
  const auto plan = planned_averages(store, true);
  REQUIRE(plan.averages.size() == 2);
  CHECK(plan.averages[1].terms.front().run == 10);
  REQUIRE(plan.left_out.size() == 2);
  CHECK_THAT(plan.left_out[0], Contains("run 32 is failed"));
  CHECK_THAT(plan.left_out[1], Contains("run 33 is not in this store"));
  write_averages(folder / "averages.h5", store, plan);
  const auto made = Store::open(folder / "averages.h5", Store::Mode::read);
  CHECK(made.description().derivation->links[1].front().run == 13);
}

TEST_CASE("planned averages that cannot be made are refused") {
  const TemporaryFolder folder;
  const auto plain = synthetic::make(folder / "plain.h5", {.runs = 2});
  fails([&] { planned_averages(plain); }, "plans no averages");
  const auto empty = synthetic::make_planned(folder / "empty.h5", planned, 0);
  fails([&] { planned_averages(empty, true); }, "none of the 4 averages can be made");
  auto d = synthetic::planned_description(planned);
  d.runs[20].intensity_w_cm2 *= 1.001;
  Store::create(folder / "other.h5", d);
  auto other = Store::open(folder / "other.h5", Store::Mode::write);
  for (std::size_t run = 0; run < other.size(); ++run)
    synthetic::write_run(other, run);
  fails([&] { planned_averages(other); }, "run 20 is H2+");
  const auto store = synthetic::make_planned(folder / "runs.h5", planned);
  write_averages(folder / "averages.h5", store, planned_averages(store));
  const auto made = Store::open(folder / "averages.h5", Store::Mode::read);
  fails([&] { planned_averages(made); }, "was derived from other stores");
  fails([&] { sweep_averages(made, {.peaks_w_cm2 = {3e14}}); }, "was derived from other stores");
  CHECK_THROWS_AS(write_averages(folder / "averages.h5", store, planned_averages(store)), FileError);
}

TEST_CASE("averages of a compact store are nearly those of its runs, with the same runs behind them") {
  const TemporaryFolder folder;
  const auto store = synthetic::make_planned(folder / "runs.h5", planned);
  export_compact(folder / "runs.h5", folder / "compact.h5");
  const auto compact = Store::open(folder / "compact.h5", Store::Mode::read);
  write_averages(folder / "a.h5", store, planned_averages(store));
  write_averages(folder / "b.h5", compact, planned_averages(compact));
  const auto a = Store::open(folder / "a.h5", Store::Mode::read),
             b = Store::open(folder / "b.h5", Store::Mode::read);
  REQUIRE(a.size() == b.size());
  for (std::size_t row = 0; row < a.size(); ++row) {
    CHECK(roots_of(a, row) == roots_of(b, row));
    CHECK(b.diagnostics(row).yield == Approx(a.diagnostics(row).yield).epsilon(1e-6));
    CHECK(grey_difference(a.pmd(row), b.pmd(row), a.description().ky.size()).mean < 0.6);
  }
  // But what was derived already stays so.
  export_compact(folder / "a.h5", folder / "c.h5");
  const auto derived = Store::open(folder / "c.h5", Store::Mode::read);
  fails([&] { planned_averages(derived); }, "was derived from other stores");
}

TEST_CASE("sweeps: averages at any peak below the highest intensity") {
  const TemporaryFolder folder;
  const auto store = synthetic::make_planned(folder / "sweeps.h5", sweeps(100));
  const auto ky = store.description().ky.size();
  // The same distributions averaged with many runs at intensities of their own.
  const auto fine = synthetic::make_planned(
      folder / "fine.h5",
      "{name: d, focal: {intensities: 60, points: [{R: 3, intensity_w_cm2: 2.5e14}, {R: 3, intensity_w_cm2: "
      "4e14}, {R: 5, intensity_w_cm2: 2.5e14}, {R: 5, intensity_w_cm2: 4e14}]}}");
  write_averages(folder / "exact.h5", fine, planned_averages(fine));
  const auto exact = Store::open(folder / "exact.h5", Store::Mode::read);
  std::map<SweepAverages::Rule, double> worst;
  for (const auto rule : {SweepAverages::Rule::ladder, SweepAverages::Rule::trapezoid}) {
    const auto plan = sweep_averages(store, {.peaks_w_cm2 = {2.5e14, 4e14}, .rule = rule});
    REQUIRE(plan.averages.size() == 4);
    const auto method = nlohmann::json::parse(plan.method);
    CHECK(method["rule"] == to_string(rule));
    CHECK(method["peaks_w_cm2"].size() == 2);
    const auto file = folder / to_string(rule);
    write_averages(file, store, plan);
    const auto made = Store::open(file, Store::Mode::read);
    for (std::size_t row = 0; row < 4; ++row) {
      CHECK(made.description().runs[row] == exact.description().runs[row]);
      const auto pmd = made.pmd(row);
      CHECK(*std::min_element(pmd.begin(), pmd.end()) >= 0);
      worst[rule] = std::max(worst[rule], grey_difference(exact.pmd(row), pmd, ky).mean);
    }
  }
  CHECK(worst[SweepAverages::Rule::ladder] < 0.5);
  CHECK(worst[SweepAverages::Rule::trapezoid] < 0.5);

  const auto cut = sweep_averages(
      store, {.peaks_w_cm2 = {4e14}, .rule = SweepAverages::Rule::trapezoid, .lowest_w_cm2 = 1e14});
  for (const auto& term : cut.averages[0].terms)
    CHECK(store.description().runs[term.run].intensity_w_cm2 >= 1e14);
}

TEST_CASE("sweeps that do not reach are refused or left out") {
  const TemporaryFolder folder;
  const auto store = synthetic::make_planned(folder / "sweeps.h5", sweeps());
  fails([&] { sweep_averages(store, {.peaks_w_cm2 = {5e14}}); }, "highest intensity stored is");
  fails([&] { sweep_averages(store, {.peaks_w_cm2 = {1e13}}); }, "below the peak");
  fails([&] { sweep_averages(store, {.peaks_w_cm2 = {3e14}, .lowest_w_cm2 = 1e13}); }, "reach from");
  CHECK_THROWS_AS(sweep_averages(store, {}), ConfigError);
  CHECK_THROWS_AS(sweep_averages(store, {.peaks_w_cm2 = {1e14, 1e14}}), ConfigError);
  CHECK_THROWS_AS(sweep_averages(store, {.peaks_w_cm2 = {-1e14}}), ConfigError);
  const auto plan = sweep_averages(store, {.peaks_w_cm2 = {3e14, 5e14}, .skip_incomplete = true});
  CHECK(plan.averages.size() == 2);
  CHECK(plan.left_out.size() == 2);
  const auto none = synthetic::make_planned(folder / "few.h5", sweeps(4));
  fails([&] { sweep_averages(none, {.peaks_w_cm2 = {3e14}}); }, "at least 5 done");
}

TEST_CASE("a damaged run makes no average") {
  const TemporaryFolder folder;
  const std::size_t slab = synthetic::make_planned(folder / "runs.h5", planned).pmd(0).size();
  damage::flip(folder / "runs.h5", damage::offset_of(folder / "runs.h5", "pmd") + 4 * (25 * slab + 7));
  const auto store = Store::open(folder / "runs.h5", Store::Mode::read);
  fails([&] { write_averages(folder / "averages.h5", store, planned_averages(store)); }, "run 25 is damaged");
  CHECK(folder.names() == std::vector<std::string>{"runs.h5"});
  const auto plan = planned_averages(store, true);
  CHECK(plan.averages.size() == 3);
  CHECK_THAT(plan.left_out.at(0), Contains("run 25 is damaged"));
}
