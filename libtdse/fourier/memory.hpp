#pragma once

// Memory aligned for vector instructions, in huge pages where it is large and the system has them.

#include <cstddef>
#include <new>
#include <vector>

namespace bondscope::tdse {

/// Aligned to cache lines, or to huge pages from two of them on. Throws std::bad_alloc.
void* allocate_aligned(std::size_t bytes);
void free_aligned(void* memory) noexcept;

template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(const AlignedAllocator<U>&) {}
  T* allocate(std::size_t n) {
    if (n > static_cast<std::size_t>(-1) / 2 / sizeof(T)) throw std::bad_alloc();
    return static_cast<T*>(allocate_aligned(n * sizeof(T)));
  }
  void deallocate(T* memory, std::size_t) noexcept { free_aligned(memory); }
  bool operator==(const AlignedAllocator&) const { return true; }
};

template <class T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace bondscope::tdse
