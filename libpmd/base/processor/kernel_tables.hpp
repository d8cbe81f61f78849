#pragma once

// One kernel file's tables of functions, one for each set of instructions.

#include <array>
#include <cstddef>
#include <vector>

#include "libpmd/base/processor/instructions.hpp"

/// The tables of the namespace that it stands in; the others are in x86-64 builds only.
#if defined(PMD_X86_KERNELS)
#define PMD_KERNEL_TABLES \
  { &generic_kernels, &avx2_kernels, &avx512_kernels }
#else
#define PMD_KERNEL_TABLES \
  { &generic_kernels, nullptr, nullptr }
#endif

namespace bondscope {

/// In the order of Instructions.
template <class Kernels>
using KernelTables = std::array<const Kernels*, 3>;

/// Those for the instructions that processor/instructions.hpp chooses.
template <class Kernels>
const Kernels& chosen(const KernelTables<Kernels>& tables) {
  return *tables[static_cast<std::size_t>(chosen_instructions())];
}

/// All that this processor can run, for tests.
template <class Kernels>
std::vector<const Kernels*> usable(const KernelTables<Kernels>& tables) {
  std::vector<const Kernels*> found;
  for (const Instructions instructions : usable_instructions())
    found.push_back(tables[static_cast<std::size_t>(instructions)]);
  return found;
}

}  // namespace bondscope
