#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/interpolation/interpolation.hpp"
#include "libpmd/interpolation/leave_one_out.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

const std::vector<InterpolationMethod> all_methods{
    InterpolationMethod::linear, InterpolationMethod::log_linear, InterpolationMethod::spline};

/// Coarse: 31 × 26 samples.
synthetic::Settings coarse(std::size_t runs) {
  synthetic::Settings settings;
  settings.runs = runs;
  settings.spacing = 0.2;
  return settings;
}

/// A store of `f(R, I, index of the sample)` at the points of coarse().
template <typename Function>
Store store_of(const std::filesystem::path& file, const StoreDescription& d, const Function& f) {
  Store::create(file, d);
  auto store = Store::open(file, Store::Mode::write);
  for (std::size_t run = 0; run < store.size(); ++run) {
    std::vector<float> pmd;
    for (std::size_t i = 0; i < d.kx.size() * d.ky.size(); ++i)
      pmd.push_back(static_cast<float>(f(d.runs[run].R, d.runs[run].intensity_w_cm2, i)));
    Diagnostics diagnostics;
    diagnostics.ground_state_energy = d.runs[run].R;
    diagnostics.absorbed = std::exp(d.runs[run].R);
    store.write(run, pmd, diagnostics, 1);
  }
  return store;
}

double plane(double R, double intensity, std::size_t sample) {
  return 1 + 0.3 * R + 2e-15 * intensity * static_cast<double>(sample % 7);
}

/// The largest relative deviation from f at many points of the hull.
template <typename Function>
double deviation(Interpolator& interpolator, const Function& f) {
  const auto [min, max] = interpolator.triangulation().bounds();
  double largest = 0;
  int inside = 0;
  for (int i = 0; i <= 10; ++i)
    for (int j = 0; j <= 10; ++j) {
      const double R = min.R + (max.R - min.R) * i / 10;
      const double intensity = min.intensity + (max.intensity - min.intensity) * j / 10;
      if (!interpolator.triangulation().locate({R, intensity})) continue;
      ++inside;
      const auto made = interpolator.at(R, intensity);
      for (std::size_t s = 0; s < made.size(); ++s)
        largest = std::max(largest, std::abs(made[s] / f(R, intensity, s) - 1));
    }
  CHECK(inside > 50);
  return largest;
}

}  // namespace

TEST_CASE("Linear interpolation reproduces linear functions of R and intensity") {
  const TemporaryFolder folder;
  const auto store = store_of(folder / "plane.h5", synthetic::description(coarse(40)), plane);
  Interpolator linear(store, {.method = InterpolationMethod::linear});
  CHECK(deviation(linear, plane) < 3e-7);
  Interpolator logarithmic(store, {.method = InterpolationMethod::log_linear});
  CHECK(deviation(logarithmic, plane) > 1e-4);
}

TEST_CASE("Interpolation of logarithms reproduces exponential functions, the spline powers") {
  const TemporaryFolder folder;
  const auto exponential = [](double R, double intensity, std::size_t sample) {
    return std::exp(-5 + plane(R, intensity, sample));
  };
  const auto power = [](double R, double intensity, std::size_t sample) {
    return std::pow(R, 0.5 * static_cast<double>(sample % 5)) * std::pow(intensity / 1e14, 3.5);
  };
  const auto of_exponentials = store_of(folder / "a.h5", synthetic::description(coarse(60)), exponential);
  const auto of_powers = store_of(folder / "b.h5", synthetic::description(coarse(60)), power);
  Interpolator log_linear(of_exponentials, {.method = InterpolationMethod::log_linear});
  CHECK(deviation(log_linear, exponential) < 3e-6);
  Interpolator spline(of_powers, {.method = InterpolationMethod::spline});
  CHECK(deviation(spline, power) < 3e-6);

  const auto made = log_linear.derived_distribution(log_linear.terms({3, 2e14}));
  CHECK(made.diagnostics.ground_state_energy == Approx(3));
  CHECK(made.diagnostics.absorbed == Approx(std::exp(3)));
  CHECK(made.diagnostics.steps == 0);
}

