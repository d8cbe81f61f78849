#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/average/average.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/interpolation/augment.hpp"
#include "libpmd/interpolation/focal_interpolator.hpp"
#include "tests/support/planned_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

/// Plain runs and averages of eight runs each.
const std::string planned = R"(
name: planned
seed: 3
R: [2, 4]
intensity_w_cm2: [1.5e14, 4e14]
runs: 300
focal: {points: 30, intensities: 8}
)";

struct Stores {
  TemporaryFolder folder;
  Store runs = synthetic::make_planned(folder / "runs.h5", planned);
  Store averages = [&] {
    write_averages(folder / "averages.h5", runs, planned_averages(runs));
    return Store::open(folder / "averages.h5", Store::Mode::read);
  }();
  FocalBetween between{{&runs}};
  std::vector<std::size_t> all = averages.runs_in(RunState::done);
};

/// The sum over the rule's intensities, of invented runs there.
std::vector<float> computed(const Store& like, const PlanePoint& point, int intensities) {
  const auto& d = like.description();
  RunParameters run = d.runs.front();
  run.R = point.R;
  std::vector<float> sum(d.kx.size() * d.ky.size());
  for (const auto& node : focal_nodes(FocalRule::gauss, point.intensity, 2e13, intensities)) {
    run.intensity_w_cm2 = node.intensity;
    const auto pmd = synthetic::pmd(run, d.kx, d.ky);
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += static_cast<float>(node.weight * static_cast<double>(pmd[i]));
  }
  return sum;
}

}  // namespace

TEST_CASE("Averages between runs are nearer to computed ones than those between averages") {
  const Stores stores;
  FocalInterpolator between_runs(stores.averages, stores.all, stores.between, {});
  Interpolator between_averages(stores.averages);
  const auto columns = stores.averages.description().ky.size();
  double error = 0, coarse_error = 0;
  for (const PlanePoint point : {PlanePoint{2.5, 2.3e14}, {3.1, 2.9e14}, {3.4, 3.3e14}, {2.8, 3.6e14}}) {
    const auto exact = computed(stores.averages, point, 8);
    const auto terms = between_runs.terms(point);
    CHECK(terms.nodes.size() == 8);
    const auto made = between_runs.derived_distribution(terms);
    const auto coarse = between_averages.at(point.R, point.intensity);
    error += grey_difference(exact, made.pmd, columns).mean / 4;
    coarse_error += grey_difference(exact, coarse, columns).mean / 4;
    CHECK(made.diagnostics.ground_state_energy == Approx(-1.1));
  }
  CAPTURE(error, coarse_error);
  CHECK(error < 0.4 * coarse_error);
  CHECK(error < 2);
  // At a computed one nothing is interpolated.
  const auto& own = stores.averages.description().runs[4];
  const auto again = between_runs.derived_distribution(between_runs.terms({own.R, own.intensity_w_cm2}));
  CHECK(grey_difference(stores.averages.pmd(4), again.pmd, columns).largest < 0.01);
}

TEST_CASE("The number of intensities can be another one") {
  const Stores stores;
  auto finer = stores.between;
  finer.intensities = 12;
  FocalInterpolator interpolator(stores.averages, stores.all, finer, {});
  CHECK(nlohmann::json::parse(interpolator.method())["intensities"] == 12);
  CHECK(nlohmann::json::parse(interpolator.method())["lowest_w_cm2"] == 2e13);
  CHECK(interpolator.terms({3, 3e14}).nodes.size() == 12);
}

TEST_CASE("Runs behind averages for tests have no part in others") {
  const Stores stores;
  AugmentSettings settings{.interpolation = {}, .between = stores.between, .distributions = 50, .seed = 2};
  const auto report = augment(stores.averages, stores.folder / "more.h5", settings);
  CHECK(report.test == 8);
  CHECK(report.training == 22);
  CHECK(report.interpolated == 20);
  const auto made = Store::open(stores.folder / "more.h5", Store::Mode::read);
  const auto& derivation = *made.description().derivation;
  CHECK(nlohmann::json::parse(derivation.method)["focal_average"]["rule"] == "gauss");
  std::set<std::uint64_t> tests;
  for (std::size_t row = 0; row < 30; ++row) {
    CHECK(made.pmd(row) == stores.averages.pmd(row));
    if (derivation.use[row] == Use::test)
      tests.insert(derivation.roots[row].begin(), derivation.roots[row].end());
  }
  CHECK(tests.size() == 64);
  for (std::size_t row = 30; row < 50; ++row) {
    CHECK(derivation.use[row] == Use::training);
    CHECK(std::ranges::none_of(derivation.roots[row], [&](auto root) { return tests.contains(root); }));
    CHECK(std::ranges::all_of(derivation.links[row], [](const Link& link) { return link.source == 1; }));
  }
  settings.distributions = 40;
  augment(stores.averages, stores.folder / "fewer.h5", settings);
  CHECK(Store::open(stores.folder / "fewer.h5", Store::Mode::read).pmd(39) == made.pmd(39));
}

