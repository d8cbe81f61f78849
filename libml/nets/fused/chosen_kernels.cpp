#include "libml/nets/fused/chosen_kernels.hpp"

#include "libpmd/base/processor/instructions.hpp"
#include "libpmd/base/processor/kernel_tables.hpp"

namespace bondscope::ml::fused {
namespace {

constexpr KernelTables<Kernels> tables PMD_KERNEL_TABLES;

}  // namespace

std::vector<const Kernels*> usable_kernels() {
  return usable(tables);
}

const Kernels& chosen_kernels() {
  static const Kernels& kernels = chosen(tables);  // asked for at every step of a training
  return kernels;
}

}  // namespace bondscope::ml::fused
