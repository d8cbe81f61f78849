#include "libml/explain/gradients.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <torch/torch.h>

#include "libml/nets/modules.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

using torch::Tensor;

torch::Device device_of(const Model& model) {
  return model.network().device() == Device::cuda ? torch::kCUDA : torch::kCPU;
}

Tensor tensor_of(std::span<const float> values, std::vector<std::int64_t> shape, const Model& model) {
  auto tensor = torch::empty(shape, torch::kFloat32);
  std::ranges::copy(values, tensor.data_ptr<float>());
  return tensor.to(device_of(model));
}

/// An image and its extent as a batch of one, for a network in evaluation mode.
struct Question {
  Tensor image, extent;
};

Question question(const Model& model, std::span<const float> image, std::span<const float> extent,
                  std::size_t output) {
  const auto& spec = model.network().spec();
  if (image.size() != static_cast<std::size_t>(spec.width) * static_cast<std::size_t>(spec.height) ||
      extent.size() != (spec.extent ? std::size_t{extent_inputs} : 0) ||
      output >= static_cast<std::size_t>(spec.outputs))
    throw DataError(
        fmt::format("an image of {} pixels, {} numbers of its extent and output {} do not fit a network for "
                    "{} x {} pixels",
                    image.size(), extent.size(), output, spec.width, spec.height));
  model.network().module().eval();
  Question one{.image = tensor_of(image, {1, 1, spec.width, spec.height}, model), .extent = {}};
  if (spec.extent) one.extent = tensor_of(extent, {1, extent_inputs}, model);
  return one;
}

/// From the network's answer to the target's unit.
double scale_of(const Model& model, std::size_t output) {
  return model.network().spec().classes ? 1 : model.preprocessing().targets[output].scale;
}

void expect_convolutions(const Model& model, const char* method) {
  if (model.network().spec().kind != "cnn")
    throw ConfigError(fmt::format("{}: the network of {} has no convolutions; expected network.kind cnn",
                                  method, model.folder.string()));
}

std::vector<float> values_of(const Tensor& tensor) {
  const auto values = tensor.detach().to(torch::kCPU).to(torch::kFloat32).contiguous();
  return {values.data_ptr<float>(), values.data_ptr<float>() + values.numel()};
}

}  // namespace

std::vector<float> integrated_gradients(const Model& model, std::span<const float> image,
                                        std::span<const float> extent, std::size_t output, int steps) {
  if (steps < 1) throw ConfigError("integrated gradients: expected at least one step");
  constexpr int batch = 16;
  const auto [inputs, told] = question(model, image, extent, output);
  auto& module = model.network().module();
  auto sum = torch::zeros_like(inputs);
  for (int first = 0; first < steps; first += batch) {
    const int count = std::min(batch, steps - first);
    const auto places =
        ((torch::arange(first, first + count, torch::kFloat32) + 0.5) / steps).view({-1, 1, 1, 1});
    auto way = (places.to(inputs.device()) * inputs).detach().set_requires_grad(true);
    const auto answers = module.forward(way, told.defined() ? told.expand({count, -1}) : Tensor());
    const auto gradient =
        torch::autograd::grad({answers.select(1, static_cast<std::int64_t>(output)).sum()}, {way});
    sum += gradient[0].sum(0, true);
  }
  return values_of(inputs * sum * (scale_of(model, output) / steps));
}

std::vector<float> grad_cam(const Model& model, std::span<const float> image, std::span<const float> extent,
                            std::size_t output) {
  expect_convolutions(model, "Grad-CAM");
  const auto [inputs, told] = question(model, image, extent, output);
  const auto& spec = model.network().spec();
  auto& module = model.network().module();
  const auto unpooled = module.unpooled(inputs).detach();
  auto pooled = module.blocks(inputs, spec.blocks).detach().set_requires_grad(true);
  const auto answer = module.rest(pooled, told, spec.blocks).select(1, static_cast<std::int64_t>(output));
  // Of averages over as many pixels as unpooled has more.
  const double share = static_cast<double>(pooled.numel()) / static_cast<double>(unpooled.numel());
  const auto gradient = torch::autograd::grad({answer.sum()}, {pooled})[0] * share;
  auto map = (gradient.mean({2, 3}, true) * unpooled).sum(1, true) * scale_of(model, output);
  if (spec.classes) map = map.relu();
  namespace f = torch::nn::functional;
  return values_of(f::interpolate(map, f::InterpolateFuncOptions()
                                           .size(std::vector<std::int64_t>{spec.width, spec.height})
                                           .mode(torch::kBilinear)
                                           .align_corners(false)));
}

Contributions contributions(const Model& model, std::span<const float> image, std::span<const float> extent,
                            std::size_t output) {
  const torch::NoGradGuard no_gradient;
  const auto [inputs, told] = question(model, image, extent, output);
  if (!is_additive(model.network().spec()))
    throw ConfigError(
        fmt::format("{}: its answers are no sums over cells of the image; expected a network "
                    "that was trained with network.additive=true",
                    model.folder.string()));
  auto& module = model.network().module();
  const auto parts = module.contributions(inputs, told)[0][static_cast<std::int64_t>(output)].to(torch::kCPU);
  const double scale = scale_of(model, output);
  Contributions all{.cells_kx = static_cast<std::size_t>(parts.size(0)),
                    .cells_ky = static_cast<std::size_t>(parts.size(1)),
                    .parts = {}};
  double sum = 0;
  for (const float part : values_of(parts)) {
    all.parts.push_back(scale * static_cast<double>(part));
    sum += static_cast<double>(part);
  }
  const auto answer = module.forward(inputs, told)[0][static_cast<std::int64_t>(output)].item<float>();
  const double offset = model.network().spec().classes ? 0 : model.preprocessing().targets[output].offset;
  all.rest = offset + scale * (static_cast<double>(answer) - sum);
  return all;
}

}  // namespace bondscope::ml
