#pragma once

// Lines of complex numbers in and out of Blocks, and what FFTW makes of them. Link PkgConfig::fftw3.

#include <cmath>
#include <complex>
#include <cstddef>
#include <random>
#include <vector>

#include <fftw3.h>

#include "libtdse/fourier/line_transform.hpp"
#include "libtdse/fourier/memory.hpp"

namespace bondscope::tdse::lines {

using Complex = std::complex<double>;
using Line = std::vector<Complex>;
using Blocks = AlignedVector<Block>;

inline std::size_t at(std::ptrdiff_t index) {
  return static_cast<std::size_t>(index);
}

inline Complex get(const Block& block, int lane) {
  return {block.re[lane], block.im[lane]};
}
inline void set(Block& block, int lane, Complex value) {
  block.re[lane] = value.real();
  block.im[lane] = value.imag();
}

/// Independent numbers in the square around 0 of half width 1.
class Noise {
 public:
  explicit Noise(unsigned seed) : generator_(seed) {}
  Complex number() { return {real(), real()}; }
  Line line(int length) {
    Line values(at(length));
    for (auto& value : values)
      value = number();
    return values;
  }
  Blocks blocks(std::ptrdiff_t count) {
    Blocks values(at(count));
    for (auto& block : values)
      for (int lane = 0; lane < lanes; ++lane)
        set(block, lane, number());
    return values;
  }

 private:
  double real() { return static_cast<double>(generator_() >> 11) * 0x1p-52 - 1; }
  std::mt19937_64 generator_;
};

/// Every length up to `longest` that can be transformed.
inline std::vector<int> all_lengths(int longest = 8192) {
  std::vector<int> lengths;
  for (int length = 0; length <= longest; ++length)
    if (transformable(length)) lengths.push_back(length);
  return lengths;
}

/// Σ_j line[j] exp(sign 2πi mj/n) by FFTW.
inline Line fftw(Line line, int sign) {
  auto* const data = reinterpret_cast<fftw_complex*>(line.data());
  const fftw_plan plan = fftw_plan_dft_1d(static_cast<int>(line.size()), data, data,
                                          sign < 0 ? FFTW_FORWARD : FFTW_BACKWARD, FFTW_ESTIMATE);
  fftw_execute(plan);
  fftw_destroy_plan(plan);
  return line;
}

/// Forward, V[m] <- direct[m] V[m] + crossed[m] V[-m] (no crossed: none), backward; all by frequency.
inline Line filtered(const Line& line, const Line& direct, const Line& crossed) {
  const std::size_t n = line.size();
  const Line spectrum = fftw(line, -1);
  Line result(n);
  for (std::size_t m = 0; m < n; ++m) {
    result[m] = direct[m] * spectrum[m];
    if (!crossed.empty()) result[m] += crossed[m] * spectrum[(n - m) % n];
  }
  return fftw(result, +1);
}

/// Numbers by frequency as (re, im) in the order of the passes.
inline AlignedVector<double> in_pass_order(const LineTransform& transform, const Line& by_frequency) {
  AlignedVector<double> ordered;
  for (int position = 0; position < transform.length(); ++position) {
    const Complex value = by_frequency[at(transform.frequency(position))];
    ordered.push_back(value.real());
    ordered.push_back(value.imag());
  }
  return ordered;
}

/// Factors by frequency, as the kernels want them.
class Factors {
 public:
  Factors(const LineTransform& transform, const Line& direct, const Line& crossed = {})
      : direct_(in_pass_order(transform, direct)), partner_groups_(transform.partner_groups()) {
    if (!crossed.empty()) crossed_ = in_pass_order(transform, crossed);
  }
  SpectralFactors view() const {
    return {direct_.data(), crossed_.empty() ? nullptr : crossed_.data(), partner_groups_.data()};
  }

 private:
  AlignedVector<double> direct_, crossed_;
  std::vector<int> partner_groups_;
};

/// Root mean square distance in units of the root mean square of the expected.
inline double error(const Line& result, const Line& expected) {
  double distance = 0, size = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    distance += std::norm(result[i] - expected[i]);
    size += std::norm(expected[i]);
  }
  return std::sqrt(distance / size);
}

}  // namespace bondscope::tdse::lines
