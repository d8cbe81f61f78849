#pragma once

// Stores with invented runs, for tests that need many distributions and no physics: two-centre interference
// fringes and rings of one photon's spacing under a smooth envelope. R, intensity, CEP and angle all show.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "libpmd/store/description.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::synthetic {

inline std::vector<double> axis(double max, double spacing) {
  std::vector<double> points;
  const int last = static_cast<int>(std::floor(max / spacing + 1e-9));
  for (int i = -last; i <= last; ++i)
    points.push_back(i * spacing);
  return points;
}

/// dP/d²k on [kx][ky]; smooth in all parameters, positive, far below 1e-5 of its maximum at the rim.
inline std::vector<float> pmd(const RunParameters& p, const std::vector<double>& kx,
                              const std::vector<double>& ky) {
  constexpr double omega = 0.056954, pi = std::numbers::pi;
  const double a0 = std::sqrt(p.intensity_w_cm2 / 3.50944758e16) / omega;  // peak vector potential
  const double sx = 0.25 + 0.22 * a0, sy = 0.3 + 0.08 * a0, drift = 0.2 * a0 * std::sin(p.cep);
  const double peak = 1e-4 * std::pow(p.intensity_w_cm2 / 1e14, 4) * std::exp(-0.5 * std::abs(p.R - 6));
  std::vector<float> values;
  values.reserve(kx.size() * ky.size());
  for (const double x : kx)
    for (const double y : ky) {
      const double along = x * std::cos(p.angle) + y * std::sin(p.angle);
      const double fringes = 0.03 + 0.97 * std::pow(std::cos(along * p.R / 2), 2);
      const double rings = 0.55 + 0.45 * std::cos(2 * pi * ((x * x + y * y) / 2 + a0 * a0 / 4) / omega);
      const double envelope = std::exp(-std::pow((x - drift) / sx, 2) - std::pow(y / sy, 2));
      const double core = 1 + (p.molecule == "H2+" ? 2 : 0.5) * std::exp(-8 * (x * x + y * y));
      values.push_back(static_cast<float>(peak * (envelope * core * rings * fringes + 1e-11)));
    }
  return values;
}

inline Diagnostics diagnostics(const std::vector<float>& pmd, const std::vector<double>& kx,
                               const std::vector<double>& ky) {
  Diagnostics d;
  double sum = 0;
  for (const float value : pmd)
    sum += value;
  std::vector<float> rim;
  for (std::size_t i = 0; i < kx.size(); ++i)
    for (std::size_t j = 0; j < ky.size(); ++j)
      if (i == 0 || j == 0 || i + 1 == kx.size() || j + 1 == ky.size()) rim.push_back(pmd[i * ky.size() + j]);
  std::nth_element(rim.begin(), rim.begin() + static_cast<std::ptrdiff_t>(rim.size() / 2), rim.end());
  d.ground_state_energy = -1.1;
  d.ground_state_residual = 1e-12;
  d.yield = sum * (kx[1] - kx[0]) * (ky[1] - ky[0]);
  d.absorbed = d.yield / 1.1;
  d.pmd_max = *std::max_element(pmd.begin(), pmd.end());
  d.noise_floor = rim[rim.size() / 2];
  d.wall_seconds = 1.5;
  d.steps = 1000;
  return d;
}

struct Settings {
  std::size_t runs = 40;
  std::uint64_t seed = 1;
  std::string molecule = "H2+";
  double R_min = 1, R_max = 8;
  bool random_cep = false, random_angle = false;
  double kx_max = 3, ky_max = 2.5, spacing = 0.05;
  std::string part{};  ///< "2/4": every fourth run, from the second on
};

inline void take_part(StoreDescription& d, const std::string& text) {
  const auto whole = std::move(d.runs);
  d.runs.clear();
  d.part = text;
  d.numbers = run_numbers(parse_part(text).value(), whole.size());
  for (const auto run : d.numbers)
    d.runs.push_back(whole[run]);
}

inline StoreDescription description(const Settings& settings) {
  StoreDescription d;
  d.dataset = "synthetic";
  d.preset = "invented";
  d.seed = settings.seed;
  d.configuration = "preset:\n  name: invented\ndataset:\n  name: synthetic\n";
  d.configuration_given = "# invented\n";
  d.code_version = "tests";
  d.libraries = "none";
  d.machine = "a machine";
  d.created = "2026-01-01T00:00:00Z";
  d.kx = axis(settings.kx_max, settings.spacing);
  d.ky = axis(settings.ky_max, settings.spacing);
  std::mt19937_64 generator(settings.seed);
  const auto uniform = [&](double low, double high) {
    return low + (high - low) * static_cast<double>(generator() >> 11) * 0x1p-53;
  };
  for (std::size_t run = 0; run < settings.runs; ++run) {
    RunParameters p;
    p.molecule = settings.molecule;
    p.R = uniform(settings.R_min, settings.R_max);
    p.intensity_w_cm2 = uniform(1e14, 4e14);
    p.cep = settings.random_cep ? uniform(0, 2 * std::numbers::pi) : 0;
    p.angle = settings.random_angle ? uniform(0, std::numbers::pi) : 0;
    d.runs.push_back(p);
  }
  if (!settings.part.empty()) take_part(d, settings.part);
  return d;
}

inline void write_run(Store& store, std::size_t run) {
  const auto& d = store.description();
  const auto values = pmd(d.runs[run], d.kx, d.ky);
  store.write(run, values, diagnostics(values, d.kx, d.ky), 1);
}

/// A store with the first `done` runs done (all by default).
inline Store make(const std::filesystem::path& file, const Settings& settings = {},
                  std::size_t done = static_cast<std::size_t>(-1)) {
  Store::create(file, description(settings));
  auto store = Store::open(file, Store::Mode::write);
  for (std::size_t run = 0; run < std::min(done, store.size()); ++run)
    write_run(store, run);
  return store;
}

}  // namespace bondscope::synthetic