TEST_CASE("Averages that only test, beside others between runs that they have no part in") {
  const Stores stores;
  auto text = planned;
  text.replace(text.find("seed: 3"), 7, "seed: 4");
  const auto runs = synthetic::make_planned(stores.folder / "other.h5", text);
  AugmentSettings settings{
      .interpolation = {}, .between = {{&runs}}, .distributions = 40, .seed = 2, .test_fraction = 1};
  const auto report = augment(stores.averages, stores.folder / "made.h5", settings);
  CHECK(report.test == 30);
  CHECK(report.training == 0);
  CHECK(report.interpolated == 10);
  const auto made = Store::open(stores.folder / "made.h5", Store::Mode::read);
  const auto& derivation = *made.description().derivation;
  for (std::size_t row = 0; row < 40; ++row)
    CHECK(derivation.use[row] == (row < 30 ? Use::test : Use::training));
  CHECK(made.pmd(0) == stores.averages.pmd(0));
  // Without other runs there would be nothing left.
  settings.between = {};
  CHECK_THROWS_WITH(augment(stores.averages, stores.folder / "none.h5", settings),
                    Contains("at least three"));
}

TEST_CASE("Two stores of runs are one to interpolate between") {
  const Stores stores;
  // A run of each: those of the other half of a job array.
  auto d = synthetic::planned_description(planned);
  for (const int half : {0, 1}) {
    auto part = d;
    part.runs.clear();
    for (std::size_t run = 0; run < d.runs.size(); ++run)
      if (static_cast<int>(run % 2) == half) {
        part.runs.push_back(d.runs[run]);
        part.numbers.push_back(run);
      }
    const auto file = stores.folder / (half == 0 ? "even.h5" : "odd.h5");
    Store::create(file, part);
    auto store = Store::open(file, Store::Mode::write);
    for (std::size_t row = 0; row < store.size(); ++row)
      synthetic::write_run(store, row);
  }
  const auto even = Store::open(stores.folder / "even.h5", Store::Mode::read);
  const auto odd = Store::open(stores.folder / "odd.h5", Store::Mode::read);
  FocalInterpolator both(stores.averages, stores.all, {{&even, &odd}}, {}),
      one(stores.averages, stores.all, stores.between, {});
  const auto terms = both.terms({3.1, 2.9e14});
  const auto pmd = both.derived_distribution(terms).pmd;
  const auto expected = one.derived_distribution(one.terms({3.1, 2.9e14})).pmd;
  for (std::size_t i = 0; i < pmd.size(); ++i)
    REQUIRE(pmd[i] == Approx(expected[i]).epsilon(1e-5));
  std::set<std::uint32_t> sources;
  for (const auto& link : both.derived_row(terms, Use::training).links)
    sources.insert(link.source);
  CHECK(sources == std::set<std::uint32_t>{1, 2});
}

