#pragma once

// A training step on a GPU whose some hundred kernels are started at once.

#include <functional>
#include <memory>

#include <torch/types.h>

#include "libml/nets/network.hpp"
#include "libml/train/batches.hpp"

namespace bondscope::ml {

/// What a forward pass made of a batch.
struct Judged {
  torch::Tensor loss;    ///< a scalar; from it gradients can be computed
  torch::Tensor errors;  ///< added up over the batch [target], without gradients
};

/// Loss and gradients of one batch after another. The networks are so small that a GPU is done with a kernel
/// before the processor has started the next one. So, once a few batches went through one by one, forward and
/// backward pass of a whole batch are recorded as a CUDA graph, and from then on only their numbers are
/// exchanged and the graph is started. Batches of another size go through one by one, as all do where the
/// recording is refused, with LibTorch before 2.5 and without CUDA. Dropout draws the same random numbers
/// either way.
///
/// On a GPU it moves all work of this thread to a stream of its own for as long as it lives, because nothing
/// can be recorded on the default one; hence it must be made after what it uses and be gone before that.
///
/// The part for CUDA has been compiled against the headers of LibTorch 2.6 with CUDA 12.4 but never been run.
class CapturedStep {
 public:
  /// Must do the same operations on the same memory whatever the batch holds, and not wait for the GPU.
  using Forward = std::function<Judged(const Batch&)>;

  /// For whole batches of `batch_size` through `module`, which must outlive it.
  CapturedStep(NetworkModule& module, Device device, std::size_t batch_size, Forward forward);
  ~CapturedStep();

  /// Whether this build can record.
  static bool available();

  /// The parameters' gradients are those of this batch alone afterwards. Loss and errors hold until the next
  /// batch, and the loss has no gradient any more.
  Judged run(const Batch& batch);

 private:
  class Recording;

  NetworkModule& module_;
  Forward forward_;
  std::unique_ptr<Recording> recording_;  ///< on a GPU
};

}  // namespace bondscope::ml
