#include "libml/explain/layer_outputs.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <torch/torch.h>

#include "libml/nets/modules.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

torch::Tensor batch_tensor(const std::vector<float>& values, std::vector<std::int64_t> shape,
                           const Model& model) {
  auto tensor = torch::empty(shape, torch::kFloat32);
  std::ranges::copy(values, tensor.data_ptr<float>());
  return tensor.to(model.network().device() == Device::cuda ? torch::kCUDA : torch::kCPU);
}

torch::Tensor outputs_of(const Model& model, const SampleSet& samples, std::span<const std::size_t> batch,
                         std::size_t layer) {
  const auto& spec = model.network().spec();
  auto& module = model.network().module();
  const auto count = static_cast<std::int64_t>(batch.size());
  const auto images =
      batch_tensor(model.preprocessing().inputs(samples, batch), {count, 1, spec.width, spec.height}, model);
  const auto blocks = static_cast<std::size_t>(spec.blocks);
  if (layer < blocks) return module.blocks(images, static_cast<int>(layer) + 1);
  torch::Tensor extent;
  if (spec.extent)
    extent = batch_tensor(model.preprocessing().extents(samples, batch), {count, extent_inputs}, model);
  return module.seen_by_output(images, extent);
}

}  // namespace

std::vector<float> LayerOutputs::of_one(std::size_t image, std::size_t channel) const {
  const std::size_t places = along_kx * along_ky;
  const auto first = values.begin() + static_cast<std::ptrdiff_t>((image * channels + channel) * places);
  return {first, first + static_cast<std::ptrdiff_t>(places)};
}

std::vector<std::string> layers_from_below(const NetworkSpec& spec) {
  std::vector<std::string> layers;
  for (int block = 1; block <= spec.blocks; ++block)
    layers.push_back("block" + std::to_string(block));
  if (spec.hidden > 0) layers.emplace_back("hidden");
  return layers;
}

LayerOutputs layer_outputs(const Model& model, const SampleSet& samples, std::span<const std::size_t> chosen,
                           std::size_t layer) {
  const auto& spec = model.network().spec();
  const auto layers = layers_from_below(spec).size();
  if (layer >= layers || samples.image.width != spec.width || samples.image.height != spec.height)
    throw DataError(fmt::format(
        "layer {} of {}, for images of {} x {} pixels, expected one of {} and {} x {}", layer,
        model.folder.string(), samples.image.width, samples.image.height, layers, spec.width, spec.height));
  check_positions(samples, chosen);
  const torch::NoGradGuard no_gradient;
  model.network().module().eval();
  LayerOutputs all;
  for (std::size_t first = 0; first < chosen.size(); first += Network::evaluation_batch) {
    const auto batch = chosen.subspan(first, std::min(Network::evaluation_batch, chosen.size() - first));
    const auto made = outputs_of(model, samples, batch, layer).to(torch::kCPU).contiguous();
    const auto per_image = static_cast<std::size_t>(made.numel()) / batch.size();
    if (chosen.size() > most_layer_values / per_image)
      throw ConfigError(fmt::format(
          "{} images make {} numbers each in {}, more than memory should hold; expected at "
          "most {} images",
          chosen.size(), per_image, layers_from_below(spec)[layer], most_layer_values / per_image));
    all.images += batch.size();
    all.channels = static_cast<std::size_t>(made.size(1));
    if (made.dim() == 4) {
      all.along_kx = static_cast<std::size_t>(made.size(2));
      all.along_ky = static_cast<std::size_t>(made.size(3));
    }
    all.values.insert(all.values.end(), made.data_ptr<float>(), made.data_ptr<float>() + made.numel());
  }
  return all;
}

}  // namespace bondscope::ml
