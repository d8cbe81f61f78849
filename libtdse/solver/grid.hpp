#pragma once

// The space grid and fields on it.

#include <cmath>
#include <complex>
#include <cstddef>
#include <memory>
#include <vector>

namespace tdse {

using Complex = std::complex<double>;

/// Complex product without the checks for infinities that std::complex makes.
inline Complex multiply(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// exp(iφ)
inline Complex phase(double angle) {
  return {std::cos(angle), std::sin(angle)};
}

/// Points x_i = (i - nx/2) spacing, y_j = (j - ny/2) spacing; a field is [x][y], y contiguous.
struct Grid {
  int nx = 0, ny = 0;
  double spacing = 0;

  double x(int i) const { return (i - nx / 2) * spacing; }
  double y(int j) const { return (j - ny / 2) * spacing; }
  /// Momentum of Fourier index i of n: 2π/(n·spacing) times -n/2 … n/2-1, in FFT order.
  double momentum(int i, int n) const;
  double nyquist() const;  ///< π/spacing
  double cell() const { return spacing * spacing; }
  std::size_t points() const { return static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny); }

  /// The smallest grid of fast sizes that covers [-half_width_x, half_width_x) × [-half_width_y,
  /// half_width_y).
  static Grid covering(double half_width_x, double half_width_y, double spacing);
};

/// The smallest size >= n for which FFTW's estimated plans are fast. (They differ by a factor of two between
/// neighbouring sizes. Measured plans are faster on the bad sizes but depend on the timing of the moment, and
/// with them the last bits of a result.)
int fast_size(int n);

struct FreeAligned {
  void operator()(Complex* memory) const;
};

/// Complex array aligned for vector instructions, zero at first.
class AlignedArray {
 public:
  explicit AlignedArray(std::size_t size = 0);
  Complex* data() { return data_.get(); }
  const Complex* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  Complex& operator[](std::size_t i) { return data_[i]; }
  Complex operator[](std::size_t i) const { return data_[i]; }

 private:
  std::unique_ptr<Complex[], FreeAligned> data_;
  std::size_t size_;
};

/// A complex field on a grid. Rows are padded where a power-of-two distance between them would make the lines
/// of a column compete for the same cache sets.
class Field {
 public:
  explicit Field(const Grid& grid);
  Complex* row(int i) { return array_.data() + static_cast<std::size_t>(i) * stride_; }
  const Complex* row(int i) const { return array_.data() + static_cast<std::size_t>(i) * stride_; }
  std::size_t stride() const { return stride_; }

 private:
  std::size_t stride_;
  AlignedArray array_;
};

}  // namespace tdse
