#pragma once

// Momentum planes and functions sampled on them.

#include <cmath>
#include <vector>

#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {

/// -half … half times the spacing along each axis.
inline MomentumPlane centred_plane(int half_x, double dkx, int half_y, double dky) {
  return {static_cast<std::size_t>(2 * half_x + 1),
          static_cast<std::size_t>(2 * half_y + 1),
          -half_x * dkx,
          -half_y * dky,
          dkx,
          dky};
}

inline double kx_at(const MomentumPlane& plane, std::size_t sample) {
  return plane.kx_first + static_cast<double>(sample / plane.ky_points) * plane.dkx;
}
inline double ky_at(const MomentumPlane& plane, std::size_t sample) {
  return plane.ky_first + static_cast<double>(sample % plane.ky_points) * plane.dky;
}

std::vector<float> sampled(const MomentumPlane& plane, auto&& f) {
  std::vector<float> values;
  for (std::size_t i = 0; i < plane.size(); ++i)
    values.push_back(static_cast<float>(f(kx_at(plane, i), ky_at(plane, i))));
  return values;
}

struct Moments {
  double norm = 0, kx = 0, ky = 0;  ///< sum of the values, means
  double kx_variance = 0, ky_variance = 0;
};

inline Moments moments(const std::vector<float>& pmd, const MomentumPlane& plane) {
  Moments m;
  for (std::size_t i = 0; i < pmd.size(); ++i) {
    m.norm += pmd[i];
    m.kx += pmd[i] * kx_at(plane, i);
    m.ky += pmd[i] * ky_at(plane, i);
  }
  m.kx /= m.norm;
  m.ky /= m.norm;
  for (std::size_t i = 0; i < pmd.size(); ++i) {
    m.kx_variance += pmd[i] * std::pow(kx_at(plane, i) - m.kx, 2) / m.norm;
    m.ky_variance += pmd[i] * std::pow(ky_at(plane, i) - m.ky, 2) / m.norm;
  }
  return m;
}

}  // namespace bondscope
