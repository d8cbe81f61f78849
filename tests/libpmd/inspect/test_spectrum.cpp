#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numbers>
#include <numeric>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/compact_store.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/images/write_images.hpp"
#include "libpmd/inspect/spectrum.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

constexpr double pi = std::numbers::pi;

/// A ring of radius k0 with more electrons to the right: g(k) (1 + a cos θ). Then dP/dE = 2π g(k), since k dk
/// = dE, and dP/dθ = (1 + a cos θ) ∫ g k dk.
struct Ring {
  double k0 = 1.2, width = 0.15, a = 0.6;

  double g(double k) const { return std::exp(-std::pow((k - k0) / width, 2) / 2); }
  double operator()(double x, double y) const {
    const double k = std::hypot(x, y);
    return g(k) * (k > 0 ? 1 + a * x / k : 1);
  }
  double radial() const {  // ∫ g k dk, of which nothing is at 0
    return k0 * width * std::sqrt(2 * pi);
  }
};

Store store_of(const std::filesystem::path& file, double spacing,
               const std::function<double(double, double)>& f, const std::string& pulse = "") {
  auto d = synthetic::description({.runs = 2, .spacing = spacing});
  if (!pulse.empty()) d.configuration = "dataset:\n  pulse: " + pulse + "\n";
  d.runs[0].intensity_w_cm2 = 2e14;
  Store::create(file, d);
  auto store = Store::open(file, Store::Mode::write);
  std::vector<float> pmd;
  for (const double x : d.kx)
    for (const double y : d.ky)
      pmd.push_back(static_cast<float>(f(x, y)));
  store.write(0, pmd, synthetic::diagnostics(pmd, d.kx, d.ky), 1);
  return store;
}

RunSpectra first_of(const Store& store, const SpectrumSettings& settings = {}) {
  const std::size_t first = 0;
  return spectra_of(store, {&first, 1}, settings).front();
}

double largest_difference(const Spectrum& spectrum, const std::function<double(double)>& expected) {
  double largest = 0;
  for (std::size_t i = 0; i < spectrum.at.size(); ++i)
    largest = std::max(largest, std::abs(spectrum.density[i] - expected(spectrum.at[i])));
  return largest;
}

std::vector<std::string> fields(const std::string& line) {
  std::vector<std::string> all;
  std::istringstream in(line);
  for (std::string field; std::getline(in, field, ',');)
    all.push_back(field);
  return all;
}

}  // namespace

TEST_CASE("a ring's spectra are those that follow from its equation") {
  const TemporaryFolder folder;
  const Ring ring;
  double before = 1;
  for (const double spacing : {0.04, 0.02}) {
    const auto run = first_of(store_of(folder / (std::to_string(spacing) + ".h5"), spacing, ring));
    const double energy =
        largest_difference(run.energy, [&](double E) { return 2 * pi * ring.g(std::sqrt(2 * E)); });
    CHECK(energy < 0.25 * before);  // second order in the spacing, but for the width of the cells
    CHECK(energy < 2 * pi * (spacing < 0.03 ? 0.005 : 0.022));
    before = energy;
    const double radial = ring.radial();
    CHECK(largest_difference(run.angle, [&](double theta) {
            return radial * (1 + ring.a * std::cos(theta));
          }) < 6e-3 * radial);
    CHECK(run.yield == Approx(2 * pi * radial).epsilon(1e-6));
  }
}

TEST_CASE("spectra add up to the yield, of compact stores too") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5",
                                     {.runs = 3, .random_cep = true, .random_angle = true, .spacing = 0.05});
  const std::vector<std::size_t> rows{2, 0};
  const auto runs = spectra_of(store, rows);
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].run == 2);
  export_compact(folder / "a.h5", folder / "compact.h5");
  const auto compact = spectra_of(Store::open(folder / "compact.h5", Store::Mode::read), rows);
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const auto& [run, number, parameters, unknown, yield, up, energy, angle, kx] = runs[i];
    CHECK(energy.integral() == Approx(yield).epsilon(1e-6));
    CHECK(angle.integral() == Approx(yield).epsilon(1e-6));
    CHECK(kx.integral() == Approx(yield).epsilon(1e-6));
    CHECK(kx.at.size() == store.description().kx.size());
    CHECK(kx.at.front() == Approx(store.description().kx.front()));
    CHECK(energy.cell() == Approx(0.01));
    CHECK(angle.at.size() == 180);
    CHECK(energy.at.back() == Approx(0.01 * std::floor(3.025 * 3.025 / 2 / 0.01) - 0.005));
    CHECK_FALSE(up);
    CHECK(compact[i].energy.integral() == Approx(yield).epsilon(1e-5));
    for (std::size_t j = 0; j < energy.at.size(); ++j)
      if (energy.density[j] > 1e-2 * energy.density[0])
        CHECK(compact[i].energy.density[j] == Approx(energy.density[j]).epsilon(0.02));
  }
}

TEST_CASE("what lies beyond the highest energy is left out") {
  const TemporaryFolder folder;
  const auto store =
      store_of(folder / "a.h5", 0.05, [](double x, double y) { return std::exp(-x * x - y * y); });
  const auto run = first_of(store, {.energy_step = 0.05, .energy_max = 1.0});
  CHECK(run.energy.at.size() == 20);
  CHECK(run.energy.integral() == Approx(run.yield * (1 - std::exp(-2))).epsilon(1e-3));
}

