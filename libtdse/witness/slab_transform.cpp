#include "libtdse/witness/slab_transform.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fftw3-mpi.h>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

fftw_complex* raw(std::complex<double>* data) {
  return reinterpret_cast<fftw_complex*>(data);
}

}  // namespace

void SlabTransform::FreeMemory::operator()(Complex* data) const {
  fftw_free(data);
}

void SlabTransform::FreePlan::operator()(void* plan) const {
  fftw_destroy_plan(static_cast<fftw_plan>(plan));
}

SlabTransform::SlabTransform(int nx, int ny, MPI_Comm processes) : nx_(nx), ny_(ny) {
  if (nx < 1 || ny < 1) throw ConfigError(fmt::format("a field of {} x {} points", nx, ny));
  fftw_mpi_init();
  const std::array<std::ptrdiff_t, 2> extents{nx, ny};
  const auto needed = fftw_mpi_local_size_many_transposed(2, extents.data(), 1, FFTW_MPI_DEFAULT_BLOCK,
                                                          FFTW_MPI_DEFAULT_BLOCK, processes, &rows_.count,
                                                          &rows_.first, &columns_.count, &columns_.first);
  // A rank without rows still needs room for FFTW's exchange.
  data_.reset(reinterpret_cast<Complex*>(
      fftw_alloc_complex(static_cast<std::size_t>(std::max<std::ptrdiff_t>(needed, 1)))));
  if (!data_) throw Error(fmt::format("no memory for a field of {} x {} points", nx, ny));
  const auto plan = [&](int sign, unsigned layout) {
    return fftw_mpi_plan_many_dft(2, extents.data(), 1, FFTW_MPI_DEFAULT_BLOCK, FFTW_MPI_DEFAULT_BLOCK,
                                  raw(data_.get()), raw(data_.get()), processes, sign,
                                  FFTW_ESTIMATE | layout);
  };
  forward_.reset(plan(FFTW_FORWARD, FFTW_MPI_TRANSPOSED_OUT));
  backward_.reset(plan(FFTW_BACKWARD, FFTW_MPI_TRANSPOSED_IN));
  if (!forward_ || !backward_) throw Error(fmt::format("FFTW cannot transform {} x {} points", nx, ny));
  std::fill_n(data_.get(), needed, Complex{});
}

void SlabTransform::forward() {
  fftw_execute(static_cast<fftw_plan>(forward_.get()));
}

void SlabTransform::backward() {
  fftw_execute(static_cast<fftw_plan>(backward_.get()));
}

int fast_size(double points) {
  for (int size = std::max(2, 2 * static_cast<int>(std::ceil(points / 2 - 1e-9)));; size += 2) {
    int rest = size;
    for (const int factor : {2, 3, 5, 7})
      while (rest % factor == 0)
        rest /= factor;
    if (rest == 1) return size;
  }
}

}  // namespace bondscope::tdse
