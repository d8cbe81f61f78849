#include "libtdse/solver/grid.hpp"

#include <algorithm>
#include <array>
#include <new>

#include <fftw3.h>

#include "libtdse/base/config.hpp"
#include "libtdse/base/error.hpp"
#include "libtdse/model/units.hpp"

namespace tdse {
namespace {

// Out-of-place complex transforms with FFTW_ESTIMATE reach 33 to 49 GFlop/s at those of these sizes up to
// 2048, 20 to 30 at most others (bench_fft_sizes, one core of an EPYC Zen 5). All are multiples of 16.
constexpr std::array fast_sizes{48,  64,  96,  128,  160,  224,  256,  320,  400,  448,  512,  640,
                                768, 800, 960, 1024, 1280, 1536, 1600, 1920, 2048, 2560, 3072, 4096};

}  // namespace

double Grid::momentum(int i, int n) const {
  const int signed_index = i < n / 2 ? i : i - n;
  return 2 * units::pi * signed_index / (n * spacing);
}

double Grid::nyquist() const {
  return units::pi / spacing;
}

int fast_size(int n) {
  const auto found = std::lower_bound(fast_sizes.begin(), fast_sizes.end(), n);
  if (found == fast_sizes.end())
    throw ConfigError("a grid of " + std::to_string(n) +
                      " points in one direction is beyond the largest supported, " +
                      std::to_string(fast_sizes.back()) + "; use a smaller half_width or a larger spacing");
  return *found;
}

Grid Grid::covering(double half_width_x, double half_width_y, double spacing) {
  const auto points = [&](double half_width) {
    const double n = 2 * half_width / spacing;
    if (!(n < 1e6))
      throw ConfigError("spacing: " + format_number(spacing) + " makes a grid of more than 1e6 points");
    return fast_size(static_cast<int>(std::ceil(n - 1e-9)));
  };
  return {points(half_width_x), points(half_width_y), spacing};
}

void FreeAligned::operator()(Complex* memory) const {
  fftw_free(memory);
}

AlignedArray::AlignedArray(std::size_t size)
    : data_(size ? reinterpret_cast<Complex*>(fftw_malloc(size * sizeof(Complex))) : nullptr), size_(size) {
  if (size && !data_) throw std::bad_alloc();
  std::fill_n(data_.get(), size, Complex{});
}

Field::Field(const Grid& grid)
    : stride_(static_cast<std::size_t>(grid.ny) + (grid.ny % 128 == 0 ? 8 : 0)),
      array_(stride_ * static_cast<std::size_t>(grid.nx)) {}

}  // namespace tdse
