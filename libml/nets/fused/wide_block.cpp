// The passes of blocks with as many channels as filters, or another multiple of 32.

#include <algorithm>
#include <vector>

#include "libml/nets/fused/chosen_kernels.hpp"
#include "libml/nets/fused/passes.inc.hpp"

namespace bondscope::ml::fused {
namespace {

Tensor transformed(const Kernels& kernels, const Tensor& by_place, std::int64_t channels,
                   std::int64_t count) {
  auto result = floats(frequencies * channels * count);
  kernels.transform_filters(values(by_place), static_cast<int>(channels), static_cast<int>(count),
                            result.data_ptr<float>());
  return result;
}

}  // namespace

Tensor forward(const Tensor& batch, const BlockTensors& block, const BlockMode& mode, Kept* kept) {
  const auto& kernels = chosen_kernels();
  const Shape shape(batch, block.weight);
  const auto images = channels_last(batch);
  const auto filters = transformed(kernels, block.weight.detach().permute({2, 3, 1, 0}).contiguous(),
                                   shape.channels, shape.filters);
  const auto bias = block.bias.detach().contiguous();
  const auto in_size = shape.pixels() * shape.channels, out_size = shape.pixels() * shape.filters;
  auto pooled = empty_images(shape.images, shape.filters, shape.height / 2, shape.width / 2);
  const auto pool = [&](const Factors& factors, std::int64_t i, const float* convolution) {
    kernels.pool(shape.plane(), convolution, factors.view(), pooled.data_ptr<float>() + i * out_size / 4);
  };
  const auto convolve = [&](std::int64_t i, float* scratch, float* out) {
    kernels.convolve(shape.forward(), values(images) + i * in_size, values(filters), values(bias), scratch,
                     out);
  };
  const auto scratch = kernels.scratch(shape.forward());

  if (!mode.training && !kept) {  // an image's convolution need not outlive it
    const Factors factors(running_statistics(block), block, mode.epsilon);
    each_image(shape.images, scratch + static_cast<std::size_t>(out_size),
               [&](std::int64_t i, float* memory) {
                 convolve(i, memory + out_size, memory);
                 pool(factors, i, memory);
               });
    return pooled;
  }

  auto convolution = floats(shape.images * out_size);
  PerImage means(shape.images, shape.filters), squares(shape.images, shape.filters);
  each_image(shape.images, scratch, [&](std::int64_t i, float* memory) {
    float* const out = convolution.data_ptr<float>() + i * out_size;
    convolve(i, memory, out);
    if (mode.training) kernels.statistics(shape.plane(), out, means.of(i), squares.of(i));
  });
  const auto statistics = mode.training ? merge(means, squares, shape) : running_statistics(block);
  if (mode.training) move_running_statistics(block, statistics, mode.momentum, shape.values());
  const Factors factors(statistics, block, mode.epsilon);
  each_image(shape.images, 0,
             [&](std::int64_t i, float*) { pool(factors, i, values(convolution) + i * out_size); });
  if (kept) *kept = {images, convolution, statistics, {}};
  return pooled;
}

Gradients backward(const Tensor& pooled_gradient, const Kept& kept, const BlockTensors& block,
                   const BlockMode& mode, Wanted wanted) {
  const auto& kernels = chosen_kernels();
  const Shape shape(kept.images, block.weight);
  const Factors factors(kept.statistics, block, mode.epsilon);
  const auto in_size = shape.pixels() * shape.channels, out_size = shape.pixels() * shape.filters;
  const auto pooled_at = [&](std::int64_t i) { return values(pooled_gradient) + i * out_size / 4; };
  const auto convolution_at = [&](std::int64_t i) { return values(kept.convolution) + i * out_size; };

  PerImage sums(shape.images, shape.filters), weighted(shape.images, shape.filters);
  each_image(shape.images, 0, [&](std::int64_t i, float*) {
    kernels.pool_sums(shape.plane(), convolution_at(i), factors.view(), pooled_at(i), sums.of(i),
                      weighted.of(i));
  });
  const auto sum = sums.sum();
  const NormalisationGradient normalisation(factors, sum, weighted.sum(), mode.training, shape.values());
  Gradients gradients{.images = {},
                      .weight = {},
                      .bias = bias_gradient(factors, sum, mode.training),
                      .scale = normalisation.scale,
                      .shift = normalisation.shift};
  if (!wanted.images && !wanted.weight) return gradients;

  // The gradient with respect to the input of a convolution is one of that with respect to its output, with
  // the filters turned by half a turn.
  Tensor turned;
  if (wanted.images) {
    turned = transformed(kernels, block.weight.detach().flip({2, 3}).permute({2, 3, 0, 1}).contiguous(),
                         shape.filters, shape.channels);
    gradients.images = empty_images(shape.images, shape.channels, shape.height, shape.width);
  }
  const std::int64_t filter_size = std::int64_t{shape.channels} * shape.filters;
  auto parts = floats(wanted.weight ? shape.images * 9 * filter_size : 0);
  const auto scratch = std::max(kernels.scratch(shape.forward()), kernels.scratch(shape.backward()));
  const auto memory = static_cast<std::size_t>(out_size + frequencies * filter_size) + scratch;
  each_image(shape.images, memory, [&](std::int64_t i, float* convolution_gradient) {
    float* const filters = convolution_gradient + out_size;
    float* const rest = filters + frequencies * filter_size;
    kernels.pool_gradient(shape.plane(), convolution_at(i), factors.view(), normalisation.view(),
                          pooled_at(i), convolution_gradient);
    if (wanted.weight) {
      kernels.filter_gradient(shape.forward(), values(kept.images) + i * in_size, convolution_gradient, rest,
                              filters);
      kernels.gather_filters(filters, shape.channels, shape.filters,
                             parts.data_ptr<float>() + i * 9 * filter_size);
    }
    if (wanted.images)
      kernels.convolve(shape.backward(), convolution_gradient, values(turned), nullptr, rest,
                       gradients.images.data_ptr<float>() + i * in_size);
  });
  if (wanted.weight) {
    auto total = torch::zeros({3, 3, shape.channels, shape.filters}, torch::kFloat32);
    float* const to = total.data_ptr<float>();
    const float* part = values(parts);
    for (std::int64_t i = 0; i < shape.images; ++i, part += 9 * filter_size)
      for (std::int64_t k = 0; k < 9 * filter_size; ++k)
        to[k] += part[k];
    gradients.weight = channels_last(total.permute({3, 2, 0, 1}));
  }
  return gradients;
}

}  // namespace bondscope::ml::fused
