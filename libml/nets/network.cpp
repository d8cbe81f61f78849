#include "libml/nets/network.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include "libml/nets/modules.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

/// Parameters and buffers by name; the counter of batches is of no use to us and not a float.
std::vector<std::pair<std::string, torch::Tensor>> named_tensors(const torch::nn::Module& module) {
  std::vector<std::pair<std::string, torch::Tensor>> all;
  for (const auto& item : module.named_parameters())
    all.emplace_back(item.key(), item.value());
  for (const auto& item : module.named_buffers())
    if (item.value().is_floating_point()) all.emplace_back(item.key(), item.value());
  return all;
}

auto find_array(const std::vector<NamedArray>& arrays, const std::string& name) {
  return std::find_if(arrays.begin(), arrays.end(), [&](const auto& array) { return array.name == name; });
}

std::string describe(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const auto extent : shape)
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "a single number" : text;
}

torch::Device torch_device(Device device) {
  return device == Device::cuda ? torch::kCUDA : torch::kCPU;
}

}  // namespace

const char* to_string(Device device) {
  return device == Device::cuda ? "cuda" : "cpu";
}

Device choose_device(const std::string& name) {
  if (name != "auto" && name != "cpu" && name != "cuda")
    throw ConfigError(fmt::format("--device {}: expected auto, cpu or cuda", name));
  if (name == "cpu") return Device::cpu;
  if (torch::cuda::is_available()) return Device::cuda;
  if (name == "cuda")
    throw ConfigError("--device cuda: this LibTorch (" TORCH_VERSION
                      ") was built without CUDA or sees no CUDA device; use --device cpu");
  return Device::cpu;
}

Network::Network(const NetworkSpec& spec, std::uint64_t seed, Device device)
    : spec_(spec), device_(device), module_(make_module(spec, seed)) {
  module_->to(torch_device(device));
}

Network::Network(Network&&) noexcept = default;
Network& Network::operator=(Network&&) noexcept = default;
Network::~Network() = default;

std::int64_t Network::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& parameter : module_->parameters())
    count += parameter.numel();
  return count;
}

std::vector<NamedArray> Network::arrays() const {
  std::vector<NamedArray> arrays;
  for (const auto& [name, tensor] : named_tensors(*module_)) {
    const auto values = tensor.detach().to(torch::kCPU).contiguous();
    const float* first = values.data_ptr<float>();
    arrays.push_back({name, tensor.sizes().vec(), std::vector<float>(first, first + values.numel())});
  }
  return arrays;
}

void Network::load(const std::vector<NamedArray>& arrays) {
  const torch::NoGradGuard no_gradient;
  auto tensors = named_tensors(*module_);
  for (auto& [name, tensor] : tensors) {
    const auto found = find_array(arrays, name);
    if (found == arrays.end())
      throw DataError(fmt::format("the weights lack the array '{}' of this network", name));
    if (found->shape != tensor.sizes().vec())
      throw DataError(fmt::format("the array '{}' is {}, this network's is {}", name, describe(found->shape),
                                  describe(tensor.sizes().vec())));
  }
  for (const auto& array : arrays)
    if (std::none_of(tensors.begin(), tensors.end(),
                     [&](const auto& item) { return item.first == array.name; }))
      throw DataError(
          fmt::format("the weights hold an array '{}' that this network does not have", array.name));
  for (auto& [name, tensor] : tensors) {
    const auto found = find_array(arrays, name);
    auto values = torch::empty(found->shape, torch::kFloat32);
    std::ranges::copy(found->floats(), values.data_ptr<float>());
    tensor.copy_(values);
  }
}

void Network::freeze(int blocks) {
  if (blocks < 0 || blocks > spec_.blocks)
    throw ConfigError(fmt::format("{} blocks cannot be frozen; the network has {}", blocks, spec_.blocks));
  module_->freeze(blocks);
}

std::vector<float> Network::evaluate(std::span<const float> images, std::span<const float> extent) const {
  const torch::NoGradGuard no_gradient;
  module_->eval();
  const std::int64_t per_image = std::int64_t{spec_.width} * spec_.height;
  const std::int64_t count = static_cast<std::int64_t>(images.size()) / per_image;
  if (spec_.extent && extent.size() != static_cast<std::size_t>(count * extent_inputs))
    throw DataError(
        fmt::format("the network is told the extent of every image, but {} numbers came with {} images",
                    extent.size(), count));
  const auto device = torch_device(device_);
  constexpr auto most = static_cast<std::int64_t>(evaluation_batch);
  std::vector<float> outputs;
  for (std::int64_t first = 0; first < count; first += most) {
    const std::int64_t n = std::min(most, count - first);
    auto batch = torch::empty({n, 1, spec_.width, spec_.height}, torch::kFloat32);
    std::copy_n(images.data() + first * per_image, n * per_image, batch.data_ptr<float>());
    torch::Tensor edges;
    if (spec_.extent) {
      edges = torch::empty({n, extent_inputs}, torch::kFloat32);
      std::copy_n(extent.data() + first * extent_inputs, n * extent_inputs, edges.data_ptr<float>());
      edges = edges.to(device);
    }
    const auto result = module_->forward(batch.to(device), edges).to(torch::kCPU).contiguous();
    outputs.insert(outputs.end(), result.data_ptr<float>(), result.data_ptr<float>() + result.numel());
  }
  return outputs;
}

}  // namespace bondscope::ml
