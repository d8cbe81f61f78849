#include "libtdse/fourier/memory.hpp"

#include <cstdlib>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace bondscope::tdse {

void* allocate_aligned(std::size_t bytes) {
  constexpr std::size_t cache_line = 64, huge_page = std::size_t{1} << 21;
  const std::size_t alignment = bytes >= 2 * huge_page ? huge_page : cache_line;
  void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (!memory && bytes) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // A column touches every page of a field: with small pages that is a miss per row. Only a hint, which may
  // fail.
  if (alignment == huge_page) madvise(memory, bytes, MADV_HUGEPAGE);
#endif
  return memory;
}

void free_aligned(void* memory) noexcept {
  std::free(memory);
}

}  // namespace bondscope::tdse
