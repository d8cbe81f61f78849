// The passes of the first block, which has one channel.

#include <algorithm>
#include <vector>

#include "libml/nets/fused/chosen_kernels.hpp"
#include "libml/nets/fused/passes.inc.hpp"

namespace bondscope::ml::fused {
namespace {

constexpr int taps = 9;

/// Filters [9][filters].
Tensor by_tap(const Tensor& weight) {
  return weight.detach().reshape({weight.size(0), taps}).t().contiguous();
}

/// Mean and variance of the convolution's output follow from those of the patches m and C: w·m + b and wᵀCw.
Statistics from_patches(const std::vector<double>& moments, const Tensor& filters, const Tensor& bias) {
  const auto count = static_cast<std::size_t>(bias.numel());
  Statistics statistics{std::vector<double>(count), std::vector<double>(count)};
  for (std::size_t c = 0; c < count; ++c) {
    const auto w = [&](std::size_t k) { return static_cast<double>(values(filters)[k * count + c]); };
    statistics.mean[c] = static_cast<double>(values(bias)[c]);
    for (std::size_t k = 0; k < taps; ++k) {
      statistics.mean[c] += w(k) * moments[k];
      for (std::size_t l = 0; l < taps; ++l)
        statistics.variance[c] += w(k) * w(l) * moments[taps + taps * k + l];
    }
    statistics.variance[c] = std::max(statistics.variance[c], 0.0);
  }
  return statistics;
}

/// Mean [9] and covariance [9][9] of the patches of all images.
std::vector<double> patch_moments(const Kernels& kernels, const Shape& shape, const Tensor& padded) {
  PerImage sums(shape.images, taps + taps * taps);
  const std::int64_t size = padded[0].numel();
  each_image(shape.images, 0, [&](std::int64_t i, float*) {
    const auto moments = kernels.patch_moments(shape.plane(), values(padded) + i * size);
    std::copy_n(moments.first, taps, sums.of(i));
    std::copy_n(&moments.second[0][0], taps * taps, sums.of(i) + taps);
  });
  auto moments = sums.sum();
  for (auto& moment : moments)
    moment /= static_cast<double>(shape.values());
  for (std::size_t k = 0; k < taps; ++k)
    for (std::size_t l = 0; l < taps; ++l)
      moments[taps + taps * k + l] -= moments[k] * moments[l];
  return moments;
}

/// Convolution and normalisation in one: filters and offsets of z.
struct ScaledFilters {
  std::vector<float> filters, offset;

  ScaledFilters(const Tensor& by_tap_filters, const Tensor& bias, const Factors& factors)
      : offset(factors.offset) {
    const auto count = offset.size();
    for (std::size_t i = 0; i < taps * count; ++i)
      filters.push_back(values(by_tap_filters)[i] * factors.factor[i % count]);
    for (std::size_t c = 0; c < count; ++c)
      offset[c] += values(bias)[c] * factors.factor[c];
  }
};

}  // namespace

Tensor first_forward(const Tensor& batch, const BlockTensors& block, const BlockMode& mode, Kept* kept) {
  const auto& kernels = chosen_kernels();
  const Shape shape(batch, block.weight);
  const auto padded =
      torch::constant_pad_nd(batch.detach().reshape({shape.images, shape.height, shape.width}), {1, 1, 1, 1});
  const auto filters = by_tap(block.weight), bias = block.bias.detach().contiguous();
  std::vector<double> moments;
  if (mode.training) moments = patch_moments(kernels, shape, padded);
  const auto statistics = mode.training ? from_patches(moments, filters, bias) : running_statistics(block);
  if (mode.training) move_running_statistics(block, statistics, mode.momentum, shape.values());
  const ScaledFilters scaled(filters, bias, Factors(statistics, block, mode.epsilon));
  auto pooled = empty_images(shape.images, shape.filters, shape.height / 2, shape.width / 2);
  const auto size = padded[0].numel(), pooled_size = shape.pixels() / 4 * shape.filters;
  each_image(shape.images, 0, [&](std::int64_t i, float*) {
    kernels.convolve_and_pool(shape.plane(), values(padded) + i * size, scaled.filters.data(),
                              scaled.offset.data(), pooled.data_ptr<float>() + i * pooled_size);
  });
  if (kept) *kept = {padded, {}, statistics, moments};
  return pooled;
}

Gradients first_backward(const Tensor& pooled_gradient, const Kept& kept, const BlockTensors& block,
                         const BlockMode& mode) {
  const auto& kernels = chosen_kernels();
  Shape shape(kept.images.unsqueeze(1), block.weight);
  shape.height -= 2;  // the border
  shape.width -= 2;
  const auto filters = by_tap(block.weight), bias = block.bias.detach().contiguous();
  const Factors factors(kept.statistics, block, mode.epsilon);
  const ScaledFilters scaled(filters, bias, factors);
  const auto count = static_cast<std::size_t>(shape.filters);
  const auto size = kept.images[0].numel(), pooled_size = shape.pixels() / 4 * shape.filters;
  PerImage sums(shape.images, shape.filters), patch_sums(shape.images, taps * shape.filters);
  each_image(shape.images, 0, [&](std::int64_t i, float*) {
    kernels.convolve_and_pool_sums(shape.plane(), values(kept.images) + i * size, scaled.filters.data(),
                                   scaled.offset.data(), values(pooled_gradient) + i * pooled_size,
                                   sums.of(i), patch_sums.of(i));
  });
  const auto sum = sums.sum(), by_patch = patch_sums.sum();  // Σ dL/dz and Σ dL/dz·patch [9][filters]

  const auto w = [&](std::size_t k, std::size_t c) {
    return static_cast<double>(values(filters)[k * count + c]);
  };
  std::vector<double> weighted(count);  // Σ dL/dz·(x - mean), where x = w·patch + b
  for (std::size_t c = 0; c < count; ++c) {
    weighted[c] = (static_cast<double>(values(bias)[c]) - factors.mean[c]) * sum[c];
    for (std::size_t k = 0; k < taps; ++k)
      weighted[c] += w(k, c) * by_patch[k * count + c];
  }
  const NormalisationGradient normalisation(factors, sum, weighted, mode.training, shape.values());
  auto weight = torch::empty_like(block.weight.detach(), torch::MemoryFormat::Contiguous);
  for (std::size_t c = 0; c < count; ++c)
    for (std::size_t k = 0; k < taps; ++k) {
      double gradient = static_cast<double>(factors.factor[c]) * by_patch[k * count + c];
      if (mode.training) {
        // Σ dL/dx·patch with dL/dx = factor·dL/dz + slope·(x - mean) + constant.
        double covariance = 0;
        for (std::size_t l = 0; l < taps; ++l)
          covariance += kept.patch_moments[taps + taps * k + l] * w(l, c);
        gradient += static_cast<double>(shape.values()) *
                    (static_cast<double>(normalisation.slope[c]) * covariance +
                     static_cast<double>(normalisation.constant[c]) * kept.patch_moments[k]);
      }
      weight.data_ptr<float>()[c * taps + k] = static_cast<float>(gradient);
    }
  return {.images = {},
          .weight = weight,
          .bias = bias_gradient(factors, sum, mode.training),
          .scale = normalisation.scale,
          .shift = normalisation.shift};
}

}  // namespace bondscope::ml::fused
