#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"

using namespace bondscope;

namespace {

std::vector<double> axis(int half, double spacing) {
  std::vector<double> points;
  for (int i = -half; i <= half; ++i)
    points.push_back(i * spacing);
  return points;
}

std::vector<float> sampled(const std::vector<double>& kx, const std::vector<double>& ky, auto&& f) {
  std::vector<float> values;
  for (const double x : kx)
    for (const double y : ky)
      values.push_back(static_cast<float>(f(x, y)));
  return values;
}

}  // namespace

TEST_CASE("logarithm relative to the maximum, cut at the floor") {
  const auto w = log_distribution(std::vector<float>{2.f, 0.2f, 2e-4f, 2e-7f, 0.f}, -5);
  CHECK(w[0] == 0);
  CHECK(w[1] == Approx(-1));
  CHECK(w[2] == Approx(-4));
  CHECK(w[3] == -5);
  CHECK(w[4] == -5);
}

TEST_CASE("subnormal distributions are as good as any") {
  const auto w = log_distribution(std::vector<float>{1e-40f, 1e-42f}, -5);
  CHECK(w[1] == Approx(-2).margin(1e-3));
}

TEST_CASE("values that cannot be a distribution are refused") {
  const float nan = std::numeric_limits<float>::quiet_NaN(),
              infinity = std::numeric_limits<float>::infinity();
  CHECK_THROWS_AS(log_distribution(std::vector<float>{1, nan}, -5), DataError);
  CHECK_THROWS_AS(log_distribution(std::vector<float>{1, infinity}, -5), DataError);
  CHECK_THROWS_AS(log_distribution(std::vector<float>{1, NAN}, -5), DataError);
  CHECK_THROWS_AS(log_distribution(std::vector<float>{0, 0}, -5), DataError);
  CHECK_THROWS_AS(log_distribution({}, -5), DataError);
  CHECK_THROWS_AS(log_distribution(std::vector<float>{1, 2}, 0), ConfigError);
  CHECK_THROWS_AS(log_distribution(std::vector<float>{1, 2}, std::numeric_limits<double>::quiet_NaN()),
                  ConfigError);
}

TEST_CASE(
    "the crop is the smallest rectangle above the floor, and its extent reaches the cells' outer edges") {
  const auto kx = axis(10, 0.1), ky = axis(8, 0.2);
  // Everything is 1e-6 of the maximum but for three points that span a rectangle.
  const auto pmd = sampled(kx, ky, [](double x, double y) {
    const auto near = [&](double a, double b) { return std::abs(x - a) < 0.01 && std::abs(y - b) < 0.01; };
    if (near(-0.3, 0.2)) return 1.0;
    if (near(0.7, -0.8)) return 2e-5;
    if (near(0.1, 1.0)) return 0.5;
    return 1e-6;
  });
  const auto image = make_image(pmd, kx, ky);
  CHECK(image.width == 256);
  CHECK(image.height == 128);
  CHECK(image.pixels.size() == 256 * 128);
  CHECK(image.extent.kx_min == Approx(-0.35));
  CHECK(image.extent.kx_max == Approx(0.75));
  CHECK(image.extent.ky_min == Approx(-0.9));
  CHECK(image.extent.ky_max == Approx(1.1));
}

TEST_CASE("grey levels span exactly 0 to 255 and keep orientation") {
  const auto kx = axis(60, 0.05), ky = axis(50, 0.05);
  const auto pmd = sampled(kx, ky, [](double x, double y) {
    return 1e-3 * std::exp(-4 * (x - 0.8) * (x - 0.8) - 9 * (y + 0.4) * (y + 0.4));
  });
  const auto image = make_image(pmd, kx, ky);
  const auto [low, high] = std::minmax_element(image.pixels.begin(), image.pixels.end());
  CHECK(*low == 0);
  CHECK(*high == 255);
  // The brightest pixel lies at the maximum of the distribution; its place follows from the extent.
  const auto brightest = std::distance(image.pixels.begin(), high);
  const double x = image.extent.kx_min + (static_cast<double>(brightest / 128) + 0.5) *
                                             (image.extent.kx_max - image.extent.kx_min) / 256;
  const double y = image.extent.ky_min + (static_cast<double>(brightest % 128) + 0.5) *
                                             (image.extent.ky_max - image.extent.ky_min) / 128;
  CHECK(x == Approx(0.8).margin(0.03));
  CHECK(y == Approx(-0.4).margin(0.03));
}

