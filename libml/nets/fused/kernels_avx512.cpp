#define PMD_VECTOR_WIDTH 16
#define PMD_TILE_ROWS 8
#define PMD_KERNELS avx512_kernels
#define PMD_KERNELS_NAME "avx512"
#include "libml/nets/fused/kernels.inc.hpp"
