#define PMD_VECTOR_WIDTH 8
#define PMD_TILE_ROWS 4
#define PMD_KERNELS avx2_kernels
#define PMD_KERNELS_NAME "avx2"
#include "libml/nets/fused/kernels.inc.hpp"
