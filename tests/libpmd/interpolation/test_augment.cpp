#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/degraded_store.hpp"
#include "libpmd/interpolation/augment.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

synthetic::Settings coarse(std::size_t runs) {
  synthetic::Settings settings;
  settings.runs = runs;
  settings.spacing = 0.25;
  return settings;
}

Store augmented(const Store& store, const std::filesystem::path& output, const AugmentSettings& settings) {
  const auto report = augment(store, output, settings);
  CHECK(report.training + report.test + report.interpolated == settings.distributions);
  return Store::open(output, Store::Mode::read);
}

/// Averages of two runs each; neighbours in the list of `uses` share one run where `shared`.
Store averages(const TemporaryFolder& folder, const Store& source, const std::vector<Use>& uses,
               bool shared) {
  std::vector<DerivedRow> rows;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    DerivedRow row{source.description().runs[2 * i], uses[i], {}};
    row.links = {link_to(source, 2 * i, 0.5), link_to(source, 2 * i + (shared && i % 3 == 0 ? 2 : 1), 0.5)};
    rows.push_back(row);
  }
  const auto file = folder / "averages.h5";
  write_derived(file, {&source}, R"({"kind": "focal_average"})", rows, [&](std::size_t i) {
    return DerivedDistribution{source.pmd(2 * i), source.diagnostics(2 * i)};
  });
  return Store::open(file, Store::Mode::read);
}

}  // namespace

TEST_CASE("A store for learning: computed, interpolated and test distributions") {
  const TemporaryFolder folder;
  const auto base = synthetic::make(folder / "base.h5", coarse(60), 50);
  const auto store = augmented(base, folder / "more.h5",
                               {.interpolation = {}, .distributions = 150, .seed = 3, .test_fraction = 0.2});
  const auto& d = store.description();
  REQUIRE(store.size() == 150);
  CHECK(store.runs_in(RunState::done).size() == 150);
  CHECK_THAT(d.derivation->method, Contains(R"("kind":"interpolation")") &&
                                       Contains(R"("method":"spline")") && Contains(R"("seed":3)") &&
                                       Contains(R"("neighbours":32)"));

  std::set<std::uint64_t> tests, training;
  for (std::size_t row = 0; row < 50; ++row) {
    CHECK(d.runs[row] == base.description().runs[row]);
    CHECK(store.pmd(row) == base.pmd(row));
    REQUIRE(d.derivation->links[row] == std::vector<Link>{link_to(base, row, 1)});
    REQUIRE(d.derivation->use[row] != Use::any);
    (d.derivation->use[row] == Use::test ? tests : training).insert(row);
  }
  CHECK(tests.size() == 10);
  const Triangulation hull([&] {
    std::vector<PlanePoint> points;
    for (const auto row : training)
      points.push_back({d.runs[row].R, d.runs[row].intensity_w_cm2});
    return points;
  }());
  for (std::size_t row = 50; row < 150; ++row) {
    CHECK(d.derivation->use[row] == Use::training);
    CHECK(hull.locate({d.runs[row].R, d.runs[row].intensity_w_cm2}));
    CHECK(store.diagnostics(row).pmd_max > 0);
    double sum = 0;
    for (const auto& link : d.derivation->links[row]) {
      CHECK(training.count(link.run) == 1);
      CHECK(tests.count(link.run) == 0);
      CHECK(link.payload_checksum == base.commit(link.run).payload_checksum);
      sum += link.weight;
    }
    CHECK(sum == Approx(1));
  }
}

TEST_CASE("What test distributions are has no influence on interpolated ones") {
  const TemporaryFolder folder;
  const auto d = synthetic::description(coarse(40));
  std::vector<std::vector<float>> made;
  std::vector<Use> use;
  for (const bool changed : {false, true}) {
    const auto file = folder / (changed ? "changed.h5" : "base.h5");
    Store::create(file, d);
    auto base = Store::open(file, Store::Mode::write);
    for (std::size_t row = 0; row < 40; ++row) {
      auto pmd = synthetic::pmd(d.runs[row], d.kx, d.ky);
      if (changed && use[row] == Use::test) std::reverse(pmd.begin(), pmd.begin() + 400);
      base.write(row, pmd, {}, 1);
    }
    const auto store =
        augmented(base, folder / (changed ? "b.h5" : "a.h5"), {.interpolation = {}, .distributions = 60});
    use = store.description().derivation->use;
    std::size_t row = 40;
    for (; row < 60 && !changed; ++row)
      made.push_back(store.pmd(row));
    for (; row < 60; ++row)
      CHECK(store.pmd(row) == made[row - 40]);
    CHECK(std::count(use.begin(), use.end(), Use::test) == 10);
  }
}

