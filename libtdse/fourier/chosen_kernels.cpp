#include "libtdse/fourier/chosen_kernels.hpp"

#include "libpmd/base/processor/instructions.hpp"
#include "libpmd/base/processor/kernel_tables.hpp"

namespace bondscope::tdse {
namespace {

constexpr bondscope::KernelTables<BasicKernels<double>> tables PMD_KERNEL_TABLES;

}  // namespace

namespace single {
namespace {

constexpr bondscope::KernelTables<BasicKernels<float>> tables PMD_KERNEL_TABLES;

}  // namespace
}  // namespace single

template <>
std::vector<const BasicKernels<double>*> usable_kernels() {
  return bondscope::usable(tables);
}
template <>
std::vector<const BasicKernels<float>*> usable_kernels() {
  return bondscope::usable(single::tables);
}

template <>
const BasicKernels<double>& chosen_kernels() {
  return bondscope::chosen(tables);
}
template <>
const BasicKernels<float>& chosen_kernels() {
  return bondscope::chosen(single::tables);
}

}  // namespace bondscope::tdse
