#define PMD_VECTOR_WIDTH 2
#define PMD_KERNELS generic_kernels
#define PMD_KERNELS_NAME "generic"
#include "libtdse/fourier/kernels.inc.hpp"