TEST_CASE("Every method reproduces the computed distributions") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "base.h5", coarse(50));
  for (const auto method : all_methods) {
    Interpolator interpolator(store, {.method = method});
    for (const std::size_t row : interpolator.rows()) {
      const auto& run = store.description().runs[row];
      const auto made = interpolator.at(run.R, run.intensity_w_cm2), computed = store.pmd(row);
      const float least = 1e-9f * *std::max_element(computed.begin(), computed.end());
      for (std::size_t i = 0; i < made.size(); ++i)
        if (std::abs(made[i] - computed[i]) > 1e-4f * computed[i] + 2 * least)
          FAIL(to_string(method) << " row " << row << ": " << made[i] << " is not " << computed[i]);
    }
  }
}

TEST_CASE("The weights tell what a distribution was made of") {
  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "base.h5", coarse(80), 70);
  for (const auto method : all_methods) {
    Interpolator interpolator(store, {.method = method, .neighbours = 12});
    CHECK(interpolator.rows().size() == 70);
    const auto terms = interpolator.terms({4.1, 2.3e14});
    double sum = 0;
    std::vector<double> expected(store.pmd(0).size());
    for (const auto& [row, weight] : terms.terms) {
      REQUIRE(row < 70);
      sum += weight;
      const auto pmd = store.pmd(row);
      const double least = 1e-9 * *std::max_element(pmd.begin(), pmd.end());
      for (std::size_t i = 0; i < pmd.size(); ++i)
        expected[i] +=
            weight *
            (method == InterpolationMethod::linear ? pmd[i] : std::log(std::max<double>(pmd[i], least)));
    }
    CHECK(sum == Approx(1));
    CHECK(terms.terms.size() <= (method == InterpolationMethod::spline ? 15u : 3u));
    const auto made = interpolator.at(4.1, 2.3e14);
    for (std::size_t i = 0; i < made.size(); i += 17)
      CHECK(
          made[i] ==
          Approx(method == InterpolationMethod::linear ? expected[i] : std::exp(expected[i])).epsilon(1e-4));
    const auto row = interpolator.derived_row(terms, Use::training);
    CHECK(row.parameters.R == 4.1);
    CHECK(row.parameters.intensity_w_cm2 == 2.3e14);
    CHECK(row.links.size() == terms.terms.size());
    CHECK(row.links[0].run == terms.terms[0].row);
    CHECK(row.links[0].weight == terms.terms[0].weight);
  }
}

TEST_CASE("Points outside the hull are refused or clipped") {
  const TemporaryFolder folder;
  auto d = synthetic::description(coarse(5));
  const double points[5][2] = {{1, 1e14}, {3, 1e14}, {3, 3e14}, {1, 3e14}, {1.6, 1.9e14}};
  for (std::size_t i = 0; i < 5; ++i)
    d.runs[i].R = points[i][0], d.runs[i].intensity_w_cm2 = points[i][1];
  const auto store = store_of(folder / "square.h5", d, plane);
  for (const auto method : all_methods) {
    Interpolator interpolator(store, {.method = method});
    CHECK_THROWS_AS(interpolator.at(3.5, 2e14), DataError);
    CHECK_THROWS_WITH(interpolator.at(3.5, 2e14), Contains("square.h5") && Contains("R = 3.5, I = 2e+14") &&
                                                      Contains("R from 1 to 3") &&
                                                      Contains("I from 1e+14 to 3e+14"));
    CHECK_THROWS_AS(interpolator.at(std::nan(""), 2e14), DataError);
    CHECK_THROWS_AS(interpolator.at(std::nan(""), 2e14, Outside::clip), DataError);
    CHECK(interpolator.terms({3.5, 2e14}, Outside::clip).point == PlanePoint{3, 2e14});
    CHECK(interpolator.terms({2.5, 2e14}, Outside::clip).point == PlanePoint{2.5, 2e14});
    CHECK(interpolator.at(3.5, 2e14, Outside::clip) == interpolator.at(3, 2e14));
    CHECK(
        interpolator.derived_row(interpolator.terms({9, 9e14}, Outside::clip), Use::training).parameters.R ==
        3);
  }
}

