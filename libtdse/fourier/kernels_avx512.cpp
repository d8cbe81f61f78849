#define PMD_VECTOR_WIDTH 8
#define PMD_KERNELS avx512_kernels
#define PMD_KERNELS_NAME "avx512"
#include "libtdse/fourier/kernels.inc.hpp"
