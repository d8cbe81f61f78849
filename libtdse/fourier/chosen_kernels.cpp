#include "libtdse/fourier/chosen_kernels.hpp"

#include "libpmd/base/processor/instructions.hpp"
#include "libpmd/base/processor/kernel_tables.hpp"

namespace bondscope::tdse {
namespace {

constexpr bondscope::KernelTables<Kernels> tables PMD_KERNEL_TABLES;

}  // namespace

std::vector<const Kernels*> usable_kernels() {
  return bondscope::usable(tables);
}

const Kernels& chosen_kernels() {
  return bondscope::chosen(tables);
}

}  // namespace bondscope::tdse
