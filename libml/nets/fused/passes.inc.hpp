#pragma once

// What the passes of both kinds of blocks have in common: statistics, normalisation, and what a forward pass
// keeps for the backward pass. For the files beside this one only.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include <ATen/Parallel.h>
#include <torch/types.h>

#include "libml/nets/fused/block.hpp"
#include "libml/nets/fused/kernels.hpp"

namespace bondscope::ml::fused {

using torch::Tensor;

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

inline Tensor floats(std::int64_t count) {
  return torch::empty({count}, torch::kFloat32);
}

inline const float* values(const Tensor& tensor) {
  return tensor.data_ptr<float>();
}

inline Tensor channels_last(const Tensor& tensor) {
  return tensor.detach().contiguous(torch::MemoryFormat::ChannelsLast);
}

inline Tensor empty_images(std::int64_t n, int channels, int height, int width) {
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
inline Statistics merge(PerImage& means, PerImage& squares, const Shape& shape) {
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

inline Statistics running_statistics(const BlockTensors& block) {
  const auto copy = [](const Tensor& tensor) {
    const auto all = tensor.detach().contiguous();
    return std::vector<double>(values(all), values(all) + all.numel());
  };
  return {copy(block.running_mean), copy(block.running_variance)};
}

inline void move_running_statistics(const BlockTensors& block, const Statistics& batch, double momentum,
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
inline Tensor bias_gradient(const Factors& factors, const std::vector<double>& sum, bool training) {
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

/// Which gradients somebody asks for, beside those that cost nothing.
struct Wanted {
  bool images, weight;
};

/// With respect to what the block was given.
struct Gradients {
  Tensor images, weight, bias, scale, shift;
};

// Blocks with as many channels as filters, or another multiple of 32: wide_block.cpp.

Tensor forward(const Tensor& batch, const BlockTensors& block, const BlockMode& mode, Kept* kept);
Gradients backward(const Tensor& pooled_gradient, const Kept& kept, const BlockTensors& block,
                   const BlockMode& mode, Wanted wanted);

// The first block, of one channel: first_block.cpp.

Tensor first_forward(const Tensor& batch, const BlockTensors& block, const BlockMode& mode, Kept* kept);
Gradients first_backward(const Tensor& pooled_gradient, const Kept& kept, const BlockTensors& block,
                         const BlockMode& mode);

}  // namespace bondscope::ml::fused
