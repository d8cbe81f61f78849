#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/detector/degrade.hpp"
#include "libpmd/detector/rotation.hpp"
#include "tests/libpmd/model/planes.hpp"

using namespace bondscope;

namespace {

const MomentumPlane plane = centred_plane(30, 0.05, 25, 0.05);

std::vector<float> smooth() {
  return sampled(plane, [](double x, double y) {
    return 0.02 * std::exp(-4 * x * x - 6 * y * y) * (1.2 + std::cos(9 * x));
  });
}

const Degradation everything{.intensity_jitter = 0.1,
                             .intensity_nodes = 9,
                             .rotation_deg = 4,
                             .rotation_spread_deg = 2,
                             .resolution_au = 0.03,
                             .background = 0.02,
                             .saturation = 3,
                             .electrons = 1e6,
                             .cell_au = 0.1};

}  // namespace

TEST_CASE("the background is the stated part of all electrons") {
  const auto pmd = smooth();
  const double norm = moments(pmd, plane).norm;
  for (const double fraction : {0.0, 0.01, 0.3}) {
    const auto seen = with_background(pmd, fraction);
    CHECK(moments(seen, plane).norm == Approx(norm).epsilon(1e-6));
    double added = 0;
    for (std::size_t i = 0; i < pmd.size(); ++i)
      added += seen[i] - (1 - fraction) * pmd[i];
    CHECK(added == Approx(fraction * norm).epsilon(1e-4).margin(1e-6 * norm));
    CHECK(seen.front() ==
          Approx(fraction * norm / static_cast<double>(pmd.size())).margin(1e-6 * pmd.front() + 1e-9));
  }
  CHECK(with_background(pmd, 0) == pmd);
}

TEST_CASE("saturation: half at the stated density, nothing where weak, flat where strong") {
  const std::vector<float> pmd{0, 1e-6f, 0.5f, 1, 2};
  const auto seen = saturated(pmd, 0.5);  // half at a density of 1
  CHECK(seen[0] == 0);
  CHECK(seen[1] == Approx(1e-6).epsilon(1e-5));
  CHECK(seen[2] == Approx(1.0 / 3));
  CHECK(seen[3] == Approx(0.5));
  CHECK(seen[4] == Approx(2.0 / 3));
  const auto weak = saturated(pmd, 1e12), strong = saturated(pmd, 1e-6);
  CHECK(weak == pmd);
  CHECK(strong[2] / strong[4] == Approx(1).epsilon(1e-5));
  CHECK(strong[4] == Approx(2e-6).epsilon(1e-5));
  const std::vector<float> zero(3);
  CHECK(saturated(zero, 1) == zero);
}

TEST_CASE("the steps act in their order") {
  const auto pmd = smooth();
  const RandomKey key{3, 11};
  Degradation d{.rotation_deg = 30, .resolution_au = 0.1, .background = 0.1, .saturation = 0.5};
  const auto expected = saturated(with_background(blurred(rotated(pmd, plane, 30), plane, 0.1), 0.1), 0.5);
  CHECK(detected(pmd, plane, d, key) == expected);
  d.electrons = 1e5;
  d.cell_au = 0.15;
  CHECK(detected(pmd, plane, d, key) == counted(expected, plane, 1e5, key, 0.15));
  CHECK(detected(pmd, plane, {}, key) == pmd);
}

TEST_CASE("jitter comes first, and takes its distributions from outside") {
  const auto pmd = smooth();
  const RunParameters parameters{.intensity_w_cm2 = 2e14};
  const auto at = [&](const RunParameters& p) {
    auto scaled = pmd;
    for (auto& value : scaled)
      value *= static_cast<float>(std::pow(p.intensity_w_cm2 / 2e14, 2));
    return scaled;
  };
  const Degradation d{.intensity_jitter = 0.1, .saturation = 2};
  const auto seen = degraded(at, parameters, plane, d, {}), clean = saturated(pmd, 2);
  for (std::size_t i = 0; i < seen.size(); ++i)
    CHECK(seen[i] == Approx(1.01 * clean[i]).epsilon(1e-5));
}

