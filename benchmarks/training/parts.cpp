#include <algorithm>
#include <functional>

#include <ATen/Parallel.h>
#include <time.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include "benchmarks/training/variant.hpp"
#include "libml/nets/fused/block.hpp"
#include "libml/nets/fused/chosen_kernels.hpp"

using namespace bondscope;

namespace bench {
namespace {

using torch::Tensor;

double seconds_of(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

Part measure(const std::string& name, double gflop, double gbyte, int repeats,
             const std::function<void()>& work) {
  Part part{name, 1e30, 1e30, gflop, gbyte};
  work();
  for (int i = 0; i < repeats; ++i) {
    const double start = seconds_of(CLOCK_MONOTONIC), processor = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
    work();
    part.processor = std::min(part.processor, seconds_of(CLOCK_PROCESS_CPUTIME_ID) - processor);
    part.seconds = std::min(part.seconds, seconds_of(CLOCK_MONOTONIC) - start);
  }
  return part;
}

/// Sizes of a block's convolution.
struct Size {
  int height, width, channels;
  double pixels() const { return double{batch} * height * width; }
  double gflop() const { return 1e-9 * pixels() * 2 * 9 * channels * filters; }
  double input_gbyte() const { return 4e-9 * pixels() * channels; }
  double output_gbyte() const { return 4e-9 * pixels() * filters; }
};

Size size_of(int block) {
  return {width >> block, height >> block, block == 0 ? 1 : filters};
}

/// Collects parts; those with the same name are added.
class Parts {
 public:
  explicit Parts(int repeats) : repeats_(repeats) {}
  void add(const std::string& name, double gflop, double gbyte, const std::function<void()>& work) {
    const Part part = measure(name, gflop, gbyte, repeats_, work);
    const auto known = std::find_if(parts_.begin(), parts_.end(), [&](auto& p) { return p.name == name; });
    if (known == parts_.end()) {
      parts_.push_back(part);
      return;
    }
    known->seconds += part.seconds;
    known->processor += part.processor;
    known->gflop += part.gflop;
    known->gbyte += part.gbyte;
  }
  std::vector<Part> take() { return std::move(parts_); }

 private:
  int repeats_;
  std::vector<Part> parts_;
};

/// What all variants do alike, apart from the optimiser's parameters' layout.
void add_rest(Parts& parts) {
  const auto images = torch::rand({4 * batch, 1, width, height});
  const auto index = torch::randperm(4 * batch).slice(0, 0, batch);
  const double gbyte = 2 * 4e-9 * batch * width * height;
  parts.add("batch: index_select", 0, gbyte, [&] { images.index_select(0, index); });
  const auto features = torch::rand({batch, (width >> blocks) * (height >> blocks) * filters});
  torch::nn::Linear linear(features.size(1), 1);
  torch::nn::Dropout dropout(0.2);
  const auto targets = torch::rand({batch, 1});
  parts.add("dropout, linear, loss", 0, 0, [&] {
    auto in = features.detach().requires_grad_();
    (0.5 * (linear->forward(dropout->forward(in)) - targets).square().sum(1).mean()).backward();
  });
  std::vector<Tensor> parameters;
  for (int block = 0; block < blocks; ++block)
    for (const auto& shape : std::vector<std::vector<std::int64_t>>{
             {filters, block == 0 ? 1 : filters, 3, 3}, {filters}, {filters}, {filters}}) {
      parameters.push_back(torch::rand(shape).requires_grad_());
      parameters.back().mutable_grad() = torch::rand(shape);
    }
  torch::optim::SGD optimiser(parameters, torch::optim::SGDOptions(1e-9).momentum(0.9));
  parts.add("optimiser, zero_grad", 0, 0, [&] {
    optimiser.step();
    optimiser.zero_grad();
    for (auto& parameter : parameters)
      parameter.mutable_grad() = torch::empty_like(parameter);
  });
}

std::vector<Part> libtorch_parts(bool channels_last, int repeats) {
  const torch::NoGradGuard no_gradient;
  const auto format = channels_last ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
  const auto make = [&](std::vector<std::int64_t> shape) { return torch::rand(shape).contiguous(format); };
  Parts parts(repeats);
  for (int block = 0; block < blocks; ++block) {
    const Size size = size_of(block);
    auto in = make({batch, size.channels, size.height, size.width});
    if (size.channels == 1 && channels_last)
      in = in.reshape({batch, size.height, size.width, 1}).permute({0, 3, 1, 2});
    const auto weight = make({filters, size.channels, 3, 3});
    const auto bias = torch::rand({filters});
    const auto out = torch::conv2d(in, weight, bias, 1, 1);
    const auto gradient = torch::rand_like(out);
    const double moved = size.input_gbyte() + size.output_gbyte(), all = size.output_gbyte();
    parts.add("convolution", size.gflop(), moved, [&] { torch::conv2d(in, weight, bias, 1, 1); });
    const auto backward = [&](bool data, bool filter) {
      at::convolution_backward(gradient, in, weight, at::IntArrayRef{filters}, {1, 1}, {1, 1}, {1, 1}, false,
                               {0, 0}, 1, {data, filter, filter});
    };
    if (block > 0)
      parts.add("convolution, gradient of its input", size.gflop(), moved, [&] { backward(true, false); });
    parts.add("convolution, gradient of its filters", size.gflop(), moved, [&] { backward(false, true); });

    const auto one = torch::ones({filters}), zero = torch::zeros({filters});
    const auto normalised = at::native_batch_norm(out, one, zero, zero.clone(), one.clone(), true, 0.1, 1e-5);
    parts.add("normalisation", 0, 3 * all,
              [&] { at::native_batch_norm(out, one, zero, zero.clone(), one.clone(), true, 0.1, 1e-5); });
    parts.add("normalisation, gradient", 0, 5 * all, [&] {
      at::native_batch_norm_backward(gradient, out, one, zero, one, std::get<1>(normalised),
                                     std::get<2>(normalised), true, 1e-5, {true, true, true});
    });
    const auto active = torch::relu(std::get<0>(normalised));
    parts.add("ReLU", 0, 2 * all, [&] { torch::relu(std::get<0>(normalised)); });
    parts.add("ReLU, gradient", 0, 3 * all, [&] { at::threshold_backward(gradient, active, 0); });
    const auto pooled = torch::avg_pool2d(active, 2);
    parts.add("pooling", 0, 1.25 * all, [&] { torch::avg_pool2d(active, 2); });
    parts.add("pooling, gradient", 0, 1.25 * all, [&] {
      at::avg_pool2d_backward(pooled, active, {2, 2}, {2, 2}, {0, 0}, false, true, {});
    });
  }
  const torch::AutoGradMode with_gradient(true);
  add_rest(parts);
  return parts.take();
}

/// The kernels by themselves, on arrays of one image after another.
class OurParts {
 public:
  explicit OurParts(int repeats) : parts_(repeats) {}

  std::vector<Part> all() {
    add_first();
    for (int block = 1; block < blocks; ++block)
      add_block(size_of(block));
    add_rest(parts_);
    return parts_.take();
  }

 private:
  using Shape = bondscope::ml::fused::Plane;

  /// Calls work(image, scratch).
  template <class Work>
  void each_image(const std::string& name, double gflop, double gbyte, std::size_t scratch, Work work) {
    parts_.add(name, gflop, gbyte, [&] {
      at::parallel_for(0, batch, 1, [&](std::int64_t first, std::int64_t last) {
        std::vector<float> memory(scratch);
        for (auto i = first; i < last; ++i)
          work(i, memory.data());
      });
    });
  }

  static float* data(Tensor& tensor, std::int64_t image) {
    return tensor.data_ptr<float>() + image * tensor[0].numel();
  }

  void add_first() {
    const Size size = size_of(0);
    const ml::fused::Plane plane{size.height, size.width, filters};
    auto padded = torch::rand({batch, size.height + 2, size.width + 2});
    auto pooled = torch::rand({batch, size.height / 2, size.width / 2, filters});
    auto weights = torch::rand({9, filters}) - 0.5, offset = torch::zeros({filters});
    auto sums = torch::empty({batch, 10, filters}, torch::kFloat64);
    const double in = size.input_gbyte(), out = size.output_gbyte() / 4;
    each_image("block 1: statistics of the patches", 0, in, 0,
               [&](auto i, float*) { kernels_.patch_moments(plane, data(padded, i)); });
    each_image("block 1: all at once", size.gflop(), in + out, 0, [&](auto i, float*) {
      kernels_.convolve_and_pool(plane, data(padded, i), weights.template data_ptr<float>(),
                                 offset.template data_ptr<float>(), data(pooled, i));
    });
    each_image("block 1: gradients", 2 * size.gflop(), in + out, 0, [&](auto i, float*) {
      double* const sum = sums.template data_ptr<double>() + i * 10 * filters;
      kernels_.convolve_and_pool_sums(plane, data(padded, i), weights.template data_ptr<float>(),
                                      offset.template data_ptr<float>(), data(pooled, i), sum, sum + filters);
    });
  }

  void add_block(const Size& size) {
    const ml::fused::Convolution convolution{size.height, size.width, filters, filters};
    const ml::fused::Plane plane{size.height, size.width, filters};
    auto images = torch::rand({batch, size.height, size.width, filters}), out = torch::rand_like(images);
    auto pooled = torch::rand({batch, size.height / 2, size.width / 2, filters});
    auto weights = torch::rand({3, 3, filters, filters}) - 0.5;
    auto transformed = torch::empty({batch, ml::fused::frequencies, filters, filters});
    auto channel = torch::rand({filters});
    const float* const c = channel.data_ptr<float>();
    auto sums = torch::empty({batch, 2, filters}, torch::kFloat64);
    const auto sum = [&](std::int64_t i) { return sums.data_ptr<double>() + i * 2 * filters; };
    const auto scratch = kernels_.scratch(convolution);
    const double all = size.output_gbyte();
    parts_.add("transformation of the filters", 0, 0, [&] {
      for (int i = 0; i < 2; ++i)
        kernels_.transform_filters(weights.data_ptr<float>(), filters, filters, data(transformed, i));
    });
    each_image("convolution", size.gflop(), 2 * all, scratch, [&](auto i, float* memory) {
      kernels_.convolve(convolution, data(images, i), data(transformed, 0), c, memory, data(out, i));
    });
    each_image("statistics", 0, all, 0,
               [&](auto i, float*) { kernels_.statistics(plane, data(out, i), sum(i), sum(i) + filters); });
    each_image("normalisation, ReLU, pooling", 0, 1.25 * all, 0, [&](auto i, float*) {
      kernels_.pool(plane, data(out, i), {c, c, c}, data(pooled, i));
    });
    each_image("their gradient: sums", 0, 1.25 * all, 0, [&](auto i, float*) {
      kernels_.pool_sums(plane, data(out, i), {c, c, c}, data(pooled, i), sum(i), sum(i) + filters);
    });
    const auto values = static_cast<std::size_t>(images[0].numel());
    each_image("their gradient: values", 0, 1.25 * all, values, [&](auto i, float* memory) {
      kernels_.pool_gradient(plane, data(out, i), {c, c, c}, {c, c}, data(pooled, i), memory);
    });
    each_image("convolution, gradient of its input", size.gflop(), 2 * all, scratch,
               [&](auto i, float* memory) {
                 kernels_.convolve(convolution, data(out, i), data(transformed, 0), nullptr, memory,
                                   data(images, i));
               });
    each_image("convolution, gradient of its filters", size.gflop(), 2 * all,
               scratch + static_cast<std::size_t>(9 * filters * filters), [&](auto i, float* memory) {
                 kernels_.filter_gradient(convolution, data(images, i), data(out, i), memory,
                                          data(transformed, i));
                 kernels_.gather_filters(data(transformed, i), filters, filters, memory + scratch);
               });
  }

  Parts parts_;
  const ml::fused::Kernels& kernels_ = ml::fused::chosen_kernels();
};

}  // namespace

std::vector<Part> parts(Variant variant, int repeats) {
  return variant == Variant::ours ? OurParts(repeats).all()
                                  : libtorch_parts(variant == Variant::layout, repeats);
}

Part matrix_product(int threads) {
  const torch::NoGradGuard no_gradient;
  at::set_num_threads(threads);
  constexpr int n = 2048;
  const auto a = torch::rand({n, n}), b = torch::rand({n, n});
  auto c = torch::empty({n, n});
  return measure("limit: product of matrices", 2e-9 * n * n * n, 0, 10, [&] { torch::mm_out(c, a, b); });
}

Part array_sum(int threads) {
  const torch::NoGradGuard no_gradient;
  at::set_num_threads(threads);
  constexpr std::int64_t n = 1 << 27;
  const auto a = torch::rand({n}), b = torch::rand({n});
  auto c = torch::empty({n});
  return measure("limit: sum of two arrays", 0, 3 * 4e-9 * n, 5, [&] { torch::add_out(c, a, b); });
}

}  // namespace bench
