#include "libml/train/batches.hpp"

#include <algorithm>
#include <numeric>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "libml/nets/modules.hpp"
#include "libml/train/turning.hpp"
#include "libpmd/base/random/random.hpp"

namespace bondscope::ml {
namespace {

using torch::Tensor;

Tensor to_tensor(const std::vector<float>& values, std::vector<std::int64_t> shape) {
  auto tensor = torch::empty(shape, torch::kFloat32);
  std::copy(values.begin(), values.end(), tensor.data_ptr<float>());
  return tensor;
}

/// Pinned memory can be copied to a GPU without waiting for what that still has to do.
Tensor send(const Tensor& tensor, torch::Device device) {
  return device.is_cuda() ? tensor.pin_memory().to(device, tensor.scalar_type(), true) : tensor;
}

Tensor index_tensor(std::span<const std::size_t> values) {
  auto index = torch::empty({static_cast<std::int64_t>(values.size())}, torch::kInt64);
  std::copy(values.begin(), values.end(), index.data_ptr<std::int64_t>());
  return index;
}

Tensor scaled_targets(const Recipe& recipe, const TrainingData& data) {
  const auto targets = static_cast<std::int64_t>(recipe.targets.size());
  const auto count = static_cast<std::int64_t>(data.chosen.size());
  auto tensor = torch::empty({count, targets}, torch::kFloat32);
  for (std::int64_t i = 0; i < count * targets; ++i) {
    const auto& s = data.preprocessing.targets[static_cast<std::size_t>(i % targets)];
    tensor.data_ptr<float>()[i] =
        static_cast<float>((data.targets[static_cast<std::size_t>(i)] - s.offset) / s.scale);
  }
  return recipe.classes.empty() ? tensor : tensor.flatten().to(torch::kInt64);
}

}  // namespace

Batches::Batches(const Network& network, const Recipe& recipe, const TrainingData& data)
    : network_(network),
      recipe_(recipe),
      data_(data),
      device_(network.device() == Device::cuda ? torch::kCUDA : torch::kCPU),
      copies_(copies(recipe.augmentation.mirrors())) {
  targets_ = scaled_targets(recipe, data).to(device_);
  const auto count = static_cast<std::int64_t>(data.chosen.size());
  if (recipe.network.extent) {
    std::vector<Tensor> of_copies;
    for (const auto& copy : copies_)
      of_copies.push_back(
          to_tensor(data.preprocessing.extents(data.samples, data.chosen, copy), {count, extent_inputs}));
    extent_ = torch::cat(of_copies);
  }
  if (device_.is_cuda()) {
    const auto per_image = static_cast<std::int64_t>(data.samples.pixels_per_image());
    const bool floats = data.samples.has_floats();
    pixels_ = torch::empty({count, per_image}, floats ? torch::kFloat32 : torch::kUInt8);
    for (std::size_t i = 0; i < data.chosen.size(); ++i) {
      const auto first = i * data.samples.pixels_per_image();
      if (floats)
        std::ranges::copy(data.samples.floats_of(data.chosen[i]), pixels_.data_ptr<float>() + first);
      else
        std::ranges::copy(data.samples.image_of(data.chosen[i]), pixels_.data_ptr<std::uint8_t>() + first);
    }
    pixels_ = pixels_.to(device_);
  }
  const bool turning = recipe.augmentation.rotation_deg > 0;
  if (device_.is_cuda() || turning) {
    const auto& image = data.samples.image;
    const auto& mean = data.preprocessing.mean_image;
    const auto pixels = static_cast<std::int64_t>(data.samples.pixels_per_image());
    mean_image_ = (mean.empty() ? torch::zeros({pixels}) : to_tensor(mean, {pixels}))
                      .view({1, 1, image.width, image.height})
                      .to(device_);
  }
  if (network.module().frozen() > 0 && !turning) compute_features();
  if (features_.defined()) pixels_ = Tensor();
}

std::size_t Batches::size() const {
  return data_.chosen.size();
}

std::vector<std::size_t> Batches::chosen_copies(std::size_t count, std::uint64_t turn) const {
  std::vector<std::size_t> all(count, 0);
  if (copies_.size() == 1) return all;
  const auto& a = recipe_.augmentation;
  Random random(recipe_.seed, "augmentation", turn);
  for (auto& one : all) {
    const auto bits = random.bits();
    const Mirrors drawn{a.flip_kx && (bits & 1), a.flip_ky && (bits & 2)};
    one = static_cast<std::size_t>(std::ranges::find(copies_, drawn) - copies_.begin());
  }
  return all;
}

Batch Batches::pick(std::span<const std::size_t> positions, std::uint64_t turn, bool augmented) const {
  const auto copies =
      augmented ? chosen_copies(positions.size(), turn) : std::vector<std::size_t>(positions.size(), 0);
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < positions.size(); ++i)
    rows.push_back(copies[i] * size() + positions[i]);
  Batch batch;
  batch.targets = targets(send(index_tensor(positions), device_), copies);
  if (recipe_.network.extent) batch.extent = send(extent_.index_select(0, index_tensor(rows)), device_);
  if (features_.defined()) {
    batch.inputs = features_.index_select(0, send(index_tensor(rows), device_));
    return batch;
  }
  const bool turning = augmented && recipe_.augmentation.rotation_deg > 0;
  batch.inputs = turning ? turned_images(positions, copies, turn) : images(positions, copies);
  if (network_.module().frozen() > 0) batch.inputs = frozen_blocks(batch.inputs);
  return batch;
}

