#include <cmath>
#include <limits>
#include <numbers>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libml/report/power_law.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;

namespace {

// Of the paper's transfer learning to other molecules.
const ml::PowerLaw published{7.241, -0.526, 0.075};
const std::vector<double> sizes{50, 100, 200, 400, 800, 1600, 3200};

double normal(bondscope::Random& random) {
  const double radius = std::sqrt(-2 * std::log1p(-random.uniform()));
  return radius * std::cos(2 * std::numbers::pi * random.uniform());
}

std::vector<ml::ErrorPoint> exact_points(const ml::PowerLaw& law, const std::vector<double>& at) {
  std::vector<ml::ErrorPoint> points;
  for (const double n : at)
    points.push_back({n, law(n)});
  return points;
}

std::vector<ml::ErrorsAtSize> measured(const ml::PowerLaw& law, double scatter, int seeds,
                                       std::uint64_t trial) {
  std::vector<ml::ErrorsAtSize> all;
  for (const double n : sizes) {
    bondscope::Random random(trial, "noise", static_cast<std::uint64_t>(n));
    all.push_back({n, {}});
    for (int s = 0; s < seeds; ++s)
      all.back().errors.push_back(law(n) * (1 + scatter * normal(random)));
  }
  return all;
}

}  // namespace

TEST_CASE("exact points give their power law back, also the published one with its 50 000 samples") {
  const auto fit = ml::fit_power_law(exact_points(published, sizes));
  CHECK(fit.law.a == Approx(7.241).epsilon(1e-5));
  CHECK(fit.law.b == Approx(-0.526).epsilon(1e-5));
  CHECK(fit.law.c == Approx(0.075).epsilon(1e-5));
  CHECK(fit.chi_squared == Approx(0).margin(1e-12));
  CHECK(fit.freedom == 4);
  CHECK_FALSE(fit.c_at_zero);
  CHECK_FALSE(fit.b_at_bound);
  REQUIRE(fit.uncertainty());
  CHECK(fit.uncertainty()->at(1) < 1e-6);
  // (0.025/7.241)^(-1/0.526)
  CHECK(fit.law.samples_for(0.1).value() == Approx(47907).epsilon(1e-2));
  CHECK(fit.law(*fit.law.samples_for(0.1)) == Approx(0.1));
  CHECK_FALSE(fit.law.samples_for(0.0749));
}

TEST_CASE("without a floor c is held at zero and said to be") {
  // Below a pure power law for large N: the best c would be negative.
  auto points = exact_points({3, -0.5, 0}, sizes);
  points.back().error *= 0.9;
  const auto fit = ml::fit_power_law(points);
  CHECK(fit.c_at_zero);
  CHECK(fit.law.c == 0);
  CHECK(fit.law.b < -0.5);
  REQUIRE(fit.covariance);
  CHECK((*fit.covariance)[2][2] == 0);
  CHECK((*fit.covariance)[1][1] > 0);
  CHECK(fit.freedom == 5);
}

TEST_CASE("a step in the data leaves b at the end of its range") {
  const std::vector<ml::ErrorPoint> points{{100, 1}, {200, 0.1}, {400, 0.1}, {800, 0.1}};
  const auto fit = ml::fit_power_law(points);
  CHECK(fit.b_at_bound);
  CHECK(fit.law.b == Approx(ml::power_law_exponents.lowest).epsilon(1e-4));
}

