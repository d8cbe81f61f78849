// Compiled once for each set of instructions (cmake/libraries.cmake), which defines PMD_VECTOR_BYTES,
// PMD_KERNELS (the name of the table) and PMD_KERNELS_NAME. Everything else is local to the file.

#define PMD_VECTOR_WIDTH (PMD_VECTOR_BYTES / 4)  // floats
#define PMD_TILE_ROWS \
  (PMD_VECTOR_BYTES == 64 ? 8 : 4)  // of a product, each of two vectors: what registers hold

#include "libml/nets/fused/kernels.hpp"

#define PMD_INLINE inline __attribute__((always_inline))

namespace bondscope::ml::fused {
namespace {

constexpr int lanes = PMD_VECTOR_WIDTH;
typedef float Vector __attribute__((vector_size(4 * PMD_VECTOR_WIDTH)));
typedef float UnalignedVector __attribute__((vector_size(4 * PMD_VECTOR_WIDTH), aligned(4), may_alias));

PMD_INLINE Vector load(const float* p) {
  return *reinterpret_cast<const UnalignedVector*>(p);
}
PMD_INLINE void store(float* p, Vector v) {
  *reinterpret_cast<UnalignedVector*>(p) = v;
}
/// Not a number stays so: a training that diverged must show.
PMD_INLINE Vector relu(Vector z) {
  return z < 0.0f ? Vector{} : z;
}
/// Adds a sum of single precision, over few pixels, to one of double precision.
PMD_INLINE void add(double* sum, Vector v) {
  float values[lanes];
  store(values, v);
  for (int l = 0; l < lanes; ++l)
    sum[l] += static_cast<double>(values[l]);
}
PMD_INLINE std::ptrdiff_t index(int i) {
  return i;
}

#include "libml/nets/fused/first_block.inc.hpp"
#include "libml/nets/fused/pooling.inc.hpp"
#include "libml/nets/fused/winograd.inc.hpp"

}  // namespace

const Kernels PMD_KERNELS = {
    .name = PMD_KERNELS_NAME,
    .transform_filters = transform_filters,
    .gather_filters = gather_filters,
    .scratch = scratch_size,
    .convolve = convolve,
    .filter_gradient = filter_gradient,
    .statistics = statistics,
    .pool = pool,
    .pool_sums = pool_sums,
    .pool_gradient = pool_gradient,
    .patch_moments = patch_moments,
    .convolve_and_pool = convolve_and_pool,
    .convolve_and_pool_sums = convolve_and_pool_sums,
};

}  // namespace bondscope::ml::fused