TEST_CASE("the same seed and run give the same result, with all degradations at once") {
  const auto pmd = smooth();
  const auto at = [&](const RunParameters&) { return pmd; };
  const auto make = [&](std::uint64_t seed, std::uint64_t run) {
    return degraded(at, {}, plane, everything, {seed, run});
  };
  const auto one = make(1, 5);
  make(1, 4);
  CHECK(make(1, 5) == one);
  CHECK(make(1, 6) != one);
  CHECK(make(2, 5) != one);
}

TEST_CASE("random angles have the stated spread, and each run its own") {
  const auto pmd =
      sampled(plane, [](double x, double y) { return std::exp(-20 * (x - 0.7) * (x - 0.7) - 20 * y * y); });
  const Degradation d{.rotation_deg = 10, .rotation_spread_deg = 5};
  double mean = 0, square = 0;
  constexpr int runs = 400;
  for (std::uint64_t run = 0; run < runs; ++run) {
    const auto m = moments(detected(pmd, plane, d, {1, run}), plane);
    const double degrees = std::atan2(m.ky, m.kx) * 180 / 3.14159265358979;
    mean += degrees / runs;
    square += (degrees - 10) * (degrees - 10) / runs;
  }
  CHECK(std::abs(mean - 10) < 4 * 5 / std::sqrt(runs));
  CHECK(std::abs(std::sqrt(square) / 5 - 1) < 4 / std::sqrt(2.0 * runs));
}

TEST_CASE("values that make no sense are refused, and the message names them") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  const auto pmd = smooth();
  for (const auto& field : degradation_fields)
    for (const double value : {nan, infinity, -infinity, -1e300, 1e300, field.range.max * 1.0001, -1e-9}) {
      if (field.range.contains(value)) continue;
      Degradation d;
      if (field.member == &Degradation::cell_au) d.electrons = 1e6;
      if (field.member == &Degradation::intensity_nodes) d.intensity_jitter = 0.1;
      d.*field.member = value;
      CAPTURE(field.name, value);
      CHECK_THROWS_AS(detected(pmd, plane, d, {}), ConfigError);
      try {
        check(d);
      } catch (const ConfigError& error) {
        CHECK(std::string(error.what()).find(std::string(field.name) + ": ") == 0);
        CHECK(std::string(error.what()).find("expected") != std::string::npos);
      }
    }
  CHECK_THROWS_AS(check({.cell_au = 0.1}), ConfigError);
  CHECK_THROWS_AS(check({.intensity_nodes = 9}), ConfigError);
  CHECK_THROWS_AS(check({.intensity_jitter = 0.1, .intensity_nodes = 7.5}), ConfigError);
  CHECK_NOTHROW(check(everything));
  CHECK_THROWS_AS(detected(std::vector<float>(7), plane, {}, {}), DataError);
}

TEST_CASE("the description holds every setting with its unit") {
  const auto json = nlohmann::json::parse(describe({.resolution_au = 0.02, .electrons = 1e6}, 42));
  CHECK(json["kind"] == "degradation");
  CHECK(json["seed"] == 42);
  CHECK(json["settings"].size() == degradation_fields.size());
  CHECK(json["settings"]["electrons"]["value"] == 1e6);
  CHECK(json["settings"]["resolution_au"]["unit"] == "a.u.");
  CHECK(json["settings"]["rotation_deg"]["value"].is_null());
}

TEST_CASE("momentum planes") {
  const std::vector<double> kx{-0.2, -0.1, 0, 0.1}, ky{0, 0.5, 1};
  const auto p = plane_of(kx, ky);
  CHECK(p.kx_points == 4);
  CHECK(p.ky_points == 3);
  CHECK(p.kx_first == -0.2);
  CHECK(p.dkx == Approx(0.1));
  CHECK(p.dky == Approx(0.5));
  CHECK_THROWS_AS(plane_of(std::vector<double>{1}, ky), DataError);
  CHECK_THROWS_AS(plane_of(kx, std::vector<double>{0, 1, 3}), DataError);
  CHECK_THROWS_AS(plane_of(kx, std::vector<double>{1, 0}), DataError);
}
