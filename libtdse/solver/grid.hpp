#pragma once

// The space grid and fields on it.

#include <cmath>
#include <complex>
#include <cstddef>

#include "libtdse/fourier/memory.hpp"
#include "libtdse/solver/team.hpp"

namespace bondscope::tdse {

using Complex = std::complex<double>;  ///< A number of the wave function

/// Complex product without the checks for infinities that std::complex makes.
inline Complex multiply(Complex a, Complex b) {
  return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

/// exp(iφ)
inline Complex phase(double angle) {
  return {std::cos(angle), std::sin(angle)};
}

/// Points between which the origin lies: x_i = (i - nx/2 + 1/2) spacing, and so in y.
///
/// An even grid is for fields with ψ(x, -y) = ψ(x, y): it holds y > 0 only, in the order in which the
/// transform of an even line wants them (every second point forwards, the rest backwards).
struct Grid {
  int nx = 0, ny = 0;  ///< points that are held; multiples of 8
  double spacing = 0;  ///< from point to point, a.u.
  bool even = false;   ///< whether only y > 0 is held

  /// Position of row i, a.u.
  double x(int i) const { return (i - nx / 2 + 0.5) * spacing; }
  /// Position of column j, a.u.
  double y(int j) const { return (natural(j) + (even ? 0.5 : 0.5 - ny / 2)) * spacing; }
  /// Place in ascending order of y of the column held at j, and the reverse.
  int natural(int j) const { return !even ? j : j < (ny + 1) / 2 ? 2 * j : 2 * (ny - j) - 1; }
  /// Where the column of this place in ascending y is held.
  int column(int natural) const {
    return !even ? natural : natural % 2 == 0 ? natural / 2 : ny - (natural + 1) / 2;
  }
  /// Points along y with those that are not held.
  int whole_ny() const { return even ? 2 * ny : ny; }
  /// Half the box along x, a.u.
  double half_width_x() const { return 0.5 * nx * spacing; }
  /// Half the box along y, a.u.
  double half_width_y() const { return 0.5 * whole_ny() * spacing; }
  /// Weight of a point in ∫ d²r.
  double cell() const { return (even ? 2 : 1) * spacing * spacing; }
  double nyquist() const;  ///< π/spacing
  /// That are held.
  std::size_t points() const { return static_cast<std::size_t>(nx) * static_cast<std::size_t>(ny); }

  /// The smallest transformable grid that covers [-half_width_x, half_width_x] × [-half_width_y,
  /// half_width_y]; sizes are multiples of 16, of 8 along the halved direction. Throws ConfigError if that is
  /// too large.
  static Grid covering(double half_width_x, double half_width_y, double spacing, bool even);

  /// Whether all members are equal.
  bool operator==(const Grid&) const = default;
};

/// Momentum of Fourier index m of n points: 2π/(n·spacing) times m or, from n/2 on, m - n.
double fourier_momentum(int m, int n, double spacing);

/// A complex field on the rows of a grid that one rank holds, zero at first, in double or single precision. A
/// row is a sequence of Blocks.
template <class Real>
class BasicField {
 public:
  using Block = BasicBlock<Real>;  ///< of its rows

  /// All rows of a grid.
  explicit BasicField(const Grid& grid) : BasicField(grid, Part{0, grid.nx}) {}
  /// Some rows of a grid.
  BasicField(const Grid& grid, Part rows);

  /// That are held.
  Part rows() const { return rows_; }
  int blocks() const { return blocks_; }              ///< of a row
  std::ptrdiff_t stride() const { return stride_; }   ///< Blocks from row to row
  std::size_t size() const { return array_.size(); }  ///< Blocks of all rows, padding included
  /// Row i of the grid, rows().first <= i < rows().last.
  Block* row(int i) { return array_.data() + (i - rows_.first) * stride_; }
  /// The same, for reading.
  const Block* row(int i) const { return array_.data() + (i - rows_.first) * stride_; }

  /// The value of ψ at a point of the rows held.
  Complex at(int i, int j) const {
    const Block& block = row(i)[j / lanes];
    return {block.re[j % lanes], block.im[j % lanes]};
  }
  /// Sets the value of ψ at a point of the rows held.
  void set(int i, int j, Complex value) {
    Block& block = row(i)[j / lanes];
    block.re[j % lanes] = static_cast<Real>(value.real());
    block.im[j % lanes] = static_cast<Real>(value.imag());
  }

 private:
  Part rows_;
  int blocks_;
  std::ptrdiff_t stride_;
  AlignedVector<Block> array_;
};
using Field = BasicField<double>;  ///< in double precision

/// Rows of a grid that each rank holds: whole groups of 16.
Part rows_of(const Grid& grid, const Ranks& ranks, int rank);

// Of the following those that are templates exist for double and float.

/// Σ |ψ|² over a row, in the order of its Blocks.
template <class Real>
double row_norm(const BasicField<Real>& field, int i);
/// ∫|ψ|² d²r over all ranks, summed row by row; the same bits for every distribution of rows.
template <class Real>
double squared_norm(const Grid& grid, const BasicField<Real>& field, const Team& team);
/// sum <- sum + factor · term, on the same rows.
void add(Field& sum, Complex factor, const Field& term);
/// field <- factor · field
void scale(Field& field, double factor);
/// The whole field on every rank.
template <class Real>
BasicField<Real> gathered(const Grid& grid, const BasicField<Real>& field, Ranks& ranks);
/// This rank's rows of a whole field.
template <class Real>
BasicField<Real> distributed(const Grid& grid, const BasicField<Real>& whole, const Ranks& ranks);

/// The same field on a grid of the same spacing and evenness, which may be smaller or larger in each
/// direction: zero outside, cut off where it does not fit.
Field embedded(const Grid& from, const Field& field, const Grid& to);

}  // namespace bondscope::tdse
