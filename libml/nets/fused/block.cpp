#include "libml/nets/fused/block.hpp"

#include <vector>

#include <torch/autograd.h>

#include "libml/nets/fused/passes.inc.hpp"

namespace bondscope::ml::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

Tensor forward_any(const Tensor& images, const BlockTensors& block, const BlockMode& mode, Kept* kept) {
  return images.size(1) == 1 ? first_forward(images, block, mode, kept) : forward(images, block, mode, kept);
}

Tensor to_tensor(const std::vector<double>& numbers) {
  return torch::tensor(numbers, torch::kFloat64);
}

std::vector<double> to_vector(const Tensor& tensor) {
  return {tensor.data_ptr<double>(), tensor.data_ptr<double>() + tensor.numel()};
}

class BlockFunction : public torch::autograd::Function<BlockFunction> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& images, const Tensor& weight,
                        const Tensor& bias, const Tensor& scale, const Tensor& shift,
                        const Tensor& running_mean, const Tensor& running_variance, bool training,
                        double momentum, double epsilon) {
    Kept kept;
    auto pooled = forward_any(images, {weight, bias, scale, shift, running_mean, running_variance},
                              {training, momentum, epsilon}, &kept);
    // Saved are the parameters themselves: LibTorch refuses if they have changed before the backward pass.
    context->save_for_backward({kept.images, kept.convolution, weight, bias, scale, shift});
    auto& data = context->saved_data;
    data["mean"] = to_tensor(kept.statistics.mean);
    data["variance"] = to_tensor(kept.statistics.variance);
    data["moments"] = to_tensor(kept.patch_moments);
    data["training"] = training;
    data["epsilon"] = epsilon;
    data["images"] = images.requires_grad();
    data["weight"] = weight.requires_grad();
    return pooled;
  }

  static variable_list backward(AutogradContext* context, variable_list outputs) {
    const auto saved = context->get_saved_variables();
    auto& data = context->saved_data;
    const Kept kept{saved[0],
                    saved[1],
                    {to_vector(data["mean"].toTensor()), to_vector(data["variance"].toTensor())},
                    to_vector(data["moments"].toTensor())};
    const BlockTensors block{saved[2], saved[3], saved[4], saved[5], {}, {}};
    const BlockMode mode{data["training"].toBool(), 0, data["epsilon"].toDouble()};
    const auto gradient = channels_last(outputs[0]);
    auto g = kept.convolution.defined() ? fused::backward(gradient, kept, block, mode,
                                                          {data["images"].toBool(), data["weight"].toBool()})
                                        : first_backward(gradient, kept, block, mode);
    return {g.images, g.weight, g.bias, g.scale, g.shift, {}, {}, {}, {}, {}};
  }
};

bool plain(const Tensor& tensor) {
  return tensor.defined() && tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat32;
}

}  // namespace

bool takes(const Tensor& images, const BlockTensors& block) {
  for (const auto& tensor : {images, block.weight, block.bias, block.scale, block.shift, block.running_mean,
                             block.running_variance})
    if (!plain(tensor)) return false;
  const auto multiple = [](std::int64_t n) { return n > 0 && n % channel_multiple == 0; };
  if (images.dim() != 4 || block.weight.dim() != 4 || images.size(1) != block.weight.size(1)) return false;
  if (images.size(0) == 0 || block.weight.size(2) != 3 || block.weight.size(3) != 3) return false;
  for (const auto side : {images.size(2), images.size(3)})
    if (side == 0 || side % 2 != 0 || side > 1 << 14) return false;
  if (!multiple(block.weight.size(0)) || block.weight.size(0) > 1 << 12) return false;
  return images.size(1) == 1 ? !(images.requires_grad() && torch::GradMode::is_enabled())
                             : multiple(images.size(1)) && images.size(1) <= 1 << 12;
}

Tensor block(const Tensor& images, const BlockTensors& block, const BlockMode& mode) {
  const bool wanted = torch::GradMode::is_enabled() &&
                      (images.requires_grad() || block.weight.requires_grad() || block.bias.requires_grad() ||
                       block.scale.requires_grad() || block.shift.requires_grad());
  if (!wanted) return forward_any(images, block, mode, nullptr);
  return BlockFunction::apply(images, block.weight, block.bias, block.scale, block.shift, block.running_mean,
                              block.running_variance, mode.training, mode.momentum, mode.epsilon);
}

}  // namespace bondscope::ml::fused
