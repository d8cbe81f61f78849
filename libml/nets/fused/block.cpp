#include "libml/nets/fused/block.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/Parallel.h>
#include <torch/autograd.h>

#include "libml/nets/fused/chosen_kernels.hpp"

namespace bondscope::ml::fused {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A plain view of a batch and its block.
struct Shape {
  std::int64_t images;
  int channels, filters, height, width;

  Shape(const Tensor& batch, const Tensor& weight)
      : images(batch.size(0)),
        channels(static_cast<int>(batch.size(1))),
        filters(static_cast<int>(weight.size(0))),
        height(static_cast<int>(batch.size(2))),
        width(static_cast<int>(batch.size(3))) {}

  Plane plane() const { return {height, width, filters}; }
  std::int64_t pixels() const { return std::int64_t{height} * width; }
  std::int64_t values() const { return images * pixels(); }
  Convolution forward() const { return {height, width, channels, filters}; }
  Convolution backward() const { return {height, width, filters, channels}; }
};

Tensor floats(std::int64_t count) {
  return torch::empty({count}, torch::kFloat32);
}

const float* values(const Tensor& tensor) {
  return tensor.data_ptr<float>();
}

Tensor channels_last(const Tensor& tensor) {
  return tensor.detach().contiguous(torch::MemoryFormat::ChannelsLast);
}

Tensor empty_images(std::int64_t n, int channels, int height, int width) {
  return torch::empty({n, channels, height, width},
                      torch::TensorOptions(torch::kFloat32).memory_format(torch::MemoryFormat::ChannelsLast));
}

/// Numbers of each image, [image][count], and their sum in the order of the images: independent of the
/// threads that computed them.
class PerImage {
 public:
  PerImage(std::int64_t images, std::int64_t count)
      : images_(images), count_(count), values_(static_cast<std::size_t>(images * count)) {}
  double* of(std::int64_t image) { return values_.data() + image * count_; }
  std::vector<double> sum() const {
    std::vector<double> sum(static_cast<std::size_t>(count_));
    for (std::int64_t i = 0; i < images_; ++i)
      for (std::int64_t k = 0; k < count_; ++k)
        sum[static_cast<std::size_t>(k)] += values_[static_cast<std::size_t>(i * count_ + k)];
    return sum;
  }

 private:
  std::int64_t images_, count_;
  std::vector<double> values_;
};

/// Mean and variance (divided by the number of values) per channel.
struct Statistics {
  std::vector<double> mean, variance;
};

/// From those of the images, each over as many values (Chan, Golub, LeVeque, Am. Stat. 37, 242 (1983)).
Statistics merge(PerImage& means, PerImage& squares, const Shape& shape) {
  Statistics merged{means.sum(), squares.sum()};
  const auto images = static_cast<double>(shape.images), pixels = static_cast<double>(shape.pixels());
  for (std::size_t c = 0; c < merged.mean.size(); ++c) {
    merged.mean[c] /= images;
    for (std::int64_t i = 0; i < shape.images; ++i) {
      const double deviation = means.of(i)[c] - merged.mean[c];
      merged.variance[c] += pixels * deviation * deviation;
    }
    merged.variance[c] /= images * pixels;
  }
  return merged;
}

Statistics running_statistics(const BlockTensors& block) {
  const auto copy = [](const Tensor& tensor) {
    const auto all = tensor.detach().contiguous();
    return std::vector<double>(values(all), values(all) + all.numel());
  };
  return {copy(block.running_mean), copy(block.running_variance)};
}

void move_running_statistics(const BlockTensors& block, const Statistics& batch, double momentum,
                             std::int64_t count) {
  const double unbiased = static_cast<double>(count) / static_cast<double>(count - 1);
  const auto move = [momentum](const Tensor& running, const std::vector<double>& now, double correction) {
    auto detached = running.detach();
    auto access = detached.accessor<float, 1>();
    for (std::size_t c = 0; c < now.size(); ++c) {
      float& value = access[static_cast<std::int64_t>(c)];
      value =
          static_cast<float>((1 - momentum) * static_cast<double>(value) + momentum * correction * now[c]);
    }
  };
  move(block.running_mean, batch.mean, 1);
  move(block.running_variance, batch.variance, unbiased);
}

/// The normalisation of a forward pass, and all that its gradient needs.
struct Factors {
  std::vector<double> mean, inverse;          ///< inverse: of the standard deviation
  std::vector<float> mean_f, factor, offset;  ///< z = factor·x + offset