TEST_CASE("uncertainties are the scatter of fits to noisy data, and known s.d. are taken as they are") {
  const int trials = 300;
  double sum = 0, squares = 0, stated = 0, stated_unscaled = 0;
  for (int trial = 0; trial < trials; ++trial) {
    bondscope::Random random(5, "trial", static_cast<std::uint64_t>(trial));
    auto points = exact_points(published, sizes);
    for (auto& point : points)
      point.error += 0.004 * normal(random);
    stated_unscaled += ml::fit_power_law(points).uncertainty()->at(1);
    for (auto& point : points)
      point.sd = 0.004;
    const auto fit = ml::fit_power_law(points);
    sum += fit.law.b;
    squares += fit.law.b * fit.law.b;
    stated += fit.uncertainty()->at(1);
  }
  const double sd = std::sqrt(squares / trials - sum / trials * (sum / trials));
  CHECK(sum / trials == Approx(-0.526).margin(4 * sd / std::sqrt(trials)));
  CHECK(stated / trials == Approx(sd).epsilon(0.15));
  CHECK(stated_unscaled / trials == Approx(sd).epsilon(0.2));
}

TEST_CASE("the covariance is that of the Jacobian, worked out by differences") {
  auto points = exact_points(published, sizes);
  for (std::size_t i = 0; i < points.size(); ++i)
    points[i].sd = 0.01 + 0.002 * static_cast<double>(i);
  const auto fit = ml::fit_power_law(points);
  REQUIRE(fit.covariance);
  // Linear response: every point moved by its s.d. moves b; the squares add up to b's variance.
  double variance = 0, with_c = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double step = 0.01 * points[i].sd;
    auto up = points, down = points;
    up[i].error += step;
    down[i].error -= step;
    const auto high = ml::fit_power_law(up).law, low = ml::fit_power_law(down).law;
    const double db = (high.b - low.b) / (2 * step) * points[i].sd;
    const double dc = (high.c - low.c) / (2 * step) * points[i].sd;
    variance += db * db;
    with_c += db * dc;
  }
  CHECK((*fit.covariance)[1][1] == Approx(variance).epsilon(0.01));
  CHECK((*fit.covariance)[1][2] == Approx(with_c).epsilon(0.01));
}

TEST_CASE("bootstrap intervals hold the truth about as often as they say") {
  const int trials = 150;
  int a = 0, b = 0, c = 0, needed = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const auto data = measured(published, 0.05, 6, static_cast<std::uint64_t>(trial));
    const auto law = ml::fit_learning_law(data, 1, 200);
    const auto holds = [](const ConfidenceInterval& i, double value) {
      return i.low <= value && value <= i.high;
    };
    a += holds(*law.a_95, published.a);
    b += holds(*law.b_95, published.b);
    c += holds(*law.c_95, published.c);
    needed += holds(*ml::samples_needed(law, 0.2).interval_95, *published.samples_for(0.2));
  }
  for (const int held : {a, b, c, needed}) {
    CHECK(held >= 0.85 * trials);
    CHECK(held <= trials);
  }
  CHECK(a + b + c + needed < 4 * trials);
}

TEST_CASE("samples needed: where the fit never gets there, and how far it leaves the data") {
  const auto law = ml::fit_learning_law(measured(published, 0.03, 5, 3), 1, 400);
  const auto far = ml::samples_needed(law, 0.1);
  REQUIRE(far.interval_95);
  CHECK(far.interval_95->low > law.largest);
  CHECK(far.interval_95->low < published.samples_for(0.1));
  CHECK(far.interval_95->high > published.samples_for(0.1));
  if (far.samples) CHECK(far.extrapolation == Approx(*far.samples / 3200));

  const auto inside = ml::samples_needed(law, published(500));
  CHECK(inside.samples.value() == Approx(500).epsilon(0.1));
  CHECK(inside.extrapolation == 1);
  CHECK(inside.never_fraction == 0);
  CHECK(ml::samples_needed(law, published(10)).extrapolation == Approx(5).epsilon(0.3));

  const auto never = ml::samples_needed(law, 0.01);
  CHECK_FALSE(never.samples);
  CHECK(never.never_fraction > 0.5);
  CHECK(std::isinf(never.interval_95->high));
  CHECK_THROWS_AS(ml::samples_needed(law, 0), ConfigError);
  CHECK_THROWS_AS(ml::samples_needed(law, std::nan("")), ConfigError);
}