TEST_CASE("The same input and seed give the same, and a larger store begins with a smaller one") {
  const TemporaryFolder folder;
  const auto base = synthetic::make(folder / "base.h5", coarse(30));
  const auto expect_same = [](const Store& a, const Store& b, std::size_t rows) {
    for (std::size_t row = 0; row < rows; ++row) {
      CHECK(a.description().runs[row] == b.description().runs[row]);
      CHECK(a.description().derivation->use[row] == b.description().derivation->use[row]);
      CHECK(a.description().derivation->links[row] == b.description().derivation->links[row]);
      CHECK(a.commit(row).payload_checksum == b.commit(row).payload_checksum);
    }
  };
  const auto first = augmented(base, folder / "1.h5", {.interpolation = {}, .distributions = 60});
  expect_same(first, augmented(base, folder / "2.h5", {.interpolation = {}, .distributions = 60}), 60);
  expect_same(first, augmented(base, folder / "3.h5", {.interpolation = {}, .distributions = 90}), 60);
  const auto other = augmented(base, folder / "4.h5", {.interpolation = {}, .distributions = 60, .seed = 2});
  CHECK(other.description().derivation->use != first.description().derivation->use);
  CHECK(other.description().runs[45].R != first.description().runs[45].R);
}

TEST_CASE("Which distributions are for tests") {
  const TemporaryFolder folder;
  const auto base = synthetic::make(folder / "base.h5", coarse(60));
  std::vector<std::size_t> rows(60);
  for (std::size_t i = 0; i < 60; ++i)
    rows[i] = i;
  const auto tests = [](const std::vector<Use>& use) {
    return std::count(use.begin(), use.end(), Use::test);
  };
  SECTION("a fraction, whatever rows there are beside them") {
    CHECK(tests(divide(base, rows, 0, 1)) == 0);
    CHECK(tests(divide(base, rows, 0.25, 1)) == 15);
    CHECK(tests(divide(base, rows, 0.9, 1)) == 54);
    CHECK(tests(divide(base, rows, 1, 1)) == 60);
    for (const double wrong : {-0.1, 1.1, std::nan("")})
      CHECK_THROWS_AS(divide(base, rows, wrong, 1), ConfigError);
  }
  SECTION("the same point twice goes one way") {
    auto d = synthetic::description(coarse(60));
    for (std::size_t i = 0; i < 60; i += 2)
      d.runs[i + 1] = d.runs[i];
    Store::create(folder / "twice.h5", d);
    const auto store = Store::open(folder / "twice.h5", Store::Mode::read);
    const auto use = divide(store, rows, 0.3, 1);
    for (std::size_t i = 0; i < 60; i += 2)
      CHECK(use[i] == use[i + 1]);
    CHECK(tests(use) == 18);
  }
  SECTION("averages that share runs go one way") {
    const auto store = averages(folder, base, std::vector<Use>(30, Use::any), true);
    rows.resize(30);
    for (const std::uint64_t seed : {1, 2, 3, 4}) {
      const auto use = divide(store, rows, 0.3, seed);
      for (std::size_t i = 0; i + 1 < 30; i += 3)
        CHECK(use[i] == use[i + 1]);
      CHECK(tests(use) >= 9);
      CHECK(tests(use) <= 10);
    }
  }
  SECTION("also if something was done to them in between") {
    const auto first = averages(folder, base, std::vector<Use>(30, Use::any), true);
    write_degraded(folder / "seen.h5", first, {.resolution_au = 0.1}, 1);
    const auto store = Store::open(folder / "seen.h5", Store::Mode::read);
    rows.resize(30);
    const auto use = divide(store, rows, 0.3, 1);
    CHECK(tests(use) >= 9);
    for (std::size_t i = 0; i + 1 < 30; i += 3)
      CHECK(use[i] == use[i + 1]);
  }
  SECTION("what has a use keeps it") {
    std::vector<Use> uses(30, Use::any);
    uses[3] = uses[10] = Use::test;
    uses[4] = uses[11] = Use::training;
    const auto store = averages(folder, base, uses, false);
    rows.resize(30);
    for (const double fraction : {0.0, 0.9}) {
      const auto use = divide(store, rows, fraction, 1);
      CHECK(use[3] == Use::test);
      CHECK(use[10] == Use::test);
      CHECK(use[4] == Use::training);
      CHECK(use[11] == Use::training);
      CHECK(tests(use) == 2 + std::lround(26 * fraction));
    }
    interpolate_at(store, folder / "at.h5", {{4, 2e14}}, Outside::refuse,
                   {.interpolation = {.neighbours = 30}});
    const auto at = Store::open(folder / "at.h5", Store::Mode::read);
    CHECK(at.description().derivation->links[0].size() == 28);
    for (const auto& link : at.description().derivation->links[0])
      CHECK(uses[link.run] != Use::test);
  }
  SECTION("what belongs together cannot be for both") {
    std::vector<Use> uses(30, Use::any);
    uses[3] = Use::test;
    uses[4] = Use::training;
    const auto store = averages(folder, base, uses, true);
    rows.resize(30);
    CHECK_THROWS_WITH(divide(store, rows, 0.2, 1),
                      Contains("distribution 4 is for training") && Contains("for test"));
  }
}

