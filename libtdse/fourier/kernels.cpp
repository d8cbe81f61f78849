// In double precision.

#define PMD_REAL double
#define PMD_REAL_BYTES 8
#include "libtdse/fourier/kernels.inc.hpp"

const BasicKernels<double> PMD_KERNELS{PMD_KERNELS_NAME, columns,       rows,         forward,
                                       gather_rows,      gather_shares, scatter_rows, turn,
                                       accumulate,       take,          interpolate,  add};

}  // namespace bondscope::tdse
