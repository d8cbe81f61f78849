#include "libml/train/mixed_precision.hpp"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace bondscope::ml {
namespace {

void switch_autocast(Device device, bool on) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
  const auto type = device == Device::cuda ? at::kCUDA : at::kCPU;
  if (on) at::autocast::set_autocast_dtype(type, at::kBFloat16);
  at::autocast::set_autocast_enabled(type, on);
#else
  if (device == Device::cuda) {
    if (on) at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(on);
  } else {
    if (on) at::autocast::set_autocast_cpu_dtype(at::kBFloat16);
    at::autocast::set_cpu_enabled(on);
  }
#endif
}

}  // namespace

MixedPrecision::MixedPrecision(Device device, bool on) : device_(device), on_(on) {
  if (!on_) return;
  at::autocast::increment_nesting();
  switch_autocast(device_, true);
}

MixedPrecision::~MixedPrecision() {
  if (!on_) return;
  switch_autocast(device_, false);
  // Weights in bfloat16 are kept for one forward pass only.
  if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
}

}  // namespace bondscope::ml