TEST_CASE("an image does not depend on the distribution's unit") {
  const auto kx = axis(30, 0.1), ky = axis(20, 0.1);
  const auto shape = [](double x, double y) {
    return std::exp(-x * x - 2 * y * y) * (1.1 + std::cos(7 * x));
  };
  const auto one = make_image(sampled(kx, ky, shape), kx, ky);
  const auto other =
      make_image(sampled(kx, ky, [&](double x, double y) { return 1024 * shape(x, y); }), kx, ky);
  CHECK(one.pixels == other.pixels);
}

TEST_CASE("a lower floor keeps more") {
  const auto kx = axis(60, 0.05), ky = axis(50, 0.05);
  const auto pmd = sampled(kx, ky, [](double x, double y) { return std::exp(-4 * (x * x + y * y)); });
  const auto narrow = make_image(pmd, kx, ky, {.floor = -3, .width = 64, .height = 32});
  const auto wide = make_image(pmd, kx, ky, {.floor = -6, .width = 64, .height = 32});
  CHECK(narrow.pixels.size() == 64 * 32);
  CHECK(wide.extent.kx_max > narrow.extent.kx_max);
  CHECK(wide.extent.ky_min < narrow.extent.ky_min);
}

TEST_CASE("distributions and axes that make no image are refused") {
  const auto kx = axis(3, 0.1), ky = axis(2, 0.1);
  const std::vector<float> flat(kx.size() * ky.size(), 1.f);
  CHECK_THROWS_AS(make_image(flat, kx, ky), DataError);
  CHECK_THROWS_AS(make_image(std::span(flat).first(34), kx, ky), DataError);
  auto single = flat;
  std::fill(single.begin(), single.end(), 0.f);
  single[8] = 1;
  CHECK_THROWS_AS(make_image(single, kx, ky), DataError);
  auto uneven = kx;
  uneven[2] += 0.02;
  auto peak = single;
  peak[20] = 0.1f;
  CHECK_NOTHROW(make_image(peak, kx, ky));
  CHECK_THROWS_AS(make_image(peak, uneven, ky), DataError);
  CHECK_THROWS_AS(make_image(peak, kx, ky, {.floor = -5, .width = 0, .height = 128}), ConfigError);
  const std::vector<float> column(7, 1.f);
  CHECK_THROWS_AS(make_image(column, kx, std::vector<double>{0.0}), DataError);
}

TEST_CASE("one-dimensional distribution: integral, positions, no aliasing") {
  const auto kx = axis(300, 0.01), ky = axis(200, 0.0125);
  const auto pmd = sampled(kx, ky, [](double x, double y) {
    return 0.7 * std::exp(-2 * (x - 0.5) * (x - 0.5)) * std::exp(-3 * y * y);
  });
  const auto density = distribution_1d(pmd, kx, ky);
  REQUIRE(density.size() == 256);
  const double interval = 6.0 / 256,
               integral = std::accumulate(density.begin(), density.end(), 0.0) * interval;
  CHECK(integral == Approx(0.7 * std::sqrt(M_PI / 2) * std::sqrt(M_PI / 3)).epsilon(1e-5));
  for (int i = 0; i < 256; ++i) {
    const double x = -3 + (i + 0.5) * interval;
    CHECK(
        density[i] ==
        Approx(0.7 * std::sqrt(M_PI / 3) * std::exp(-2 * (x - 0.5) * (x - 0.5))).epsilon(2e-3).margin(1e-6));
  }

  // Fringes much finer than the intervals leave their mean.
  const auto fringes = sampled(kx, ky, [](double x, double) { return 1 + std::cos(2 * M_PI * x / 0.021); });
  for (const float value : distribution_1d(fringes, kx, ky, 20))
    CHECK(value == Approx(5).epsilon(0.03));
}

TEST_CASE("one-dimensional distribution: more points than samples, zero, and refusals") {
  const std::vector<double> kx{-1, 0, 1}, ky{-1, 0, 1};
  const std::vector<float> flat(9, 0.25f);
  for (const float value : distribution_1d(flat, kx, ky, 8))
    CHECK(value == Approx(0.5));
  const std::vector<float> zero(9, 0.f);
  CHECK(distribution_1d(zero, kx, ky, 4) == std::vector<float>(4, 0.f));
  auto infinite = flat;
  infinite[4] = INFINITY;
  CHECK_THROWS_AS(distribution_1d(infinite, kx, ky, 4), DataError);
  CHECK_THROWS_AS(distribution_1d(flat, kx, ky, 0), ConfigError);
  CHECK_THROWS_AS(distribution_1d(std::span(flat).first(6), kx, ky, 4), DataError);
}

