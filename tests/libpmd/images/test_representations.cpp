#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/cells.hpp"
#include "libpmd/images/image.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

constexpr double pi = std::numbers::pi;

std::vector<double> axis(int half, double spacing) {
  std::vector<double> points;
  for (int i = -half; i <= half; ++i)
    points.push_back(i * spacing);
  return points;
}

/// A distribution on axes from -3 to 3 and -2.5 to 2.5.
struct Plane {
  std::vector<double> kx = axis(120, 0.025), ky = axis(100, 0.025);
  MomentumPlane plane = plane_of(kx, ky);
  std::vector<float> pmd;
  double total = 0;

  explicit Plane(const auto& f) {
    for (const double x : kx)
      for (const double y : ky)
        pmd.push_back(static_cast<float>(f(x, y)));
    for (const float value : pmd)
      total += value * plane.dkx * plane.dky;
  }
  Image image(const ImageSettings& settings) const { return make_image(pmd, kx, ky, settings); }
};

/// Of total 1: e^{-k²/2s²}/(2πs²), moved by x0.
auto gaussian(double s, double x0 = 0) {
  return [=](double x, double y) {
    return std::exp(-((x - x0) * (x - x0) + y * y) / (2 * s * s)) / (2 * pi * s * s);
  };
}

double sum(const auto& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

/// Probabilities themselves.
ImageSettings probabilities(View view, int width, int height) {
  return {.width = width,
          .height = height,
          .view = view,
          .window = Window::fixed,
          .scale = Scale::power,
          .exponent = 1,
          .normalisation = Normalisation::none,
          .values = PixelValues::floats};
}

}  // namespace

TEST_CASE("cells of a window hold the probability that is in it") {
  const Plane p(gaussian(0.4, 0.3));
  CHECK(p.total == Approx(1).epsilon(1e-6));
  const double edge_x = 3.0125, edge_y = 2.5125;
  for (const int n : {1, 7, 241, 300})
    CHECK(sum(plane_cells(p.pmd, p.plane, {-edge_x, edge_x}, {-edge_y, edge_y}, n, n)) ==
          Approx(p.total).epsilon(1e-12));
  // Edges between samples: cells of 2 × 4 samples, and nothing is divided.
  const auto cells = plane_cells(p.pmd, p.plane, {-0.0125, 0.9875}, {-1.0125, 0.9875}, 20, 20);
  for (std::size_t i = 0; i < 20; ++i)
    for (std::size_t j = 0; j < 20; ++j) {
      double expected = 0;
      for (std::size_t x = 120 + 2 * i; x < 122 + 2 * i; ++x)
        for (std::size_t y = 60 + 4 * j; y < 64 + 4 * j; ++y)
          expected += p.pmd[x * p.ky.size() + y];
      CHECK(cells[i * 20 + j] == Approx(expected * 0.025 * 0.025).epsilon(1e-12));
    }
  // ∫ from a to b of a Gaussian.
  const auto part = plane_cells(p.pmd, p.plane, {0.3, 0.7}, {-2.5, 2.5}, 1, 1);
  CHECK(part[0] == Approx(0.5 * std::erf(1 / std::numbers::sqrt2)).epsilon(1e-3));
  CHECK_THROWS_WITH(plane_cells(p.pmd, p.plane, {-3.2, 1}, {-1, 1}, 4, 4), Contains("beyond the axis kx"));
  CHECK_THROWS_AS(plane_cells(p.pmd, p.plane, {-1, 1}, {-1, 2.6}, 4, 4), DataError);
}

TEST_CASE("a window finer than the samples divides their cells") {
  const Plane p(gaussian(0.5));
  const auto fine = plane_cells(p.pmd, p.plane, {-0.0125, 0.0125}, {-0.0125, 0.0125}, 4, 2);
  const double centre = p.pmd[120 * p.ky.size() + 100] * 0.025 * 0.025;
  for (const double cell : fine)
    CHECK(cell == Approx(centre / 8).epsilon(1e-9));
}

