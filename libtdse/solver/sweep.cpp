#include "libtdse/solver/sweep.hpp"

#include <algorithm>

#include <fftw3.h>

#include "libtdse/base/error.hpp"

namespace tdse {
namespace {

fftw_complex* raw(Complex* z) {
  return reinterpret_cast<fftw_complex*>(z);
}

}  // namespace

struct LineTransform::Plans {
  fftw_plan forward = nullptr, backward = nullptr;
  ~Plans() {
    if (forward) fftw_destroy_plan(forward);
    if (backward) fftw_destroy_plan(backward);
  }
};

LineTransform::LineTransform(int length) : length_(length), plans_(std::make_unique<Plans>()) {
  AlignedArray in(static_cast<std::size_t>(length)), out(static_cast<std::size_t>(length));
  // Estimated plans are the same every time: results must not depend on how busy the machine was at planning.
  constexpr unsigned flags = FFTW_ESTIMATE | FFTW_DESTROY_INPUT;
  plans_->forward = fftw_plan_dft_1d(length, raw(in.data()), raw(out.data()), FFTW_FORWARD, flags);
  plans_->backward = fftw_plan_dft_1d(length, raw(in.data()), raw(out.data()), FFTW_BACKWARD, flags);
  if (!plans_->forward || !plans_->backward)
    throw NumericsError("FFTW cannot plan a transform of length " + std::to_string(length));
}

LineTransform::~LineTransform() = default;

void LineTransform::forward(Complex* in, Complex* out) const {
  fftw_execute_dft(plans_->forward, raw(in), raw(out));
}
void LineTransform::backward(Complex* in, Complex* out) const {
  fftw_execute_dft(plans_->backward, raw(in), raw(out));
}

Sweeper::Sweeper(const Grid& grid)
    : grid_(grid),
      along_x_(grid.nx),
      along_y_(grid.ny),
      line_stride_(static_cast<std::size_t>(grid.nx) + 8),
      work_(static_cast<std::size_t>(std::max(grid.nx, grid.ny))),
      lines_(block * line_stride_) {}

void Sweeper::to_mixed(Field& field) {
  for (int i = 0; i < grid_.nx; ++i) {
    std::copy_n(field.row(i), grid_.ny, work_.data());
    along_y_.forward(work_.data(), field.row(i));
  }
}

void Sweeper::to_position(Field& field) {
  const double scale = 1.0 / grid_.ny;
  for (int i = 0; i < grid_.nx; ++i) {
    along_y_.backward(field.row(i), work_.data());
    std::transform(work_.data(), work_.data() + grid_.ny, field.row(i), [=](Complex z) { return z * scale; });
  }
}

void Sweeper::columns(Field& field, const std::vector<Complex>& factor_x,
                      const std::vector<Complex>& factor_y) {
  const int nx = grid_.nx;
  for (int first = 0; first < grid_.ny; first += block) {
    for (int i = 0; i < nx; ++i) {
      const Complex* const source = field.row(i) + first;
      for (int c = 0; c < block; ++c)
        line(c)[i] = source[c];
    }
    for (int c = 0; c < block; ++c) {
      Complex* const work = work_.data();
      along_x_.forward(line(c), work);
      const Complex factor = factor_y[static_cast<std::size_t>(first + c)];
      for (int i = 0; i < nx; ++i)
        work[i] = multiply(work[i], multiply(factor, factor_x[static_cast<std::size_t>(i)]));
      along_x_.backward(work, line(c));
    }
    for (int i = 0; i < nx; ++i) {
      Complex* const target = field.row(i) + first;
      for (int c = 0; c < block; ++c)
        target[c] = line(c)[i];
    }
  }
}

}  // namespace tdse
