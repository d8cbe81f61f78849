#pragma once

// bfloat16 where it is enough.

#include "libml/nets/network.hpp"

namespace bondscope::ml {

/// As long as it lives, and if `on`: LibTorch computes convolutions and fully connected layers in bfloat16
/// and the rest in single precision. Its exponents are those of float, so losses need no scaling.
class MixedPrecision {
 public:
  /// Switches it on for as long as this lives, where the device can.
  MixedPrecision(Device device, bool on);
  MixedPrecision(const MixedPrecision&) = delete;
  MixedPrecision& operator=(const MixedPrecision&) = delete;
  ~MixedPrecision();

 private:
  Device device_;
  bool on_;
};

}  // namespace bondscope::ml