TEST_CASE("halves and quarters hold halves and quarters of what is symmetric") {
  const Plane p(gaussian(0.4));
  const auto share = [&](View view) {
    auto settings = probabilities(view, 52, 30);
    settings.kx = {-3, 3};
    settings.ky = {-2.5, 2.5};
    return sum(p.image(settings).pixels);
  };
  CHECK(share(View::plane) == Approx(p.total).epsilon(1e-5));
  CHECK(share(View::upper_half) == Approx(p.total / 2).epsilon(1e-5));
  CHECK(share(View::first_quadrant) == Approx(p.total / 4).epsilon(1e-5));
  const auto half = p.image(probabilities(View::upper_half, 52, 15));
  CHECK(half.extent == Extent{-2.6, 2.6, 0, 1.5});
  // The half is the upper half of the plane.
  const auto whole = p.image(probabilities(View::plane, 52, 30));
  for (std::size_t x = 0; x < 52; ++x)
    for (std::size_t y = 0; y < 15; ++y)
      CHECK(half.pixels[x * 15 + y] == Approx(whole.pixels[x * 30 + 15 + y]).epsilon(1e-6));
}

TEST_CASE("the energy spectrum of a Gaussian is an exponential") {
  // P(E) = e^{-E/s²}/s² for the density e^{-k²/2s²}/2πs², as dkx dky = k dk dθ = dE dθ.
  const double s = 0.5;
  const Plane p(gaussian(s));
  auto settings = probabilities(View::energy, 60, 1);
  settings.energy = {0, 3};
  const auto spectrum = p.image(settings);
  CHECK(spectrum.extent == Extent{0, 3, 0, 0});
  CHECK(sum(spectrum.pixels) == Approx(1 - std::exp(-3 / (s * s))).epsilon(1e-5));
  for (int i = 0; i < 60; ++i) {
    const double expected = std::exp(-i * 0.05 / (s * s)) - std::exp(-(i + 1) * 0.05 / (s * s));
    CHECK(spectrum.pixels[static_cast<std::size_t>(i)] == Approx(expected).epsilon(0.02).margin(2e-6));
  }
  // All energies of the plane hold all of it, in however few or many cells, and keep their mean.
  const double highest = (3.0125 * 3.0125 + 2.5125 * 2.5125) / 2;
  CHECK_THROWS_WITH(energy_cells(p.pmd, p.plane, {0, highest}, 10), Contains("beyond the momentum axes"));
  const auto all = energy_cells(p.pmd, p.plane, {0, 4.5}, 4000);
  CHECK(sum(all) == Approx(p.total).epsilon(1e-7));
  double mean = 0;
  for (std::size_t i = 0; i < all.size(); ++i)
    mean += all[i] * (static_cast<double>(i) + 0.5) * 4.5 / 4000;
  CHECK(mean == Approx(s * s).epsilon(1e-3));
}

TEST_CASE("the angular distribution of something round is even, and no angle is lost") {
  const Plane round(gaussian(0.4));
  const auto even = round.image(probabilities(View::angular, 36, 1));
  CHECK(sum(even.pixels) == Approx(round.total).epsilon(1e-6));
  for (const float value : even.pixels)
    CHECK(value == Approx(1.0 / 36).epsilon(2e-3));
  // cos²θ: ∫ over an interval of dP/dθ = cos²θ/π.
  const Plane dipole([](double x, double y) { return x * x * std::exp(-4 * (x * x + y * y)); });
  const auto cells = angle_cells(dipole.pmd, dipole.plane, 24);
  CHECK(sum(cells) == Approx(dipole.total).epsilon(1e-12));
  for (int i = 0; i < 24; ++i) {
    const double a = -pi + i * pi / 12, b = a + pi / 12;
    const double expected = ((b - a) / 2 + (std::sin(2 * b) - std::sin(2 * a)) / 4) / pi * dipole.total;
    CHECK(cells[static_cast<std::size_t>(i)] == Approx(expected).epsilon(0.02).margin(1e-4 * dipole.total));
  }
}

TEST_CASE("dP/dkx in a fixed window is at full resolution") {
  const Plane p(gaussian(0.4, 0.2));
  auto settings = probabilities(View::dp_dkx, 104, 1);
  const auto line = p.image(settings);
  for (int i = 0; i < 104; ++i) {
    const auto cdf = [](double x) { return 0.5 * std::erf((x - 0.2) / 0.4 / std::numbers::sqrt2); };
    const double a = -2.6 + i * 0.05;
    CHECK(line.pixels[static_cast<std::size_t>(i)] ==
          Approx(cdf(a + 0.05) - cdf(a)).epsilon(5e-3).margin(1e-6));
  }
}