TEST_CASE("Random points fill the hull evenly") {
  // A trapezium of heights 2 and 1.
  const Triangulation t({{1, 1e14}, {3, 1e14}, {3, 2e14}, {1, 3e14}});
  const auto points = random_points(t, 4000, 1);
  double below = 0, R = 0;
  for (const auto& p : points) {
    REQUIRE(t.locate(p));
    below += p.intensity < 2e14;
    R += p.R;
  }
  CHECK(below / 4000 == Approx(2.0 / 3).margin(0.03));  // area 2 of 3
  CHECK(R / 4000 == Approx(17.0 / 9).margin(0.03));     // the trapezium's centre
  const auto fewer = random_points(t, 7, 1);
  CHECK(std::equal(fewer.begin(), fewer.end(), points.begin()));
  CHECK(random_points(t, 1, 2)[0].R != points[0].R);

  const Triangulation thin({{1, 1e14}, {2, 2e14}, {3, 3e14 + 1e7}, {4, 4e14}});
  for (const auto& p : random_points(thin, 50, 1))
    CHECK(thin.locate(p));
}

TEST_CASE("Distributions at requested points") {
  const TemporaryFolder folder;
  const auto base = synthetic::make(folder / "base.h5", coarse(40));
  const std::vector<PlanePoint> points{{4, 2e14}, {3, 2.5e14}, {20, 2e14}};
  const AugmentSettings settings{.interpolation = {.method = InterpolationMethod::linear}};
  CHECK_THROWS_WITH(interpolate_at(base, folder / "at.h5", points, Outside::refuse, settings),
                    Contains("R = 20"));
  CHECK(folder.names() == std::vector<std::string>{"base.h5"});
  interpolate_at(base, folder / "at.h5", points, Outside::clip, settings);
  const auto store = Store::open(folder / "at.h5", Store::Mode::read);
  REQUIRE(store.size() == 3);
  Interpolator interpolator(base, settings.interpolation);
  CHECK(store.pmd(0) == interpolator.at(4, 2e14));
  CHECK(store.description().runs[1].R == 3);
  CHECK(store.description().runs[2].R < 8);
  CHECK(store.description().derivation->use == std::vector<Use>(3, Use::training));
}

TEST_CASE("Augmentation that cannot be") {
  const TemporaryFolder folder;
  const auto base = synthetic::make(folder / "base.h5", coarse(12));
  CHECK_THROWS_WITH(augment(base, folder / "a.h5", {.interpolation = {}, .distributions = 11}),
                    Contains("fewer than the 12 computed"));
  CHECK_THROWS_WITH(
      augment(base, folder / "a.h5", {.interpolation = {}, .distributions = 20, .test_fraction = 0.9}),
      Contains("at least three"));
  CHECK_THROWS_AS(augment(base, folder / "a.h5", {.interpolation = {}, .distributions = 30},
                          [](auto row, auto) { return row < 15; }),
                  Interrupted);
  CHECK(folder.names() == std::vector<std::string>{"base.h5"});
}
