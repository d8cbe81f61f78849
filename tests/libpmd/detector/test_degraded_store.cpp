#include <filesystem>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/degraded_store.hpp"
#include "libpmd/store/derived_store.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

namespace {

Store read(const std::filesystem::path& file) {
  return Store::open(file, Store::Mode::read);
}

}  // namespace

TEST_CASE("every done run has its distribution, its link and its own random numbers") {
  const TemporaryFolder folder;
  // A share of a data set: rows and run numbers are not the same.
  const auto source = synthetic::make(folder.path() / "a.h5", {.runs = 12, .spacing = 0.1, .part = "2/3"}, 3);
  const Degradation d{.rotation_spread_deg = 2, .electrons = 1e5};
  CHECK(write_degraded(folder.path() / "b.h5", source, d, 9) == 3);
  const auto store = read(folder.path() / "b.h5");
  const auto& text = source.description();
  const auto plane = plane_of(text.kx, text.ky);
  REQUIRE(store.size() == 3);
  for (std::size_t row = 0; row < 3; ++row) {
    CHECK(store.pmd(row) == detected(source.pmd(row), plane, d, {9, text.numbers[row]}));
    CHECK(store.description().runs[row] == text.runs[row]);
    const auto& links = store.description().derivation->links[row];
    REQUIRE(links.size() == 1);
    CHECK(links[0].run == text.numbers[row]);
    CHECK(links[0].payload_checksum == source.commit(row).payload_checksum);
    CHECK(store.description().derivation->use[row] == Use::any);
    CHECK(store.diagnostics(row).absorbed == source.diagnostics(row).absorbed);
  }
  CHECK(store.description().derivation->method == describe(d, 9));
}

TEST_CASE("what a derived distribution may be used for is kept") {
  const TemporaryFolder folder;
  const auto source = synthetic::make(folder.path() / "a.h5", {.runs = 3, .spacing = 0.1});
  std::vector<DerivedRow> rows;
  for (std::size_t row = 0; row < 3; ++row)
    rows.push_back({source.description().runs[row], static_cast<Use>(row), {link_to(source, row, 1)}});
  write_derived(folder.path() / "b.h5", {&source}, R"({"kind":"interpolation"})", rows, [&](std::size_t row) {
    return DerivedDistribution{source.pmd(row), source.diagnostics(row)};
  });
  write_degraded(folder.path() / "c.h5", read(folder.path() / "b.h5"), {.resolution_au = 0.1}, 1);
  CHECK(read(folder.path() / "c.h5").description().derivation->use ==
        std::vector<Use>{Use::any, Use::training, Use::test});
}

TEST_CASE("shots are interpolated between the runs of a store, which are linked") {
  const TemporaryFolder folder;
  const auto all = synthetic::make(folder.path() / "all.h5", {.runs = 60, .seed = 2, .spacing = 0.1});
  const auto& text = all.description();
  Interpolator between(all);
  const Degradation d{.intensity_jitter = 0.02};
  // The run in the middle, so that its shots are within the hull.
  StoreDescription one = text;
  one.runs = {{.R = 4.5, .intensity_w_cm2 = 2.5e14}};
  one.numbers = {17};
  one.part.clear();
  Store::create_filled(folder.path() / "one.h5", one, [&](Store& store) {
    const auto pmd = synthetic::pmd(one.runs[0], one.kx, one.ky);
    store.write(0, pmd, synthetic::diagnostics(pmd, one.kx, one.ky), 1);
  });
  const auto source = read(folder.path() / "one.h5");
  const auto out = folder.path() / "b.h5";
  CHECK_THROWS_AS(write_degraded(out, source, d, 1), ConfigError);
  write_degraded(out, source, d, 1, {}, &between);
  const auto store = read(out);
  const DistributionAt at = [&](const RunParameters& p) { return between.at(p.R, p.intensity_w_cm2); };
  CHECK(store.pmd(0) == jittered(at, one.runs[0], 0.02));
  CHECK(store.description().derivation->use[0] == Use::any);
  const auto& links = store.description().derivation->links[0];
  REQUIRE(links.size() > 3);
  CHECK(links[0] == Link{0, 0, 17, source.commit(0).payload_checksum, 0});
  double shares = 0;
  for (std::size_t i = 1; i < links.size(); ++i) {
    CHECK(links[i].source == 1);
    CHECK(links[i].payload_checksum == all.commit(links[i].run).payload_checksum);
    shares += links[i].weight;
  }
  CHECK(shares == Approx(1));
  auto other = one;
  other.runs[0].cep = 1;
  Store::create_filled(folder.path() / "other.h5", other, [&](Store& made) {
    const auto pmd = synthetic::pmd(other.runs[0], one.kx, one.ky);
    made.write(0, pmd, synthetic::diagnostics(pmd, one.kx, one.ky), 1);
  });
  CHECK_THROWS_WITH(
      write_degraded(folder.path() / "c.h5", read(folder.path() / "other.h5"), d, 1, {}, &between),
      Catch::Contains("run 17") && Catch::Contains("(cep)"));
}

