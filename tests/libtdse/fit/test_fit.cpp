// The method alone, with distributions from a formula instead of the equation.

#include <cmath>
#include <numbers>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/counting.hpp"
#include "libtdse/fit/fit.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

constexpr int nx = 60, ny = 30;

/// Fringes of period 2π/R under a Gaussian whose width is the second parameter.
std::vector<double> fringes(const Position& at) {
  const double R = at[0], width = at[1];
  std::vector<double> cells;
  for (int i = 0; i < nx; ++i)
    for (int j = 0; j < ny; ++j) {
      const double kx = (i - nx / 2 + 0.5) * 0.05, ky = (j + 0.5) * 0.05;
      cells.push_back((1.1 + std::cos(R * kx + 0.3)) * std::exp(-(kx * kx + 2 * ky * ky) / (width * width)));
    }
  return cells;
}

int calls = 0;
std::vector<std::vector<double>> compute(const std::vector<Position>& positions) {
  ++calls;
  std::vector<std::vector<double>> all;
  for (const auto& position : positions)
    all.push_back(fringes(position));
  return all;
}

Observation observed(const Position& truth, double electrons, std::uint64_t seed) {
  Observation seen;
  seen.cells = {{-1.5, 1.5}, {0, 1.5}, nx, ny};
  seen.values = fringes(truth);
  seen.used.assign(seen.values.size(), true);
  double sum = 0;
  for (const double value : seen.values)
    sum += value;
  if (electrons == 0) return seen;
  seen.electrons = 0;
  RandomDraws draws({seed, 0}, RandomPurpose::counts, 0);
  for (auto& value : seen.values) {
    value = poisson(electrons * value / sum, draws);
    *seen.electrons += value;
  }
  return seen;
}

std::vector<FitParameter> from(double R, double width) {
  return {{"R", R, 0.005, Range::between(0.7 * R, 1.4 * R), 1e-4},
          {"width", width, 0.005, Range::between(0.2, 3), 1e-4}};
}

void silent(const FitStep&) {}

}  // namespace

TEST_CASE("without noise the fit finds what the distribution was made with") {
  const Position truth{2.3, 0.8};
  const auto result = fit(observed(truth, 0, 0), from(2.5, 0.7), compute, 20, silent);
  REQUIRE(result.converged);
  CHECK(result.position[0] == Approx(truth[0]).margin(1e-4));
  CHECK(result.position[1] == Approx(truth[1]).margin(1e-4));
  CHECK(result.distance < 1e-6);
}

TEST_CASE("with counts errors are true and deviances those of chance") {
  const Position truth{2.3, 0.8};
  constexpr int fits = 200;
  double pulls = 0, unlikely = 0, mean = 0;
  for (int n = 0; n < fits; ++n) {
    const auto result =
        fit(observed(truth, 2e4, static_cast<std::uint64_t>(n)), from(2.4, 0.75), compute, 20, silent);
    REQUIRE(result.converged);
    pulls += agreement(result.position, result.covariance, truth, Eigen::MatrixXd::Zero(2, 2)).chi_squared;
    mean += (result.position[0] - truth[0]) / result.standard_error(0);
    if (result.p_value < 0.1) ++unlikely;
  }
  // χ² of 400 degrees of freedom, to 4 standard deviations; a tenth of the p-values, likewise.
  CHECK(pulls == Approx(2 * fits).margin(4 * std::sqrt(4.0 * fits)));
  CHECK(std::abs(mean / fits) < 4 / std::sqrt(static_cast<double>(fits)));
  CHECK(unlikely / fits == Approx(0.1).margin(4 * std::sqrt(0.09 / fits)));
}

TEST_CASE("a distribution that the model cannot make is recognised") {
  auto seen = observed({2.3, 0.8}, 1e5, 1);
  // As many electrons from elsewhere in each cell.
  for (auto& value : seen.values)
    value += 3;
  *seen.electrons += 3.0 * static_cast<double>(seen.values.size());
  CHECK(fit(seen, from(2.4, 0.75), compute, 20, silent).p_value < 1e-6);
}

TEST_CASE("a fit stays within its bounds") {
  auto parameters = from(2.5, 0.7);
  parameters[0].bounds = Range::between(2.4, 2.7);
  const auto result = fit(observed({2.3, 0.8}, 0, 0), parameters, compute, 20, silent);
  CHECK(result.position[0] >= 2.4);
  CHECK(result.position[0] < 2.45);
}

TEST_CASE("all runs of a step are asked for at once") {
  calls = 0;
  const auto result = fit(
      observed({2.3, 0.8}, 0, 0), from(2.5, 0.7),
      [](const auto& positions) {
        CHECK(positions.size() == 5);
        return compute(positions);
      },
      20, silent);
  CHECK(result.converged);
}

TEST_CASE("what cannot be fitted is refused") {
  const auto seen = observed({2.3, 0.8}, 0, 0);
  auto parameters = from(2.5, 0.7);
  CHECK_THROWS_AS(fit(seen, {}, compute, 20, silent), ConfigError);
  parameters[0].start = 10;
  CHECK_THROWS_AS(fit(seen, parameters, compute, 20, silent), ConfigError);
  parameters = from(2.5, 0.7);
  parameters[1].step = 0;
  CHECK_THROWS_AS(fit(seen, parameters, compute, 20, silent), ConfigError);
  const auto without_influence = [](const std::vector<Position>& positions) {
    return std::vector<std::vector<double>>(positions.size(), fringes({2.3, 0.8}));
  };
  CHECK_THROWS_AS(fit(observed({2.3, 0.8}, 1e4, 0), from(2.5, 0.7), without_influence, 20, silent),
                  NumericsError);
  Observation none = seen;
  none.used.assign(none.used.size(), false);
  CHECK_THROWS_AS(fit(none, from(2.5, 0.7), compute, 20, silent), DataError);
}

TEST_CASE("two estimates agree or not") {
  Eigen::MatrixXd c(2, 2);
  c << 1e-4, 1e9, 1e9, 4e24;
  const auto same = agreement({2, 1e14}, c, {2, 1e14}, c);
  CHECK(same.chi_squared == Approx(0).margin(1e-12));
  CHECK(same.p_value == Approx(1));
  CHECK(agreement({2, 1e14}, c, {2.1, 1e14}, c).p_value < 1e-6);
  CHECK_THROWS_AS(agreement({2}, c, {2, 1e14}, c), DataError);
}
