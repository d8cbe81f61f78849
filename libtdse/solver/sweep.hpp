#pragma once

// A split-operator step as two sweeps over memory instead of eight.
//
// Between steps a field is kept as ψ(x, ky): position along x, momentum along y. One step is
//   row sweep:    for each x   IFFT_y · (something in position space, e.g. the potential factor) · FFT_y
//   column sweep: for each ky  FFT_x · kinetic factor · IFFT_x
// and each line stays in cache while it is transformed, multiplied and transformed back.

#include <algorithm>
#include <memory>
#include <vector>

#include "libtdse/solver/grid.hpp"

namespace tdse {

/// One-dimensional complex transforms of one length, not normalised, out of place, on aligned lines.
class LineTransform {
 public:
  explicit LineTransform(int length);
  ~LineTransform();
  LineTransform(const LineTransform&) = delete;
  LineTransform& operator=(const LineTransform&) = delete;

  int length() const { return length_; }
  void forward(Complex* in, Complex* out) const;   ///< Σ exp(-ikx); destroys `in`
  void backward(Complex* in, Complex* out) const;  ///< Σ exp(+ikx); destroys `in`

 private:
  struct Plans;
  int length_;
  std::unique_ptr<Plans> plans_;
};

class Sweeper {
 public:
  explicit Sweeper(const Grid& grid);

  const Grid& grid() const { return grid_; }

  /// ψ(x, y) -> ψ(x, ky) and back (normalised).
  void to_mixed(Field& field);
  void to_position(Field& field);

  const LineTransform& along_x() const { return along_x_; }
  const LineTransform& along_y() const { return along_y_; }

  /// For each i: visit(i, line) sees ny · ψ(x_i, y) and may change it; the line is then transformed back.
  /// The factor ny is left to the visitor, who multiplies anyway.
  template <class Visit>
  void rows(Field& field, Visit&& visit) {
    Complex* const line = work_.data();
    for (int i = 0; i < grid_.nx; ++i) {
      along_y_.backward(field.row(i), line);
      visit(i, line);
      along_y_.forward(line, field.row(i));
    }
  }

  /// ψ(x, ky) <- IFFT_x [ factor_x(kx) factor_y(ky) FFT_x ψ ], the factor 1/nx left to factor_y.
  void columns(Field& field, const std::vector<Complex>& factor_x, const std::vector<Complex>& factor_y);

  /// For each j of `columns`, in order: visit(line) sees field(x_0 … x_nx-1, j) as a contiguous line.
  template <class Visit>
  void gather_columns(const Field& field, const std::vector<int>& columns, Visit&& visit) {
    for (std::size_t first = 0; first < columns.size(); first += block) {
      const int count = static_cast<int>(std::min<std::size_t>(block, columns.size() - first));
      for (int i = 0; i < grid_.nx; ++i)
        for (int c = 0; c < count; ++c)
          line(c)[i] = field.row(i)[columns[first + static_cast<std::size_t>(c)]];
      for (int c = 0; c < count; ++c)
        visit(static_cast<const Complex*>(line(c)));
    }
  }

 private:
  static constexpr int block = 8;  ///< columns taken at once: 128 contiguous bytes of each row
  Complex* line(int c) { return lines_.data() + static_cast<std::size_t>(c) * line_stride_; }

  Grid grid_;
  LineTransform along_x_, along_y_;
  std::size_t line_stride_;
  AlignedArray work_, lines_;
};

}  // namespace tdse