TEST_CASE("Runs that do not belong to one plane are refused") {
  const TemporaryFolder folder;
  auto d = synthetic::description(coarse(8));
  const auto expect = [&](const std::string& what) {
    const auto store = store_of(folder / (what + ".h5"), d, plane);
    CHECK_THROWS_WITH(Interpolator(store), Contains("run 5 has") && Contains(what) && Contains("run 0 has"));
    Interpolator chosen(store, {}, std::vector<std::size_t>{0, 1, 2, 3, 4});
    CHECK(chosen.rows().size() == 5);
  };
  SECTION("molecule") {
    d.runs[5].molecule = "HeH+";
    expect("molecule");
  }
  SECTION("phase") {
    d.runs[5].cep = 0.5;
    expect("cep");
  }
  SECTION("angle") {
    d.runs[5].angle = 0.5;
    expect("angle");
  }
}

TEST_CASE("Sets of runs that are odd") {
  const TemporaryFolder folder;
  auto d = synthetic::description(coarse(30));
  SECTION("the same point twice counts once") {
    d.runs[7] = d.runs[3];
    const auto store = store_of(folder / "twice.h5", d, plane);
    const Interpolator interpolator(store);
    CHECK(interpolator.rows().size() == 29);
    CHECK(std::count(interpolator.rows().begin(), interpolator.rows().end(), 7u) == 0);
  }
  SECTION("columns of equal R: the nearest points lie on one line") {
    for (std::size_t i = 0; i < d.runs.size(); ++i) {
      d.runs[i].R = 1 + 3 * static_cast<double>(i / 10);
      d.runs[i].intensity_w_cm2 = 1e14 * (1 + 0.05 * static_cast<double>(i % 10));
    }
    const auto store = store_of(folder / "columns.h5", d, plane);
    for (const auto method : all_methods) {
      Interpolator interpolator(store, {.method = method, .neighbours = 6});
      CHECK(interpolator.at(4.2, 1.2e14)[3] == Approx(plane(4.2, 1.2e14, 3)).epsilon(0.02));
    }
  }
  SECTION("on a line, or too few") {
    for (std::size_t i = 0; i < d.runs.size(); ++i)
      d.runs[i].R = 2;
    const auto store = store_of(folder / "line.h5", d, plane);
    CHECK_THROWS_WITH(Interpolator(store), Contains("line.h5") && Contains("on one line"));
    CHECK_THROWS_WITH(Interpolator(store, {}, std::vector<std::size_t>{1, 2}), Contains("at least three"));
  }
  SECTION("rows that are not done") {
    const auto store = synthetic::make(folder / "part.h5", coarse(30), 20);
    CHECK_THROWS_WITH(Interpolator(store, {}, std::vector<std::size_t>{1, 2, 25}),
                      Contains("row 25 is not done"));
  }
  SECTION("settings") {
    const auto store = synthetic::make(folder / "part.h5", coarse(5));
    CHECK_THROWS_AS(Interpolator(store, {.floor = 0}), ConfigError);
    CHECK_THROWS_AS(Interpolator(store, {.neighbours = 2}), ConfigError);
    CHECK_THROWS_AS(interpolation_method("cubic"), ConfigError);
    for (const auto& name : interpolation_method_names())
      CHECK(to_string(interpolation_method(name)) == name);
  }
}

TEST_CASE("Rows are read when needed, and memory is bounded") {
  std::size_t reads = 0;
  DistributionCache cache(
      [&](std::size_t row) {
        ++reads;
        return std::vector<float>(100, static_cast<float>(row));
      },
      1000);
  for (const std::size_t row : {1, 2, 1, 2, 1})
    CHECK(cache.row(row)[99] == static_cast<float>(row));
  CHECK(reads == 2);
  cache.row(3);  // forgets 2
  cache.row(1);
  CHECK(reads == 3);
  cache.row(2);
  CHECK(reads == 4);
  CHECK(cache.bytes() == 800);
  DistributionCache tiny([](std::size_t) { return std::vector<float>(100); }, 1);
  tiny.row(0);
  tiny.row(1);
  CHECK(tiny.bytes() == 400);

  const TemporaryFolder folder;
  const auto store = synthetic::make(folder / "base.h5", coarse(40));
  Interpolator large(store), small(store, {.cache_bytes = 1});
  CHECK(large.at(4, 2e14) == small.at(4, 2e14));
}