TEST_CASE("three N leave nothing for residuals: uncertainties come from the seeds alone") {
  std::vector<ml::ErrorsAtSize> three{
      {100, {0.72, 0.70, 0.75}}, {400, {0.38, 0.40, 0.37}}, {1600, {0.22, 0.23, 0.21}}};
  const auto law = ml::fit_learning_law(three, 1, 200);
  CHECK(law.fit.freedom == 0);
  CHECK_FALSE(law.fit.covariance);
  CHECK_FALSE(law.fit.uncertainty());
  CHECK(law.fit.law(400) == Approx((0.38 + 0.40 + 0.37) / 3).epsilon(1e-6));
  REQUIRE(law.b_95);
  CHECK(law.b_95->low < law.fit.law.b);
  CHECK(law.b_95->high > law.fit.law.b);

  for (auto& size : three)
    size.errors.resize(1);
  const auto bare = ml::fit_learning_law(three, 1, 200);
  CHECK(bare.single_seed_sizes == 3);
  CHECK_FALSE(bare.b_95);
  CHECK(bare.resampled.empty());
  const auto needed = ml::samples_needed(bare, 0.3);
  CHECK(needed.samples);
  CHECK_FALSE(needed.interval_95);
}

TEST_CASE("what cannot be fitted is refused with what is needed") {
  const auto points = exact_points(published, {100, 200});
  CHECK_THROWS_WITH(ml::fit_power_law(points), Contains("2 different N") && Contains("at least 3"));
  CHECK_THROWS_AS(ml::fit_power_law({}), DataError);
  // Repeats of two N are still two N.
  CHECK_THROWS_AS(ml::fit_power_law(exact_points(published, {100, 200, 200, 100})), DataError);
  const std::vector<ml::ErrorPoint> rising{{100, 0.1}, {200, 0.2}, {400, 0.3}};
  CHECK_THROWS_WITH(ml::fit_power_law(rising), Contains("does not fall"));
  const std::vector<ml::ErrorPoint> level{{100, 0.1}, {200, 0.1}, {400, 0.1}};
  try {
    // Rounding decides whether a level line still falls; if so, then by nothing.
    const auto fit = ml::fit_power_law(level);
    CHECK(fit.law(100) == Approx(fit.law(400)).epsilon(1e-6));
  } catch (const DataError& error) {
    CHECK_THAT(error.what(), Contains("does not fall"));
  }
  auto some = exact_points(published, sizes);
  some[2].sd = 0.1;
  CHECK_THROWS_WITH(ml::fit_power_law(some), Contains("1 of 7"));
  for (const double wrong : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    auto bad = exact_points(published, sizes);
    bad[1].error = wrong;
    CHECK_THROWS_AS(ml::fit_power_law(bad), DataError);
    bad = exact_points(published, sizes);
    bad[1].samples = wrong;
    CHECK_THROWS_AS(ml::fit_power_law(bad), DataError);
  }
  CHECK_THROWS_WITH(ml::fit_learning_law(std::vector<ml::ErrorsAtSize>{{10, {1}}, {20, {}}, {30, {0.5}}}, 1),
                    Contains("N = 20 has no errors"));
  CHECK_THROWS_WITH(ml::fit_learning_law(std::vector<ml::ErrorsAtSize>{{10, {1}}, {10, {1}}, {30, {0.5}}}, 1),
                    Contains("twice"));
}

TEST_CASE("the bootstrap depends on its seed only") {
  const auto data = measured(published, 0.05, 4, 9);
  const auto one = ml::fit_learning_law(data, 1, 50), again = ml::fit_learning_law(data, 1, 50),
             other = ml::fit_learning_law(data, 2, 50);
  CHECK(one.fit.law.b == again.fit.law.b);
  CHECK(one.b_95->low == again.b_95->low);
  CHECK(one.c_95->high == again.c_95->high);
  CHECK(one.b_95->low != other.b_95->low);
}
