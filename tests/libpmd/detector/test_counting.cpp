#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/counting.hpp"
#include "tests/libpmd/model/planes.hpp"

using namespace bondscope;

namespace {

const MomentumPlane plane = centred_plane(24, 0.1, 20, 0.1);

std::vector<float> smooth() {
  return sampled(plane, [](double x, double y) {
    return 0.02 * std::exp(-x * x / 3 - y * y / 2) * (1 + 0.5 * std::cos(4 * x));
  });
}

/// Electrons in one sample's cell.
double electrons_in(float value, double electrons, double norm) {
  return static_cast<double>(value) * electrons / norm;
}

}  // namespace

TEST_CASE("each cell holds a whole number of electrons, and a cell without density none") {
  auto pmd = smooth();
  std::fill_n(pmd.begin(), plane.ky_points, 0.f);
  const double norm = moments(pmd, plane).norm;
  const auto seen = counted(pmd, plane, 1e5, {1, 1});
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const double count = electrons_in(seen[i], 1e5, norm);
    CHECK(std::abs(count - std::round(count)) < 1e-3);
    if (i < plane.ky_points) CHECK(seen[i] == 0);
  }
}

TEST_CASE("noise is the square root of the number of electrons, over four decades of it") {
  constexpr int repetitions = 400, blocks_x = 7, blocks_y = 4;
  constexpr std::size_t blocks = blocks_x * blocks_y;
  const auto pmd = smooth();
  const double norm = moments(pmd, plane).norm;
  const auto block_of = [](std::size_t i) {
    return i / plane.ky_points * blocks_x / plane.kx_points * blocks_y +
           i % plane.ky_points * blocks_y / plane.ky_points;
  };
  std::array<double, blocks> share{};
  for (std::size_t i = 0; i < pmd.size(); ++i)
    share[block_of(i)] += pmd[i] / norm;
  REQUIRE(*std::min_element(share.begin(), share.end()) * 1e4 > 20);

  std::vector<double> log_electrons, log_noise;
  const double error = 1 / std::sqrt(2.0 * repetitions * blocks);  // relative, of a standard deviation
  for (const double electrons : {1e4, 1e6, 1e8}) {
    double ratio = 0, relative = 0, worst = 0;
    std::array<double, blocks> variance{}, mean{};
    for (int repetition = 0; repetition < repetitions; ++repetition) {
      const auto seen =
          counted(pmd, plane, electrons,
                  {static_cast<std::uint64_t>(electrons), static_cast<std::uint64_t>(repetition)});
      std::array<double, blocks> count{};
      for (std::size_t i = 0; i < seen.size(); ++i)
        count[block_of(i)] += electrons_in(seen[i], electrons, norm);
      for (std::size_t b = 0; b < blocks; ++b) {
        const double expected = share[b] * electrons;
        mean[b] += count[b] / repetitions;
        variance[b] += (count[b] - expected) * (count[b] - expected) / repetitions;
      }
    }
    for (std::size_t b = 0; b < blocks; ++b) {
      const double expected = share[b] * electrons;
      worst = std::max(worst, std::abs(mean[b] - expected) / std::sqrt(expected / repetitions));
      CHECK(std::abs(std::sqrt(variance[b] / expected) - 1) < 4.5 / std::sqrt(2.0 * repetitions));
      ratio += variance[b] / expected / blocks;
      relative += variance[b] / (expected * electrons) / blocks;
    }
    CAPTURE(electrons);
    INFO("noise over the square root of the mean: " << std::sqrt(ratio) << " +- " << error);
    CHECK(std::abs(std::sqrt(ratio) - 1) < 4 * error);
    CHECK(worst < 4.5);
    log_electrons.push_back(std::log(electrons));
    log_noise.push_back(0.5 * std::log(relative));
  }
  // A line through three points of equal distance.
  const double decades = log_electrons[2] - log_electrons[0];
  const double exponent = (log_noise[2] - log_noise[0]) / decades, its_error = std::sqrt(2) * error / decades;
  CHECK(std::abs(exponent + 0.5) < 4 * its_error);
}

