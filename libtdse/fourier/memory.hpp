#pragma once

// Memory aligned for vector instructions, in huge pages where it is large and the system has them.

#include <cstddef>
#include <new>
#include <vector>

namespace bondscope::tdse {

/// Aligned to cache lines, or to huge pages from two of them on. Throws std::bad_alloc.
void* allocate_aligned(std::size_t bytes);
/// Frees what AlignedAllocator got.
void free_aligned(void* memory) noexcept;

/// Memory at addresses that vector instructions and the cache like.
template <class T>
struct AlignedAllocator {
  using value_type = T;  ///< of the standard's allocators
  AlignedAllocator() = default;
  /// Any of them can free what another got.
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  /// `n` elements; throws std::bad_alloc.
  T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(allocate_aligned(n * sizeof(T)));
  }
  /// Frees what allocate() gave.
  void deallocate(T* memory, std::size_t) noexcept { free_aligned(memory); }
  /// Always true.
  bool operator==(const AlignedAllocator&) const { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;  ///< A std::vector in aligned memory

}  // namespace bondscope::tdse