TEST_CASE("negative values of a measured distribution count in sums, and are black where nothing is added") {
  const auto kx = axis(4, 0.5), ky = axis(4, 0.5);
  std::vector<float> pmd(81, 1);
  pmd[0] = -3;
  pmd[80] = -0.5f;
  CHECK(log_distribution(pmd, -5)[0] == -5);
  CHECK(log_distribution(pmd, -5)[1] == 0);
  CHECK(distribution_1d(std::vector<float>(81, -1), kx, ky, 3) == std::vector<float>(3, 0.f));
  ImageSettings image{
      .width = 9, .height = 9, .window = Window::fixed, .kx = {-2.25, 2.25}, .ky = {-2.25, 2.25}};
  CHECK(grey_levels(make_image(pmd, kx, ky, image))[0] == 0);
  image.scale = Scale::power;
  CHECK(grey_levels(make_image(pmd, kx, ky, image))[0] == 0);
  image.values = PixelValues::floats;
  image.normalisation = Normalisation::sum;
  CHECK(make_image(pmd, kx, ky, image).pixels[0] == 0);
  image.exponent = 1;
  CHECK(make_image(pmd, kx, ky, image).pixels[0] == Approx(-3 / 75.5));
  CHECK_THROWS_AS(log_distribution(std::vector<float>(81, -1), -5), DataError);
}

TEST_CASE("the first quadrant is an image of its own") {
  const auto kx = axis(20, 0.1), ky = axis(15, 0.1);
  // Brightest in another quadrant: the quadrant's own maximum is what its grey levels refer to.
  const auto f = [](double x, double y) {
    return (x < 0 ? 100 : 1) * std::exp(-x * x - 2 * y * y) * (1 + 0.3 * std::cos(4 * x));
  };
  const auto pmd = sampled(kx, ky, f);
  const auto image = make_image(pmd, kx, ky, {.width = 32, .height = 16, .view = View::first_quadrant});
  CHECK(image.extent.kx_min == Approx(-0.05));
  CHECK(image.extent.ky_min == Approx(-0.05));
  CHECK(image.extent.kx_max == Approx(2.05));
  const std::vector<double> right(kx.begin() + 20, kx.end()), upper(ky.begin() + 15, ky.end());
  const auto alone = make_image(sampled(right, upper, f), right, upper, {.width = 32, .height = 16});
  CHECK(image.pixels == alone.pixels);
  CHECK(*std::max_element(image.pixels.begin(), image.pixels.end()) == 255);
  const std::vector<double> left(kx.begin(), kx.begin() + 10);
  CHECK_THROWS_AS(make_image(sampled(left, ky, f), left, ky, {.view = View::first_quadrant}), DataError);
}

TEST_CASE("the image of dP/dkx is that of the integrated distribution") {
  const auto kx = axis(40, 0.05), ky = axis(30, 0.05);
  const auto pmd = sampled(kx, ky, [](double x, double y) { return std::exp(-2 * x * x - y * y); });
  const ImageSettings settings{.width = 64, .height = 1, .view = View::dp_dkx};
  const auto image = make_image(pmd, kx, ky, settings);
  REQUIRE(image.pixels.size() == 64);
  // W = -2 k²/ln 10 up to a constant, and grey levels are linear in W.
  const auto centres = cell_centres(image.extent.kx_min, image.extent.kx_max, 64);
  const double lowest = -centres[0] * centres[0], highest = -centres[32] * centres[32];
  for (std::size_t i = 0; i < 64; ++i)
    CHECK(image.pixels[i] ==
          Approx(255 * (-centres[i] * centres[i] - lowest) / (highest - lowest)).margin(2));
  CHECK_THROWS_AS(make_image_1d(std::vector<float>{1, 2}, std::vector<double>{0}, settings), DataError);
  CHECK_THROWS_WITH(check_image_settings({.height = 2, .view = View::dp_dkx}),
                    Catch::Matchers::Contains("image.height"));
  CHECK_THROWS_AS(value_of<View>("side"), ConfigError);
}