/// The mean image does not turn.
Tensor Batches::turned_images(std::span<const std::size_t> positions, Chosen copies,
                              std::uint64_t turn) const {
  std::vector<Extent> extents;
  for (std::size_t i = 0; i < positions.size(); ++i)
    extents.push_back(mirrored(data_.samples.samples[data_.chosen[positions[i]]].extent, copies_[copies[i]]));
  const auto angles = random_angles(positions.size(), recipe_.augmentation.rotation_deg, recipe_.seed, turn);
  const auto mean = mean_image_ * (data_.preprocessing.pixel_max / white(data_.samples.image));
  return turned(images(positions, copies) + mean, extents, angles).sub_(mean);
}

/// Of a mirrored run -value where the sign says so: scaled, (-value - offset)/scale.
Tensor Batches::targets(const Tensor& index, Chosen copies) const {
  auto batch = targets_.index_select(0, index);
  const auto count = data_.preprocessing.targets.size();
  auto factors = torch::ones({static_cast<std::int64_t>(copies.size()), static_cast<std::int64_t>(count)});
  auto shifts = torch::zeros_like(factors);
  bool turned = false;
  for (std::size_t i = 0; i < copies.size(); ++i)
    for (std::size_t t = 0; t < count; ++t) {
      if (data_.signs.of(t, copies_[copies[i]]) > 0) continue;
      turned = true;
      const auto& s = data_.preprocessing.targets[t];
      factors.data_ptr<float>()[i * count + t] = -1;
      shifts.data_ptr<float>()[i * count + t] = static_cast<float>(-2 * s.offset / s.scale);
    }
  return turned ? batch * factors.to(device_) + shifts.to(device_) : batch;
}

Tensor Batches::images(std::span<const std::size_t> positions, Chosen copies) const {
  if (!device_.is_cuda()) return images_on_cpu(positions, copies);
  const auto& image = data_.samples.image;
  auto batch = pixels_.index_select(0, send(index_tensor(positions), device_)).to(torch::kFloat32);
  batch = batch.view({-1, 1, image.width, image.height});
  for (const auto& [which, axis] : {std::pair{&Mirrors::along_kx, 2}, {&Mirrors::along_ky, 3}}) {
    std::vector<std::uint8_t> flags;
    for (const auto copy : copies)
      flags.push_back(copies_[copy].*which);
    if (std::ranges::none_of(flags, [](auto flag) { return flag != 0; })) continue;
    auto mask = torch::empty({static_cast<std::int64_t>(flags.size()), 1, 1, 1}, torch::kUInt8);
    std::ranges::copy(flags, mask.data_ptr<std::uint8_t>());
    batch = torch::where(send(mask, device_).to(torch::kBool), batch.flip(axis), batch);
  }
  return (batch - mean_image_).mul_(data_.preprocessing.pixel_max / white(image));
}

Tensor Batches::images_on_cpu(std::span<const std::size_t> positions, Chosen copies) const {
  const auto& image = data_.samples.image;
  const auto count = static_cast<std::int64_t>(positions.size());
  const std::size_t size = data_.samples.pixels_per_image();
  auto batch = torch::empty({count, 1, image.width, image.height}, torch::kFloat32);
  float* first = batch.data_ptr<float>();
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i)
      data_.preprocessing.input(data_.samples, data_.chosen[positions[i]],
                                std::span<float>(first + i * size, size), copies_[copies[i]]);
  });
  return batch;
}

/// They are in evaluation mode, whatever the others are in.
Tensor Batches::frozen_blocks(const Tensor& images) const {
  const torch::NoGradGuard no_gradient;
  auto& module = network_.module();
  return module.blocks(images, module.frozen());
}

void Batches::compute_features() {
  std::vector<std::size_t> positions;
  for (std::size_t copy = 0; copy < copies_.size(); ++copy)
    for (std::size_t first = 0; first < size(); first += positions.size()) {
      positions.resize(std::min(Network::evaluation_batch, size() - first));
      std::iota(positions.begin(), positions.end(), first);
      const auto made = frozen_blocks(images(positions, std::vector<std::size_t>(positions.size(), copy)));
      if (!features_.defined()) {
        const auto rows = static_cast<std::int64_t>(copies_.size() * size());
        auto shape = made.sizes().vec();
        if (made[0].numel() > most_feature_bytes / static_cast<std::int64_t>(sizeof(float)) / rows) return;
        shape[0] = rows;
        features_ = torch::empty(shape, made.options().memory_format(made.suggest_memory_format()));
      }
      features_
          .narrow(0, static_cast<std::int64_t>(copy * size() + first),
                  static_cast<std::int64_t>(positions.size()))
          .copy_(made);
    }
}

}  // namespace bondscope::ml
