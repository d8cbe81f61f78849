// In single precision.

#define PMD_REAL float
#define PMD_REAL_BYTES 4
#include "libtdse/fourier/kernels.inc.hpp"

namespace single {

const BasicKernels<float> PMD_KERNELS{PMD_KERNELS_NAME, columns,       rows,         forward,
                                      gather_rows,      gather_shares, scatter_rows, turn,
                                      accumulate,       take,          interpolate,  add};

}  // namespace single
}  // namespace bondscope::tdse