TEST_CASE("scales and normalisations") {
  const Plane p(gaussian(0.4));
  auto settings = probabilities(View::plane, 52, 30);
  const auto probability = p.image(settings).pixels;
  const double all = sum(probability), most = *std::ranges::max_element(probability);
  const auto check = [&](const ImageSettings& changed, const auto& expected) {
    const auto pixels = p.image(changed).pixels;
    for (std::size_t i = 0; i < pixels.size(); ++i)
      CHECK(pixels[i] == Approx(expected(probability[i])).epsilon(1e-5).margin(1e-9));
  };
  settings.exponent = 0.5;
  check(settings, [](double q) { return std::sqrt(q); });
  settings.normalisation = Normalisation::sum;
  check(settings, [&](double q) { return std::sqrt(q / all); });
  settings.normalisation = Normalisation::maximum;
  check(settings, [&](double q) { return std::sqrt(q / most); });
  settings.scale = Scale::log;
  settings.floor = -3;
  check(settings, [&](double q) { return std::max(std::log10(q / most), -3.0); });
  settings.values = PixelValues::bytes;
  check(settings, [&](double q) { return 85 * (std::max(std::log10(q / most), -3.0) + 3); });
  settings.scale = Scale::power;
  check(settings, [&](double q) { return 255 * std::sqrt(q / most); });
}

TEST_CASE("crops of other scales keep the paper's crop") {
  const Plane p(gaussian(0.3, 0.1));
  const ImageSettings paper{.width = 64, .height = 32};
  auto power = paper;
  power.scale = Scale::power;
  power.exponent = 0.25;
  const auto image = p.image(power), reference = p.image(paper);
  CHECK(image.extent == reference.extent);
  CHECK(*std::ranges::max_element(image.pixels) == 255);
  CHECK(*std::ranges::min_element(image.pixels) == 0);
  // Floats in the logarithm are the paper's image before it is stretched to grey levels.
  auto floats = paper;
  floats.values = PixelValues::floats;
  const auto w = p.image(floats).pixels;
  const auto [low, high] = std::ranges::minmax(w);
  CHECK(low == Approx(-5).margin(0.2));
  CHECK(high == Approx(0).margin(0.02));
  for (std::size_t i = 0; i < w.size(); ++i)
    CHECK(reference.pixels[i] == Approx((w[i] - low) * 255 / (high - low)).margin(1e-3));
  // Nothing that is a power is below 0, though the kernel overshoots.
  power.values = PixelValues::floats;
  power.exponent = 1;
  power.normalisation = Normalisation::sum;
  const auto powers = p.image(power).pixels;
  CHECK(*std::ranges::min_element(powers) >= 0);
}

TEST_CASE("what has no influence makes no other image") {
  ImageSettings settings;
  settings.kx = {-1, 1};
  settings.exponent = 0.3;
  settings.energy = {1, 2};
  CHECK(significant(settings) == ImageSettings{});
  settings.window = Window::fixed;
  CHECK(significant(settings).kx == Interval{-1, 1});
  settings.view = View::energy;
  CHECK(significant(settings).kx == ImageSettings{}.kx);
  CHECK(significant(settings).energy == Interval{1, 2});
  CHECK(to_string(ImageSettings{}) == "256 x 128 pixels, floor -5");
  CHECK(to_string(probabilities(View::upper_half, 104, 30)) ==
        "104 x 30 pixels, power 1, view upper_half, kx -2.6 to 2.6, ky -1.5 to 1.5, normalisation none, "
        "floats");
}

TEST_CASE("settings that exclude each other are refused") {
  const auto refused = [](ImageSettings settings, const char* why) {
    CHECK_THROWS_WITH(check_image_settings(settings), Contains(why));
  };
  refused({.height = 2, .view = View::energy, .window = Window::fixed}, "image.height");
  refused({.height = 1, .view = View::angular}, "image.window");
  refused({.normalisation = Normalisation::sum}, "image.values");
  refused({.view = View::upper_half, .window = Window::fixed, .ky = {-1, 0}}, "image.ky");
  refused({.window = Window::fixed, .kx = {1, 1}}, "image.kx");
  refused({.scale = Scale::power, .exponent = 0}, "image.exponent");
  CHECK_THROWS_WITH(value_of<Scale>("sqrt"), Contains("log, power"));
}

TEST_CASE("distributions without anything in the window are refused") {
  const Plane p([](double x, double) { return x > 2.9 ? 1.0 : 0.0; });
  CHECK_THROWS_AS(p.image(probabilities(View::plane, 52, 30)), DataError);
}
