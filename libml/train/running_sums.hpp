#pragma once

// Sums over the batches of an epoch that stay on the GPU.

#include <vector>

#include <torch/types.h>

#include "libml/train/preprocessing.hpp"
#include "libml/train/training_state.hpp"

namespace bondscope::ml {

/// To look at a number on a GPU is to wait until all it was told is done, so batches only add to these. When
/// they are looked at does not change them.
class RunningSums {
 public:
  /// None yet, of targets scaled like that.
  RunningSums(torch::Device device, const std::vector<TargetScaling>& scaling);

  /// Goes on from these.
  void start(const Sums& from);
  /// A batch's mean loss and its errors added up [target], on the device.
  void add(const torch::Tensor& loss, const torch::Tensor& errors, std::int64_t samples);
  /// What was summed so far.
  Sums read() const;

 private:
  std::uint64_t samples_ = 0;
  torch::Tensor sums_, units_;  ///< double precision: of the loss, then of each target's error
};

}  // namespace bondscope::ml
