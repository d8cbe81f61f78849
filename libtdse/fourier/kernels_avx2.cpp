#define PMD_VECTOR_WIDTH 4
#define PMD_KERNELS avx2_kernels
#define PMD_KERNELS_NAME "avx2"
#include "libtdse/fourier/kernels.inc.hpp"