TEST_CASE("the ponderomotive energy is that of the store's pulse") {
  const TemporaryFolder folder;
  const double long_pulse = 9.33738e-14 * 2e14 * 0.8 * 0.8 / 27.211386;
  const auto ratio = [&](const std::string& pulse) {
    const auto run = first_of(store_of(folder / (std::to_string(pulse.size()) + ".h5"), 0.1, Ring(), pulse));
    REQUIRE(run.ponderomotive_energy);
    return *run.ponderomotive_energy / long_pulse;
  };
  CHECK(ratio("{wavelength_nm: 800, cycles: 20}") == Approx(1).epsilon(0.01));
  const double short_pulse = ratio("{wavelength_nm: 800, cycles: 2}");
  CHECK(short_pulse <= 1);
  CHECK(short_pulse > 0.6);
  // The second colour's vector potential adds up to √0.1/2 = 16 % to the first one's.
  const double two_colours = ratio("{wavelength_nm: 800, cycles: 20, harmonic: 2, relative_intensity: 0.1}");
  CHECK(two_colours > 1.05);
  CHECK(two_colours < 1.36);
}

TEST_CASE("the images file of spectra has the cells' probabilities, with units") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 4, .spacing = 0.1});
  ImagesSettings settings;
  settings.representations = spectrum_representations(store.description());
  settings.rows = {1, 3};
  CHECK(write_images(folder / "a.h5", folder / "spectra.h5", settings).runs == 2);
  const auto file = ImagesFile::open(folder / "spectra.h5");
  REQUIRE(file.size() == 2);
  CHECK(file.description().source.numbers == std::vector<std::uint64_t>{1, 3});
  for (std::size_t representation = 0; representation < 3; ++representation) {
    const auto cells = file.image(representation, 1).floats;
    CHECK(std::accumulate(cells.begin(), cells.end(), 0.0) ==
          Approx(store.diagnostics(3).yield).epsilon(1e-6));
  }
  CHECK(file.description().representations[0].name == "energy");
  CHECK(file.description().representations[1].name == "angular");
  CHECK(file.description().representations[2].name == "dp_dkx");
}

TEST_CASE("settings that cannot be are refused with what would do") {
  const TemporaryFolder folder;
  const auto store = store_of(folder / "a.h5", 0.1, Ring());
  const auto refused = [&](const SpectrumSettings& settings, const std::string& why) {
    CHECK_THROWS_WITH(spectrum_representations(store.description(), settings), Contains(why));
  };
  refused({.energy_step = 0}, "not a step");
  refused({.energy_step = 1e-3}, "a step from 0.0046 to");
  refused({.energy_step = 4}, "expected 2 to 1024");
  refused({.energy_max = 5.0}, "reach to 4.65");
  refused({.angle_step_degrees = 0.1}, "3600 cells");
  CHECK_THROWS_WITH(spectra_of(store, std::vector<std::size_t>{1}), Contains("run 1"));
}

TEST_CASE("the table has a column for each run") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 3, .spacing = 0.1});
  const auto runs = spectra_of(store, std::vector<std::size_t>{0, 2}, {.energy_step = 0.1});
  std::istringstream lines(spectra_csv(runs));
  double sum = 0;
  std::map<std::string, std::size_t> rows;
  for (std::string line; std::getline(lines, line);) {
    const auto row = fields(line);
    ++rows[row[0]];
    if (row[0] == "quantity") CHECK(line == "quantity,at,run 0,run 2");
    if (row[0] == "molecule") CHECK(line == "molecule,,H2+,H2+");
    if (row[0] == "R") CHECK(std::stod(row[3]) == store.description().runs[2].R);
    if (row[0] == "yield") CHECK(std::stod(row[3]) == Approx(store.diagnostics(2).yield));
    if (row[0] == "dP/dE") sum += 0.1 * std::stod(row[3]);
  }
  CHECK(sum == Approx(store.diagnostics(2).yield).epsilon(1e-5));
  CHECK(rows["dP/dE"] == 46);
  CHECK(rows["dP/dtheta"] == 180);
  CHECK(rows["dP/dkx"] == store.description().kx.size());
}

TEST_CASE("curves of few runs, a map of many") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "a.h5", {.runs = 9, .spacing = 0.1});
  std::vector<std::size_t> rows(9);
  std::iota(rows.begin(), rows.end(), 0);
  const auto runs = spectra_of(store, rows);
  const auto parameters = all_parameters(store.description().declared);
  const auto coloured = [&](std::size_t count) {
    const auto png = folder / (std::to_string(count) + ".png");
    draw_spectra(std::span(runs).first(count), parameters, "R", png);
    const auto picture = read_png(png);
    std::size_t pixels = 0;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
      const auto [darkest, brightest] = std::minmax({picture.rgb[i], picture.rgb[i + 1], picture.rgb[i + 2]});
      if (brightest - darkest > 60) ++pixels;
    }
    return pixels;
  };
  const auto one = coloured(1), eight = coloured(8), nine = coloured(9);
  CHECK(one > 500);
  CHECK(eight > 4 * one);
  CHECK(nine > 3 * eight);  // filled
  CHECK_THROWS_WITH(draw_spectra({}, parameters, "", folder / "none.png"), Contains("no spectra"));
}