TEST_CASE(
    "Where runs end, PMD/I^6 is taken on from the lowest intensity, for a hundredth of the electrons at "
    "most") {
  const TemporaryFolder folder;
  const std::string text =
      "{name: d, focal: {points: [{R: 3, intensity_w_cm2: 4e14}], intensities: 12, lowest_w_cm2: 1e13}}";
  const auto sweep = synthetic::make_planned(folder / "sweep.h5", text);
  write_averages(folder / "average.h5", sweep, planned_averages(sweep));
  const auto average = Store::open(folder / "average.h5", Store::Mode::read);
  std::string grid = "name: grid\nruns:\n";
  for (const char* R : {"2.9", "3", "3.1"})
    for (int i = 0; i < 20; ++i)
      grid += fmt::format("  - {{R: {}, intensity_w_cm2: {:.6g}}}\n", R, 5e13 * std::pow(8.1, i / 19.0));
  const auto runs = synthetic::make_planned(folder / "grid.h5", grid);
  FocalInterpolator interpolator(average, {0}, {{&runs}}, {});
  const auto terms = interpolator.terms({3, 4e14});
  std::size_t below = 0;
  const auto nodes = focal_nodes(FocalRule::gauss, 4e14, 1e13, 12);
  REQUIRE(terms.nodes.size() == 12);
  for (std::size_t i = 0; i < 12; ++i) {
    const double at = terms.nodes[i].terms.point.intensity;
    CHECK(terms.nodes[i].weight == Approx(nodes[i].weight * std::pow(nodes[i].intensity / at, 6)));
    below += nodes[i].intensity < 5e13;
    CHECK(at == Approx(std::max(nodes[i].intensity, 5e13)));
  }
  CHECK(below > 0);
  // At a lower peak the same is too large a part.
  CHECK_FALSE(interpolator.find({3, 1e14}));
}

TEST_CASE("Runs of the same place as those behind an unknown average have no part, computed again or not") {
  const Stores stores;
  const auto again = synthetic::make_planned(stores.folder / "again.h5", planned, 0);
  auto writable = Store::open(stores.folder / "again.h5", Store::Mode::write);
  for (std::size_t run = 0; run < writable.size(); ++run) {
    const auto& d = writable.description();
    const auto values = synthetic::pmd(d.runs[run], d.kx, d.ky);
    auto diagnostics = synthetic::diagnostics(values, d.kx, d.ky);
    diagnostics.wall_seconds = 99;  // which is part of the checksum
    writable.write(run, values, diagnostics, 1);
  }
  auto known = stores.all;
  known.erase(known.begin() + 4);
  FocalInterpolator interpolator(stores.averages, known, {{&writable}}, {});
  const auto& unknown = stores.averages.description().runs[4];
  for (const auto& link :
       interpolator.derived_row(interpolator.terms({unknown.R, unknown.intensity_w_cm2}), Use::training)
           .links)
    CHECK(writable.description().runs[link.run].R != unknown.R);
}

TEST_CASE("What cannot be averaged between runs is refused") {
  const Stores stores;
  CHECK_THROWS_AS(FocalInterpolator(stores.runs, {0}, stores.between, {}), ConfigError);
  CHECK_THROWS_WITH(FocalInterpolator(stores.runs, {0}, stores.between, {}),
                    Contains("runs.h5") && Contains("pmd_store average"));
  CHECK_THROWS_WITH(FocalInterpolator(stores.averages, stores.all, {{&stores.averages}}, {}),
                    Contains("averages.h5") && Contains("derived"));
  // Nothing is known, and all that there is belongs to what is not.
  const auto only = synthetic::make_planned(stores.folder / "only.h5",
                                            "{name: d, focal: {points: 4, intensities: 8}, R: [2, 4], "
                                            "intensity_w_cm2: [2e14, 4e14]}");
  write_averages(stores.folder / "of_only.h5", only, planned_averages(only));
  const auto of_only = Store::open(stores.folder / "of_only.h5", Store::Mode::read);
  CHECK_THROWS_WITH(FocalInterpolator(of_only, {}, {{&only}}, {}), Contains("at least three"));
  const auto other = synthetic::make_planned(stores.folder / "other.h5", planned + "molecule: HeH+\n");
  CHECK_THROWS_WITH(FocalInterpolator(stores.averages, stores.all, {{&other}}, {}),
                    Contains("molecule") && Contains("HeH+"));
  interpolate_at(stores.averages, stores.folder / "more.h5", {{3, 3e14}}, Outside::refuse, {});
  const auto more = Store::open(stores.folder / "more.h5", Store::Mode::read);
  CHECK_THROWS_WITH(FocalInterpolator(more, {0}, stores.between, {}), Contains("made from"));
  FocalInterpolator all(stores.averages, stores.all, stores.between, {});
  CHECK_THROWS_WITH(all.terms({6, 3e14}), Contains("R = 6") && Contains("do not reach"));
  CHECK_THROWS_AS(all.terms({3, 3e14}, Outside::clip), ConfigError);
  // Without the sweeps nothing is known of low intensities.
  const auto plain = synthetic::make_planned(stores.folder / "plain.h5", planned, 300);
  FocalInterpolator high(stores.averages, stores.all, {{&plain}}, {});
  CHECK_FALSE(high.find({3, 1.7e14}));
}
