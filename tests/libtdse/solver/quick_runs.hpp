#pragma once

// Runs with the preset `quick`, and how far the distributions of two are apart.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/images/image.hpp"
#include "libtdse/solver/run.hpp"

namespace bondscope::tdse {

inline Preset quick(const std::vector<std::string>& settings = {}) {
  auto config = Config::from_file(find_config("presets", "quick"));
  for (const auto& setting : settings)
    config.set(setting);
  return Preset::from_config(config);
}

/// Largest difference between p at (kx, ky) and q at (±kx, ±ky), over the largest value of p.
inline double mirrored_difference(const RunResult& p, const RunResult& q, bool mirror_kx, bool mirror_ky) {
  const auto axes = quick().momentum;
  const std::size_t nx = axes.kx().size(), ny = axes.ky().size();
  double largest = 0;
  for (std::size_t i = 0; i < nx; ++i)
    for (std::size_t j = 0; j < ny; ++j) {
      const std::size_t mi = mirror_kx ? nx - 1 - i : i, mj = mirror_ky ? ny - 1 - j : j;
      largest = std::max<double>(largest, std::abs(p.pmd[i * ny + j] - q.pmd[mi * ny + mj]));
    }
  return largest / p.diagnostics.pmd_max;
}

/// Mean of |ΔW| over the samples of which one at least is above W = -5.
inline double mean_difference(const RunResult& p, const RunResult& q) {
  const auto w = log_distribution(p.pmd, -5), v = log_distribution(q.pmd, -5);
  double sum = 0;
  std::size_t support = 0;
  for (std::size_t i = 0; i < w.size(); ++i) {
    if (w[i] <= -5 && v[i] <= -5) continue;
    sum += std::abs(w[i] - v[i]);
    ++support;
  }
  return sum / static_cast<double>(support);
}

}  // namespace bondscope::tdse
