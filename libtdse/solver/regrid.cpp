#include "libtdse/solver/regrid.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope::tdse {
namespace {

/// What points of a periodic line become where it is evaluated elsewhere with fewer Fourier components.
class Interpolation {
 public:
  Interpolation(int points, double from_spacing, double to_spacing)
      : length_(points * from_spacing), points_(points) {
    // Frequencies -m … m below the coarser Nyquist momentum.
    const int m = static_cast<int>(std::ceil(0.5 * length_ / to_spacing - 1e-9)) - 1;
    terms_ = 2 * m + 1;
  }

  /// Weight of a point at a distance, Σ exp(2πi m distance/length)/points; 0 at positions outside the line.
  double weight(double to, double from) const {
    if (std::abs(to) > 0.5 * length_) return 0;
    const double half_angle = units::pi * (to - from) / length_, denominator = std::sin(half_angle);
    if (std::abs(denominator) < 1e-12) return static_cast<double>(terms_) / points_;
    return std::sin(terms_ * half_angle) / (denominator * points_);
  }

 private:
  double length_;
  int points_, terms_;
};

/// Weight of old point j in new point i, [i][j].
std::vector<double> weights_x(const Grid& from, const Grid& to) {
  const Interpolation line(from.nx, from.spacing, to.spacing);
  std::vector<double> weights;
  for (int i = 0; i < to.nx; ++i)
    for (int j = 0; j < from.nx; ++j)
      weights.push_back(line.weight(to.x(i), from.x(j)));
  return weights;
}

std::vector<double> weights_y(const Grid& from, const Grid& to) {
  const Interpolation line(from.whole_ny(), from.spacing, to.spacing);
  std::vector<double> weights;
  for (int i = 0; i < to.ny; ++i)
    for (int j = 0; j < from.ny; ++j) {
      double weight = line.weight(to.y(i), from.y(j));
      if (from.even) weight += line.weight(to.y(i), -from.y(j));
      weights.push_back(weight);
    }
  return weights;
}

}  // namespace

Field embedded(const Grid& from, const Field& field, const Grid& to) {
  if (from.even != to.even || std::abs(from.spacing - to.spacing) > 1e-9 * from.spacing)
    throw NumericsError("a field can only be embedded in a grid of its own spacing and symmetry");
  Field result(to);
  const int shift_x = to.nx / 2 - from.nx / 2, shift_y = from.even ? 0 : to.ny / 2 - from.ny / 2;
  for (int i = std::max(0, -shift_x); i < std::min(from.nx, to.nx - shift_x); ++i)
    for (int n = std::max(0, -shift_y); n < std::min(from.ny, to.ny - shift_y); ++n)
      result.set(i + shift_x, to.column(n + shift_y), field.at(i, from.column(n)));
  return result;
}

Field resampled(const Grid& from, const Field& field, const Grid& to) {
  if (from.even != to.even || to.spacing < from.spacing)
    throw NumericsError("a field can only be resampled to a coarser grid of the same symmetry");
  // Along x, whole rows at a time; then along y within each new row.
  const auto wx = weights_x(from, to), wy = weights_y(from, to);
  Field result(to);
  std::vector<Block> row(static_cast<std::size_t>(field.blocks()));
  std::vector<double> re(static_cast<std::size_t>(from.ny)), im(re);
  for (int i = 0; i < to.nx; ++i) {
    std::fill(row.begin(), row.end(), Block{});
    for (int j = 0; j < from.nx; ++j) {
      const double w =
          wx[static_cast<std::size_t>(i) * static_cast<std::size_t>(from.nx) + static_cast<std::size_t>(j)];
      const Block* const source = field.row(j);
      for (std::size_t b = 0; b < row.size(); ++b)
        for (int l = 0; l < lanes; ++l) {
          row[b].re[l] += w * source[b].re[l];
          row[b].im[l] += w * source[b].im[l];
        }
    }
    for (int j = 0; j < from.ny; ++j) {
      re[static_cast<std::size_t>(j)] = row[static_cast<std::size_t>(j / lanes)].re[j % lanes];
      im[static_cast<std::size_t>(j)] = row[static_cast<std::size_t>(j / lanes)].im[j % lanes];
    }
    for (int n = 0; n < to.ny; ++n) {
      const double* const w = wy.data() + static_cast<std::ptrdiff_t>(n) * from.ny;
      double sum_re = 0, sum_im = 0;
      for (std::size_t j = 0; j < re.size(); ++j) {
        sum_re += w[j] * re[j];
        sum_im += w[j] * im[j];
      }
      result.set(i, n, {sum_re, sum_im});
    }
  }
  return result;
}

}  // namespace bondscope::tdse
