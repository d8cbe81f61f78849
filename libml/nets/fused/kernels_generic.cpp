#define PMD_VECTOR_WIDTH 4
#define PMD_TILE_ROWS 4
#define PMD_KERNELS generic_kernels
#define PMD_KERNELS_NAME "generic"
#include "libml/nets/fused/kernels.inc.hpp"