TEST_CASE("A damaged run is named") {
  const TemporaryFolder folder;
  const auto file = folder / "base.h5";
  synthetic::make(file, coarse(10));
  {
    auto store = Store::open(file, Store::Mode::read);
    auto pmd = store.pmd(4);
    std::vector<char> bytes(std::filesystem::file_size(file));
    std::FILE* raw = std::fopen(file.c_str(), "r+b");
    REQUIRE(std::fread(bytes.data(), 1, bytes.size(), raw) == bytes.size());
    const auto* begin = reinterpret_cast<const char*>(pmd.data());
    const auto slab = std::search(bytes.begin(), bytes.end(), begin, begin + pmd.size() * sizeof(float));
    REQUIRE(slab != bytes.end());
    std::fseek(raw, slab - bytes.begin(), SEEK_SET);
    std::fputc(*slab ^ 1, raw);
    std::fclose(raw);
  }
  const auto store = Store::open(file, Store::Mode::read);
  Interpolator interpolator(store);
  const auto& run = store.description().runs[4];
  CHECK_THROWS_WITH(interpolator.at(run.R, run.intensity_w_cm2), Contains("run 4") && Contains("damaged"));
}

TEST_CASE("Leaving one out") {
  const TemporaryFolder folder;
  const auto f = [](double R, double intensity, std::size_t sample) {
    const double u = static_cast<double>(sample % 26) / 8, width = 1 + 0.3 * std::sin(R) + 3e-15 * intensity;
    return std::exp(-u * u / width) * (1.2 + std::cos(u * R / 2));
  };
  const auto store = store_of(folder / "smooth.h5", synthetic::description(coarse(120)), f);
  std::vector<double> means;
  for (const auto method : all_methods) {
    Interpolator interpolator(store, {.method = method});
    const auto& triangulation = interpolator.triangulation();
    const auto left_out = leave_one_out(interpolator);
    CHECK(left_out.size() + triangulation.hull().size() == 120);
    for (const auto& one : left_out) {
      CHECK(one.point.R == store.description().runs[one.row].R);
      CHECK(one.difference.mean > 0);  // it had no part in itself
      CHECK(one.difference.rms >= one.difference.mean);
      CHECK(one.difference.largest >= one.difference.rms);
    }
    for (std::size_t point = 0; point < 120; ++point) {
      if (triangulation.on_hull(point)) {
        CHECK_THROWS_WITH(interpolator.terms_without(point), Contains("on the hull"));
        continue;
      }
      double sum = 0;
      const auto without = interpolator.terms_without(point).value();
      for (const auto& term : without.terms) {
        CHECK(term.row != interpolator.rows()[point]);
        sum += term.weight;
      }
      CHECK(sum == Approx(1));
    }
    means.push_back(summarise(left_out).mean);
  }
  CHECK(means[2] < 0.5 * means[0]);
  CHECK_THROWS_AS(
      [&] {
        Interpolator interpolator(store);
        leave_one_out(interpolator, [](std::size_t, std::size_t) { return false; });
      }(),
      Interrupted);
  const std::vector<std::size_t> three{0, 1, 2};
  Interpolator triangle(store, {}, three);
  CHECK_THROWS_WITH(leave_one_out(triangle), Contains("none of its 3 points") && Contains("on the hull"));
}

TEST_CASE("The summary of errors") {
  std::vector<LeftOut> left_out;
  for (const double mean : {4.0, 1.0, 2.0, 3.0, 10.0})
    left_out.push_back({0, {}, {mean, 2 * mean, 3 * mean}});
  const auto s = summarise(left_out);
  CHECK(s.mean == Approx(4));
  CHECK(s.median == Approx(3));
  CHECK(s.percentile_95 == Approx(8.8));
  CHECK(s.largest == Approx(10));
  CHECK(s.rms == Approx(8));
  CHECK(summarise({}).mean == 0);
}
