#include "libml/train/batches.hpp"

#include <algorithm>

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "libml/nets/modules.hpp"
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

/// The image [kx][ky] mirrored in place.
void mirror(std::span<float> image, std::size_t height, bool along_kx, bool along_ky) {
  const std::size_t width = image.size() / height;
  if (along_kx)
    for (std::size_t x = 0; x < width / 2; ++x)
      std::swap_ranges(&image[x * height], &image[x * height] + height, &image[(width - 1 - x) * height]);
  if (along_ky)
    for (std::size_t x = 0; x < width; ++x)
      std::reverse(&image[x * height], &image[x * height] + height);
}

/// (kx_min, kx_max, ky_min, ky_max) in its scaled form, of the mirrored image.
void mirror_extent(float* edges, const Preprocessing& p, bool along_kx, bool along_ky) {
  const auto exchange = [&](std::size_t low, std::size_t high) {
    const auto value = [&](std::size_t i) {
      return static_cast<double>(edges[i]) * p.extent[i].scale + p.extent[i].offset;
    };
    const double new_low = -value(high), new_high = -value(low);
    edges[low] = static_cast<float>((new_low - p.extent[low].offset) / p.extent[low].scale);
    edges[high] = static_cast<float>((new_high - p.extent[high].offset) / p.extent[high].scale);
  };
  if (along_kx) exchange(0, 1);
  if (along_ky) exchange(2, 3);
}

}  // namespace

Batches::Batches(const Network& network, const Recipe& recipe, const TrainingData& data)
    : network_(network),
      recipe_(recipe),
      data_(data),
      device_(network.device() == Device::cuda ? torch::kCUDA : torch::kCPU) {
  targets_ = scaled_targets(recipe, data).to(device_);
  const auto count = static_cast<std::int64_t>(data.chosen.size());
  if (recipe.network.extent)
    extent_ = to_tensor(data.preprocessing.extents(data.samples, data.chosen), {count, extent_inputs});
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
    const auto& mean = data.preprocessing.mean_image;
    mean_image_ = (mean.empty() ? torch::zeros({per_image}) : to_tensor(mean, {per_image})).to(device_);
  }
  if (network.module().frozen() > 0) {
    compute_features();
    pixels_ = Tensor();
  }
}

std::size_t Batches::size() const {
  return data_.chosen.size();
}

std::vector<std::size_t> Batches::mirrors(std::size_t count, std::uint64_t turn) const {
  const auto& a = recipe_.augmentation;
  Random random(recipe_.seed, "augmentation", turn);
  std::vector<std::size_t> all(count, none);
  if (!a.flip_kx && !a.flip_ky) return all;
  for (auto& one : all) {
    const auto bits = random.bits();
    one = (a.flip_kx && (bits & 1) ? kx : none) + (a.flip_ky && (bits & 2) ? ky : none);
  }
  return all;
}

Batch Batches::pick(std::span<const std::size_t> positions, std::uint64_t turn, bool mirrored) const {
  const auto mirror_of =
      mirrored ? mirrors(positions.size(), turn) : std::vector<std::size_t>(positions.size(), none);
  Batch batch;
  const auto index = index_tensor(positions);
  batch.targets = targets_.index_select(0, send(index, device_));
  if (recipe_.network.extent) {
    batch.extent = extent_.index_select(0, index);
    for (std::size_t i = 0; i < positions.size(); ++i)
      mirror_extent(batch.extent.data_ptr<float>() + i * extent_inputs, data_.preprocessing,
                    mirror_of[i] & kx, mirror_of[i] & ky);
    batch.extent = send(batch.extent, device_);
  }
  if (!features_.defined()) {
    batch.inputs = images(positions, mirror_of);
    return batch;
  }
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < positions.size(); ++i)
    rows.push_back(place_of_[mirror_of[i]] * size() + positions[i]);
  batch.inputs = features_.index_select(0, send(index_tensor(rows), device_));
  return batch;
}

Tensor Batches::images(std::span<const std::size_t> positions, std::span<const std::size_t> mirrored) const {
  if (!device_.is_cuda()) return images_on_cpu(positions, mirrored);
  const auto& image = data_.samples.image;
  auto batch = pixels_.index_select(0, send(index_tensor(positions), device_)).to(torch::kFloat32);
  batch = batch.sub_(mean_image_).mul_(data_.preprocessing.pixel_max / white(image));
  batch = batch.view({-1, 1, image.width, image.height});
  for (const auto& [which, axis] : {std::pair{kx, 2}, std::pair{ky, 3}}) {
    std::vector<std::uint8_t> flags;
    for (const auto one : mirrored)
      flags.push_back((one & which) != 0);
    if (std::ranges::none_of(flags, [](auto flag) { return flag != 0; })) continue;
    auto mask = torch::empty({static_cast<std::int64_t>(flags.size()), 1, 1, 1}, torch::kUInt8);
    std::ranges::copy(flags, mask.data_ptr<std::uint8_t>());
    batch = torch::where(send(mask, device_).to(torch::kBool), batch.flip(axis), batch);
  }
  return batch;
}

Tensor Batches::images_on_cpu(std::span<const std::size_t> positions,
                              std::span<const std::size_t> mirrored) const {
  const auto& image = data_.samples.image;
  const auto count = static_cast<std::int64_t>(positions.size());
  const std::size_t size = data_.samples.pixels_per_image();
  auto batch = torch::empty({count, 1, image.width, image.height}, torch::kFloat32);
  float* first = batch.data_ptr<float>();
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const std::span<float> row(first + i * size, size);
      data_.preprocessing.input(data_.samples, data_.chosen[positions[i]], row);
      mirror(row, static_cast<std::size_t>(image.height), mirrored[i] & kx, mirrored[i] & ky);
    }
  });
  return batch;
}

void Batches::compute_features() {
  const torch::NoGradGuard no_gradient;
  auto& module = network_.module();
  const bool training = module.is_training();
  module.eval();
  const auto& a = recipe_.augmentation;
  std::vector<Tensor> all;
  std::size_t places = 0;
  for (std::size_t kind = 0; kind < place_of_.size(); ++kind) {
    if (((kind & kx) && !a.flip_kx) || ((kind & ky) && !a.flip_ky)) continue;
    place_of_[kind] = places++;
    std::vector<std::size_t> positions;
    for (std::size_t first = 0; first < size(); first += positions.size()) {
      positions.clear();
      while (positions.size() < Network::evaluation_batch && first + positions.size() < size())
        positions.push_back(first + positions.size());
      const std::vector<std::size_t> mirrored(positions.size(), kind);
      all.push_back(module.blocks(images(positions, mirrored), module.frozen()));
    }
  }
  if (!all.empty()) features_ = torch::cat(all);
  module.train(training);
}

}  // namespace bondscope::ml