TEST_CASE("the number of all electrons fluctuates as one Poisson number") {
  const auto pmd = smooth();
  const double norm = moments(pmd, plane).norm, electrons = 1e5;
  double variance = 0;
  constexpr int repetitions = 300;
  for (std::uint64_t run = 0; run < repetitions; ++run) {
    const double deviation =
        moments(counted(pmd, plane, electrons, {5, run}), plane).norm / norm * electrons - electrons;
    variance += deviation * deviation / repetitions;
  }
  CHECK(std::abs(variance / electrons - 1) < 4 * std::sqrt(2.0 / repetitions));
}

TEST_CASE("a detector's cells are uniform, hold whole electrons, and keep the mean density") {
  const auto pmd = smooth();
  const double norm = moments(pmd, plane).norm, electrons = 1e6;
  for (const double cell : {0.3, 0.25, 1.0}) {
    CAPTURE(cell);
    struct DetectorCell {
      float value = 0;
      double count = 0, due = 0;
    };
    std::map<std::pair<int, int>, DetectorCell> cells;
    const auto seen = counted(pmd, plane, electrons, {1, 2}, cell);
    const auto index = [&](double k) { return static_cast<int>(std::floor(k / cell + 0.5 + 1e-9)); };
    for (std::size_t i = 0; i < seen.size(); ++i) {
      auto& c = cells.try_emplace({index(kx_at(plane, i)), index(ky_at(plane, i))}, DetectorCell{seen[i]})
                    .first->second;
      CHECK(seen[i] == c.value);
      c.count += electrons_in(seen[i], electrons, norm);
      c.due += electrons_in(pmd[i], electrons, norm);
    }
    double chi_square = 0;
    for (const auto& [position, c] : cells) {
      CHECK(std::abs(c.count - std::round(c.count)) < 1e-2);
      chi_square += (c.count - c.due) * (c.count - c.due) / c.due;
    }
    const auto freedom = static_cast<double>(cells.size());
    CHECK(std::abs(chi_square - freedom) < 4 * std::sqrt(2 * freedom));
  }
  // Cells as large as the samples' are those.
  CHECK(counted(pmd, plane, electrons, {1, 2}, 0.1) == counted(pmd, plane, electrons, {1, 2}));
}

TEST_CASE("the same seed and run give the same electrons, others give others") {
  const auto pmd = smooth();
  const auto seen = counted(pmd, plane, 1e5, {1, 7});
  CHECK(counted(pmd, plane, 1e5, {1, 7}) == seen);
  CHECK(counted(pmd, plane, 1e5, {1, 8}) != seen);
  CHECK(counted(pmd, plane, 1e5, {2, 7}) != seen);
  CHECK(counted(pmd, plane, 1e5, {7, 1}) != seen);
}

TEST_CASE("nothing stays nothing, and what cannot be counted is refused") {
  const std::vector<float> zero(plane.size());
  CHECK(counted(zero, plane, 1e6, {}) == zero);
  const auto pmd = smooth();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double electrons : {0.0, -5.0, 0.5, 1.1e12, nan})
    CHECK_THROWS_AS(counted(pmd, plane, electrons, {}), ConfigError);
  for (const double cell : {0.05, 0.0, -1.0, nan, std::numeric_limits<double>::infinity()})
    CHECK_THROWS_AS(counted(pmd, plane, 1e6, {}, cell), ConfigError);
  CHECK_THROWS_AS(counted(std::span(pmd).first(30), plane, 1e6, {}), DataError);
  auto bad = pmd;
  bad[3] = -1e-9f;
  CHECK_THROWS_AS(counted(bad, plane, 1e6, {}), DataError);
  bad[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(counted(bad, plane, 1e6, {}), DataError);
}
