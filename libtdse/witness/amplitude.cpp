#include "libtdse/witness/amplitude.hpp"

#include "libpmd/base/error.hpp"
#include "libtdse/witness/momentum_sums.hpp"
#include "libtdse/witness/transformed_amplitude.hpp"

namespace bondscope::tdse {

std::vector<Amplitude::Complex> Amplitude::total(MPI_Comm processes) const {
  std::vector<Complex> sum = share_;
  if (MPI_Allreduce(MPI_IN_PLACE, sum.data(), static_cast<int>(2 * sum.size()), MPI_DOUBLE, MPI_SUM,
                    processes) != MPI_SUCCESS)
    throw Error("MPI cannot sum the momentum amplitude");
  return sum;
}

std::unique_ptr<Amplitude> amplitude_on(const MomentumAxes& axes, int nx, int ny, double spacing,
                                        MPI_Comm processes) {
  if (TransformedAmplitude::holds(axes, nx, ny, spacing))
    return std::make_unique<TransformedAmplitude>(axes, nx, ny, spacing, processes);
  return std::make_unique<MomentumSums>(axes, nx, ny, SlabTransform(nx, ny, processes).rows(), spacing);
}

}  // namespace bondscope::tdse
