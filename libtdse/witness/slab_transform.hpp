#pragma once

// Two-dimensional Fourier transform of a field that the ranks of a communicator hold in slabs, by FFTW3-MPI.

#include <complex>
#include <cstddef>
#include <memory>
#include <span>

#include <mpi.h>

namespace bondscope::tdse {

/// Some of the lines of a field: first, first + 1, …, first + count - 1; a rank may have none.
struct Slab {
  std::ptrdiff_t first = 0, count = 0;  ///< the first row and their number
};

/// Point i of n along a direction, a.u.: the origin lies between the two in the middle.
inline double position(std::ptrdiff_t i, int n, double spacing) {
  return (static_cast<double>(i) - n / 2 + 0.5) * spacing;
}

/// A field ψ[x][y] of nx × ny points, of which every rank holds the rows of its slab. The transform leaves it
/// transposed, ψ̃[ky][kx], and the way back takes it so: each way costs one exchange among all ranks.
class SlabTransform {
 public:
  using Complex = std::complex<double>;  ///< A number of the wave function

  /// FFTW plans by rules and not by measuring, so that the same field and ranks give the same bits.
  /// Collective, as all but the accessors. Throws ConfigError for fewer than one point, Error if FFTW cannot
  /// plan.
  SlabTransform(int nx, int ny, MPI_Comm processes);

  /// Points along x.
  int nx() const { return nx_; }
  /// Points along y.
  int ny() const { return ny_; }
  Slab rows() const { return rows_; }        ///< of ψ: x
  Slab columns() const { return columns_; }  ///< of ψ̃: ky

  /// This rank's rows [x][y]; between forward() and backward() its columns [ky][kx].
  std::span<Complex> field() { return {data_.get(), points()}; }
  /// The same, for reading.
  std::span<const Complex> field() const { return {data_.get(), points()}; }
  /// This rank's part after the forward transform.
  std::span<Complex> spectrum() { return {data_.get(), spectral_points()}; }

  /// ψ̃[m][l] = Σ ψ[i][j] exp(-2πi (l·i/nx + m·j/ny)).
  void forward();
  /// The reverse without its factor: forward() and backward() multiply by nx·ny.
  void backward();

 private:
  struct FreeMemory {
    void operator()(Complex* data) const;
  };
  struct FreePlan {
    void operator()(void* plan) const;
  };
  std::size_t points() const { return static_cast<std::size_t>(rows_.count * ny_); }
  std::size_t spectral_points() const { return static_cast<std::size_t>(columns_.count * nx_); }

  int nx_, ny_;
  Slab rows_, columns_;
  std::unique_ptr<Complex, FreeMemory> data_;
  std::unique_ptr<void, FreePlan> forward_, backward_;
};

/// The smallest even number of points, at least `points`, that FFTW transforms fast: 2^a·3^b·5^c·7^d.
int fast_size(double points);

}  // namespace bondscope::tdse
