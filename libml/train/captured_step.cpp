#include "libml/train/captured_step.hpp"

#include <optional>
#include <utility>
#include <vector>

#include <torch/version.h>

#include "libml/nets/modules.hpp"

// Before 2.5 a recording that fails leaves the random generator unusable.
#if defined(PMD_TORCH_CUDA) && \
    (TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5))
#define PMD_CAPTURE_STEPS
#include <ATen/Context.h>
#include <ATen/autocast_mode.h>
#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#endif

namespace bondscope::ml {
namespace {

using torch::Tensor;

void drop_gradients(NetworkModule& module) {
  for (auto& parameter : module.parameters())
    parameter.mutable_grad() = Tensor();
}

}  // namespace

#ifdef PMD_CAPTURE_STEPS
namespace {

/// Whole batches that LibTorch needs to choose kernels, load them and reserve memory, none of which can be
/// recorded.
constexpr int warm_up = 3;

/// Weights in bfloat16 must be made anew by the recording itself, not taken from before it.
class WithoutAutocastCache {
 public:
  WithoutAutocastCache() : before_(at::autocast::is_autocast_cache_enabled()) {
    at::autocast::set_autocast_cache_enabled(false);
  }
  WithoutAutocastCache(const WithoutAutocastCache&) = delete;
  WithoutAutocastCache& operator=(const WithoutAutocastCache&) = delete;
  ~WithoutAutocastCache() { at::autocast::set_autocast_cache_enabled(before_); }

 private:
  bool before_;
};

}  // namespace

class CapturedStep::Recording {
 public:
  explicit Recording(std::size_t batch_size)
      : batch_size_(static_cast<std::int64_t>(batch_size)), stream_(c10::cuda::getStreamFromPool()) {
    // What the default stream was told to do must be done before this one builds on it.
    c10::cuda::device_synchronize();
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording() {
    try {
      c10::cuda::device_synchronize();
    } catch (const c10::Error&) {
      // Whoever uses the GPU next is told the same.
    }
  }

  /// Nothing if this batch has to go through one by one.
  std::optional<Judged> run(NetworkModule& module, const Batch& batch, const Forward& forward) {
    if (refused_ || batch.inputs.size(0) != batch_size_) return std::nullopt;
    if (!graph_) {
      if (whole_batches_++ < warm_up) return std::nullopt;
      refused_ = !record(module, batch, forward);
      if (refused_) return std::nullopt;
    }
    return replay(batch);
  }

 private:
  /// Computes nothing yet. False if it is refused; all is then as if it had never been tried.
  bool record(NetworkModule& module, const Batch& like, const Forward& forward) {
    batch_ = {torch::empty_like(like.inputs),
              like.extent.defined() ? torch::empty_like(like.extent) : Tensor(),
              torch::empty_like(like.targets)};
    // Gradients that are not there yet are made in the graph's memory and written, not added to, each time.
    drop_gradients(module);
    auto graph = std::make_unique<at::cuda::CUDAGraph>();
    try {
      stream_.current_stream().synchronize();
      graph->capture_begin();
      {
        const WithoutAutocastCache no_cache;
        const auto made = forward(batch_);
        made.loss.backward();
        result_ = {made.loss.detach(), made.errors};
      }
      graph->capture_end();
    } catch (const std::exception&) {
      give_up(module, *graph);
      return false;
    }
    for (auto& parameter : module.parameters())
      if (parameter.grad().defined()) gradients_.emplace_back(parameter, parameter.grad());
    graph_ = std::move(graph);
    return true;
  }

  Judged replay(const Batch& batch) {
    batch_.inputs.copy_(batch.inputs);
    if (batch_.extent.defined()) batch_.extent.copy_(batch.extent);
    batch_.targets.copy_(batch.targets);
    // A batch that went through one by one has left others.
    for (auto& [parameter, gradient] : gradients_)
      parameter.mutable_grad() = gradient;
    graph_->replay();
    return result_;
  }

  void give_up(NetworkModule& module, at::cuda::CUDAGraph& graph) {
    try {
      graph.capture_end();
    } catch (const std::exception&) {
      // It says once more what is wrong, but the stream is free.
    }
    batch_ = {};
    result_ = {};
    drop_gradients(module);
    // The generator still believes in the recording; one with the same numbers does not.
    auto generator = at::globalContext().defaultGenerator(torch::kCUDA);
    generator.graphsafe_set_state(generator.clone());
  }

  std::int64_t batch_size_;
  int whole_batches_ = 0;
  bool refused_ = false;
  c10::cuda::CUDAStreamGuard stream_;
  std::unique_ptr<at::cuda::CUDAGraph> graph_;
  Batch batch_;                                       ///< where the graph reads
  Judged result_;                                     ///< where it writes
  std::vector<std::pair<Tensor, Tensor>> gradients_;  ///< parameters, and where it writes their gradients
};

bool CapturedStep::available() {
  return true;
}

#else

class CapturedStep::Recording {
 public:
  explicit Recording(std::size_t) {}
  std::optional<Judged> run(NetworkModule&, const Batch&, const Forward&) { return std::nullopt; }
};

bool CapturedStep::available() {
  return false;
}

#endif

CapturedStep::CapturedStep(NetworkModule& module, Device device, std::size_t batch_size, Forward forward)
    : module_(module), forward_(std::move(forward)) {
  if (available() && device == Device::cuda) recording_ = std::make_unique<Recording>(batch_size);
}

CapturedStep::~CapturedStep() = default;

Judged CapturedStep::run(const Batch& batch) {
  if (recording_)
    if (const auto made = recording_->run(module_, batch, forward_)) return *made;
  drop_gradients(module_);
  const auto made = forward_(batch);
  made.loss.backward();
  return {made.loss.detach(), made.errors};
}

}  // namespace bondscope::ml
