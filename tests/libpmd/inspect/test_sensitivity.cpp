#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/degraded_store.hpp"
#include "libpmd/images/compact_store.hpp"
#include "libpmd/inspect/sensitivity.hpp"
#include "libpmd/inspect/verify.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

constexpr double width = 0.3, slope = 0.2;

/// A Gaussian whose middle along kx is slope·(R - 3) + 0.4·φ and along ky 0.1·φ, and whose size follows the
/// intensity alone. The middle of a Gaussian has the information 1/width² of each electron, so that
/// F_RR = slope²/width², F_Rφ = 0.4 slope/width², F_φφ = (0.4² + 0.1²)/width².
std::vector<float> gaussian(const RunParameters& run, const StoreDescription& d) {
  const double x0 = slope * (run.R - 3) + 0.4 * run.cep, y0 = 0.1 * run.cep;
  std::vector<float> pmd;
  for (const double x : d.kx)
    for (const double y : d.ky)
      pmd.push_back(
          static_cast<float>(run.intensity_w_cm2 / 1e14 *
                             std::exp(-((x - x0) * (x - x0) + (y - y0) * (y - y0)) / (2 * width * width))));
  return pmd;
}

/// Of runs (R, φ), all done but the last where `all` is false.
Store store_of(const std::filesystem::path& file, const std::vector<std::pair<double, double>>& runs,
               bool all = true) {
  auto d = synthetic::description({.runs = runs.size(), .spacing = 0.05});
  for (std::size_t i = 0; i < runs.size(); ++i)
    d.runs[i] = {.molecule = "H2+", .R = runs[i].first, .intensity_w_cm2 = 2e14, .cep = runs[i].second};
  Store::create(file, d);
  auto store = Store::open(file, Store::Mode::write);
  for (std::size_t i = 0; i + (all ? 0 : 1) < runs.size(); ++i) {
    const auto pmd = gaussian(d.runs[i], d);
    store.write(i, pmd, synthetic::diagnostics(pmd, d.kx, d.ky), 1);
  }
  return store;
}

const std::vector<std::pair<double, double>> around_3{{3, 0},    {2.99, 0},  {3.01, 0},
                                                      {3, 0.01}, {3, -0.01}, {2.9, 0}};

}  // namespace

TEST_CASE("pairs are found wherever they stand, the nearest ones") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", around_3);
  const auto runs = displaced_runs(store);
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].centre == 0);
  REQUIRE(runs[0].pairs.size() == 2);
  CHECK(runs[0].pairs[0].parameter.name == "R");
  CHECK(runs[0].pairs[0].below == 1);
  CHECK(runs[0].pairs[0].above == 2);
  CHECK(runs[0].pairs[0].step == Approx(0.01));
  CHECK(runs[0].pairs[1].parameter.name == "cep");
  CHECK(runs[0].pairs[1].below == 4);
  CHECK(runs[0].pairs[1].above == 3);
}

TEST_CASE("runs that are not done make no pair") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", {{3, 0}, {2.99, 0}, {3.01, 0}}, false);
  CHECK_THROWS_WITH(displaced_runs(store), Contains("s.h5") && Contains("`displaced`"));
}

TEST_CASE("a compact store is refused") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", around_3);
  export_compact(folder / "s.h5", folder / "c.h5");
  CHECK_THROWS_WITH(displaced_runs(Store::open(folder / "c.h5", Store::Mode::read)), Contains("is compact"));
}

TEST_CASE("counted distributions are refused") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", around_3);
  write_degraded(folder / "d.h5", store, {.electrons = 1e4}, 1);
  CHECK_THROWS_WITH(displaced_runs(Store::open(folder / "d.h5", Store::Mode::read)), Contains("was counted"));
}

TEST_CASE("the information of a Gaussian is that of its middle") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", around_3);
  const auto all = sensitivities(store, displaced_runs(store), -12);
  REQUIRE(all.size() == 1);
  const auto& f = all[0].information;
  const double unit = 1 / (width * width);
  CHECK(f(0, 0) == Approx(slope * slope * unit).epsilon(1e-3));
  CHECK(f(0, 1) == Approx(0.4 * slope * unit).epsilon(1e-3));
  CHECK(f(1, 1) == Approx((0.4 * 0.4 + 0.1 * 0.1) * unit).epsilon(1e-3));
  CHECK(all[0].error_alone(0) == Approx(width / slope).epsilon(1e-3));
  // Along ky φ can be told, and with it what of kx it explains: √((F⁻¹)_RR) = width/slope √(1 + 0.4²/0.1²).
  CHECK(all[0].error_free(0) == Approx(width / slope * std::sqrt(17)).epsilon(1e-3));
  // Two Gaussians that far apart: ½∫|p₊ - p₋| = erf(Δ/(2√2 width)).
  CHECK(all[0].changes[0] == Approx(std::erf(0.02 * slope / (2 * std::sqrt(2) * width))).epsilon(1e-2));
}

TEST_CASE("maps add up to the information, and nothing counts below the floor") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", around_3);
  const auto runs = displaced_runs(store);
  const double cell = 0.05 * 0.05;
  for (const double floor : {-12.0, -1.0}) {
    const auto maps = sensitivity_maps(store, runs[0], floor);
    const auto f = sensitivities(store, runs, floor)[0].information;
    double sum = 0;
    for (const float i : maps.information[0])
      sum += i * cell;
    CHECK(sum == Approx(f(0, 0)).epsilon(1e-5));
    const float darkest = *std::ranges::max_element(maps.density) * static_cast<float>(std::pow(10, floor));
    bool below = false;
    for (std::size_t k = 0; k < maps.density.size(); ++k)
      below = below || (maps.density[k] < darkest && maps.scores[0][k] != 0);
    CHECK_FALSE(below);
  }
}

TEST_CASE("information becomes a derived store with links to its runs") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", around_3);
  const auto runs = displaced_runs(store);
  write_sensitivity(folder / "i.h5", store, runs, "cep");
  const auto derived = Store::open(folder / "i.h5", Store::Mode::read);
  REQUIRE(derived.size() == 1);
  CHECK(derived.description().runs[0] == store.description().runs[0]);
  CHECK(derived.description().derivation->links[0].size() == 3);
  CHECK(derived.pmd(0) == sensitivity_maps(store, runs[0]).information[1]);
  CHECK_THROWS_WITH(write_sensitivity(folder / "j.h5", store, runs, "angle"), Contains("'angle'"));
}

TEST_CASE("sensitivities are listed and drawn") {
  TemporaryFolder folder;
  const auto store = store_of(folder / "s.h5", {{3, 0}, {2.99, 0}, {3.01, 0}, {5, 0}, {4.99, 0}, {5.01, 0}});
  const auto runs = displaced_runs(store);
  const auto all = sensitivities(store, runs);
  CHECK_THAT(sensitivity_text(all), Contains("R = 5 a.u.") && Contains("1.5"));
  CHECK_THAT(sensitivity_csv(all), Contains("0,H2+,3,2e+14,0,0,R,0.01,"));
  draw_sensitivity(store, runs, all, folder / "p.png");
  CHECK(std::filesystem::file_size(folder / "p.png") > 10000);
}