TEST_CASE("clipped shots keep their internuclear distance") {
  const TemporaryFolder folder;
  const auto all = synthetic::make(folder.path() / "all.h5", {.runs = 60, .seed = 2, .spacing = 0.1});
  Interpolator between(all, {.method = InterpolationMethod::linear});
  const auto& hull = between.triangulation();
  StoreDescription near = all.description();
  near.runs.clear();
  near.numbers.clear();
  near.part.clear();
  // At each R the highest intensity inside: half of the shots are beyond.
  for (const double R : {2.5, 4.5, 6.5}) {
    double inside = 2.5e14, beyond = 1e15;
    for (int i = 0; i < 50; ++i)
      (hull.locate({R, (inside + beyond) / 2}) ? inside : beyond) = (inside + beyond) / 2;
    near.numbers.push_back(near.runs.size());
    near.runs.push_back({.R = R, .intensity_w_cm2 = inside});
  }
  Store::create_filled(folder.path() / "near.h5", near, [&](Store& store) {
    for (std::size_t row = 0; row < store.size(); ++row) {
      const auto pmd = synthetic::pmd(near.runs[row], near.kx, near.ky);
      store.write(row, pmd, synthetic::diagnostics(pmd, near.kx, near.ky), 1);
    }
  });
  const auto source = read(folder.path() / "near.h5");
  write_degraded(folder.path() / "b.h5", source, {.intensity_jitter = 0.1}, 1, {}, &between, Outside::clip);
  const auto store = read(folder.path() / "b.h5");
  for (std::size_t row = 0; row < store.size(); ++row) {
    double R = 0, sum = 0;
    for (const auto& link : store.description().derivation->links[row]) {
      if (link.source != 1) continue;
      R += link.weight * all.description().runs[link.run].R;
      sum += link.weight;
    }
    CHECK(sum == Approx(1));
    CHECK(R == Approx(near.runs[row].R));
  }
  auto outside = near;
  outside.runs = {{.R = 4.5, .intensity_w_cm2 = 9e14}};
  outside.numbers = {0};
  Store::create_filled(folder.path() / "outside.h5", outside, [&](Store& made) {
    const auto pmd = synthetic::pmd(outside.runs[0], near.kx, near.ky);
    made.write(0, pmd, synthetic::diagnostics(pmd, near.kx, near.ky), 1);
  });
  CHECK_THROWS_AS(write_degraded(folder.path() / "c.h5", read(folder.path() / "outside.h5"),
                                 {.intensity_jitter = 0.1}, 1, {}, &between, Outside::clip),
                  DataError);
}

TEST_CASE("training and tests do not go through the same shots") {
  const TemporaryFolder folder;
  const auto all = synthetic::make(folder.path() / "all.h5", {.runs = 60, .seed = 2, .spacing = 0.1});
  const auto others = synthetic::make(folder.path() / "others.h5", {.runs = 60, .seed = 3, .spacing = 0.1});
  const auto mark = [&](const std::string& name, std::vector<Use> uses) {
    std::vector<DerivedRow> rows;
    for (std::size_t row = 0; row < uses.size(); ++row) {
      DerivedRow made;
      made.parameters.R = 4 + 0.1 * static_cast<double>(row);
      made.parameters.intensity_w_cm2 = 2.5e14;
      made.use = uses[row];
      made.links = {link_to(all, row, 1)};
      rows.push_back(made);
    }
    write_derived(folder.path() / name, {&all}, R"({"kind":"test"})", rows, [&](std::size_t row) {
      return DerivedDistribution{all.pmd(row), all.diagnostics(row)};
    });
    return read(folder.path() / name);
  };
  const Degradation d{.intensity_jitter = 0.02};
  Interpolator same(all), other(others);
  const auto both = mark("both.h5", {Use::training, Use::test});
  const auto tests = mark("tests.h5", {Use::test, Use::any});
  const auto out = folder.path() / "b.h5";
  CHECK_THROWS_WITH(write_degraded(out, both, d, 1, {}, &other),
                    Catch::Contains("for training and for tests"));
  CHECK_THROWS_WITH(write_degraded(out, tests, d, 1, {}, &same), Catch::Contains("is for tests"));
  write_degraded(out, tests, d, 1, {}, &other);
  CHECK(read(out).description().derivation->use == std::vector<Use>{Use::test, Use::any});
  const auto roots = read(out).description().derivation->roots;
  CHECK(roots[0].size() > 3);
}

TEST_CASE("runs whose shots are interpolated between themselves are for training only") {
  const TemporaryFolder folder;
  const auto all = synthetic::make(folder.path() / "all.h5", {.runs = 40, .seed = 2, .spacing = 0.1});
  Interpolator between(all);
  const auto out = folder.path() / "b.h5";
  const Degradation d{.intensity_jitter = 0.02};
  CHECK_THROWS_AS(write_degraded(out, all, d, 1, {}, &between), DataError);  // those at the rim
  write_degraded(out, all, d, 1, {}, &between, Outside::clip);
  const auto store = read(out);
  for (const auto use : store.description().derivation->use)
    CHECK(use == Use::training);
}

TEST_CASE("refusals leave nothing behind") {
  const TemporaryFolder folder;
  const auto source = synthetic::make(folder.path() / "a.h5", {.runs = 2, .spacing = 0.1});
  const auto pending = synthetic::make(folder.path() / "p.h5", {.runs = 2, .spacing = 0.1}, 0);
  const auto out = folder.path() / "b.h5";
  CHECK_THROWS_AS(write_degraded(out, source, {.background = 1}, 1), ConfigError);
  CHECK_THROWS_AS(write_degraded(out, source, {.electrons = 10, .cell_au = 0.05}, 1), ConfigError);
  CHECK_THROWS_AS(write_degraded(out, pending, {.electrons = 10}, 1), DataError);
  CHECK_THROWS_AS(write_degraded(folder.path() / "p.h5", source, {.electrons = 10}, 1), FileError);
  CHECK_THROWS_AS(write_degraded(out, source, {.electrons = 10}, 1, [](auto, auto) { return false; }),
                  Interrupted);
  CHECK_FALSE(std::filesystem::exists(out));
}