  Factors(const Statistics& statistics, const BlockTensors& block, double epsilon)
      : mean(statistics.mean), inverse(mean.size()), mean_f(mean.begin(), mean.end()) {
    const auto scale = block.scale.detach().contiguous(), shift = block.shift.detach().contiguous();
    for (std::size_t c = 0; c < mean.size(); ++c) {
      inverse[c] = 1 / std::sqrt(statistics.variance[c] + epsilon);
      const double f = static_cast<double>(values(scale)[c]) * inverse[c];
      factor.push_back(static_cast<float>(f));
      offset.push_back(static_cast<float>(static_cast<double>(values(shift)[c]) - mean[c] * f));
    }
  }
  Normalisation view() const { return {mean_f.data(), factor.data(), offset.data()}; }
};

/// Gradients of the parameters of one normalisation, and what they mean for that of its input.
struct NormalisationGradient {
  Tensor scale, shift;
  std::vector<float> slope, constant;  ///< BackwardNormalisation

  /// From the sums of dL/dz and dL/dz·(x - mean) over `count` values.
  NormalisationGradient(const Factors& factors, const std::vector<double>& sum,
                        const std::vector<double>& weighted, bool training, std::int64_t count)
      : scale(floats(static_cast<std::int64_t>(sum.size()))),
        shift(floats(static_cast<std::int64_t>(sum.size()))),
        slope(sum.size()),
        constant(sum.size()) {
    for (std::size_t c = 0; c < sum.size(); ++c) {
      scale.data_ptr<float>()[c] = static_cast<float>(weighted[c] * factors.inverse[c]);
      shift.data_ptr<float>()[c] = static_cast<float>(sum[c]);
      if (!training) continue;  // running statistics do not depend on the input
      const double per_value = static_cast<double>(factors.factor[c]) / static_cast<double>(count);
      slope[c] = static_cast<float>(-per_value * weighted[c] * factors.inverse[c] * factors.inverse[c]);
      constant[c] = static_cast<float>(-per_value * sum[c]);
    }
  }
  BackwardNormalisation view() const { return {slope.data(), constant.data()}; }
};

/// Of the convolution's bias: nothing where the batch's mean takes it out again.
Tensor bias_gradient(const Factors& factors, const std::vector<double>& sum, bool training) {
  auto gradient = torch::zeros({static_cast<std::int64_t>(sum.size())}, torch::kFloat32);
  if (!training)
    for (std::size_t c = 0; c < sum.size(); ++c)
      gradient.data_ptr<float>()[c] = static_cast<float>(static_cast<double>(factors.factor[c]) * sum[c]);
  return gradient;
}

/// What a forward pass leaves for the backward pass.
struct Kept {
  Tensor images;       ///< as the kernels read them; the first block's with a border
  Tensor convolution;  ///< output of the convolution; none for the first block
  Statistics statistics;
  std::vector<double>
      patch_moments;  ///< first block, training: mean [9] and covariance [9][9] of its patches
};

/// Calls work(image, scratch) for all images, on all threads.
template <class Work>
void each_image(std::int64_t images, std::size_t scratch, Work work) {
  at::parallel_for(0, images, 1, [&](std::int64_t first, std::int64_t last) {
    auto memory = floats(static_cast<std::int64_t>(scratch));
    for (std::int64_t i = first; i < last; ++i)
      work(i, memory.data_ptr<float>());
  });
}

// ---- blocks with as many channels as filters, or another multiple of 32

Tensor transformed(const Kernels& kernels, const Tensor& by_place, std::int64_t channels,
                   std::int64_t count) {
  auto result = floats(frequencies * channels * count);
  kernels.transform_filters(values(by_place), static_cast<int>(channels), static_cast<int>(count),
                            result.data_ptr<float>());
  return result;
}

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

struct Wanted {
  bool images, weight;
};

struct Gradients {
  Tensor images, weight, bias, scale, shift;
};

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

// ---- the first block: one channel

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

// ---- for autograd

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
