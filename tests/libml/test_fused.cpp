// clang-format off: LibTorch includes glog, whose CHECK must be undefined before Catch2 defines its own.
#include <ATen/Parallel.h>
#include <torch/nn.h>
#undef CHECK
// clang-format on
#include <cmath>

#include <catch2/catch.hpp>

#include "libml/nets/fused/block.hpp"
#include "libml/nets/fused/chosen_kernels.hpp"
#include "libml/nets/modules.hpp"
#include "libpmd/base/random/random.hpp"

using namespace bondscope;

using bondscope::ml::fused::BlockMode;
using bondscope::ml::fused::BlockTensors;
using torch::Tensor;

namespace {

struct Case {
  std::int64_t images, channels, filters, height, width;
  bool training;
};

/// Standard normal numbers, or those around `mean` with another deviation.
Tensor numbers(bondscope::Random& random, const std::vector<std::int64_t>& shape, double mean = 0,
               double sd = 1) {
  auto tensor = torch::empty(shape, torch::kFloat64);
  for (std::int64_t i = 0; i < tensor.numel(); ++i)
    tensor.data_ptr<double>()[i] =
        mean + sd * std::sqrt(-2 * std::log1p(-random.uniform())) * std::cos(2 * M_PI * random.uniform());
  return tensor;
}

/// A block with all that goes in, and what comes out of it.
struct Trial {
  Tensor images, out_gradient;
  BlockTensors block;
  Tensor out;

  Trial(const Case& c, torch::Dtype type, std::uint64_t seed = 1) {
    bondscope::Random random(seed, "a block");
    const auto make = [&](const std::vector<std::int64_t>& shape, double mean, double sd) {
      return numbers(random, shape, mean, sd).to(torch::kFloat32).to(type);
    };
    images = make({c.images, c.channels, c.height, c.width}, 0.3, 1);
    out_gradient = make({c.images, c.filters, c.height / 2, c.width / 2}, 0.2, 1);
    block = {make({c.filters, c.channels, 3, 3}, 0, 1 / std::sqrt(9.0 * static_cast<double>(c.channels))),
             make({c.filters}, 0, 0.5),
             make({c.filters}, 1, 0.3),
             make({c.filters}, 0, 0.3),
             make({c.filters}, 0, 0.1),
             make({c.filters}, 0, 0.2).exp()};
    for (auto* tensor : parameters())
      tensor->requires_grad_();
    if (c.channels > 1) images.requires_grad_();
  }

  std::vector<Tensor*> parameters() { return {&block.weight, &block.bias, &block.scale, &block.shift}; }

  std::vector<std::pair<std::string, Tensor>> results() {
    return {{"output", out},
            {"gradient of the images", images.grad()},
            {"gradient of the weights", block.weight.grad()},
            {"gradient of the bias", block.bias.grad()},
            {"gradient of the scale", block.scale.grad()},
            {"gradient of the shift", block.shift.grad()},
            {"running mean", block.running_mean},
            {"running variance", block.running_variance}};
  }

  void run_fused(bool training) {
    REQUIRE(ml::fused::takes(images, block));
    out = ml::fused::block(images, block, {training, 0.1, 1e-5});
    out.backward(out_gradient);
  }
  void run_operators(bool training) {
    out = torch::conv2d(images, block.weight, block.bias, 1, 1);
    out = torch::batch_norm(out, block.scale, block.shift, block.running_mean, block.running_variance,
                            training, 0.1, 1e-5, false);
    out = torch::avg_pool2d(torch::relu(out), 2);
    out.backward(out_gradient);
  }
};

double difference(const Tensor& a, const Tensor& b) {
  return (a.detach().to(torch::kFloat64) - b.detach().to(torch::kFloat64)).abs().max().item<double>();
}

}  // namespace

TEST_CASE("a fused block is convolution, normalisation, ReLU and pooling") {
  const auto c = GENERATE(values<Case>({{3, 32, 32, 16, 8, true},
                                        {3, 32, 32, 16, 8, false},
                                        {2, 32, 64, 8, 12, true},
                                        {2, 64, 32, 12, 6, true},  // half a tile at the edge
                                        {1, 32, 32, 2, 2, true},
                                        {1, 32, 32, 10, 4, false},
                                        {2, 32, 32, 64, 32, true},
                                        {3, 1, 32, 16, 8, true},
                                        {3, 1, 64, 12, 6, true},
                                        {1, 1, 32, 6, 22, false},
                                        {2, 1, 32, 64, 32, true}}));
  CAPTURE(c.images, c.channels, c.filters, c.height, c.width, c.training);
  Trial exact(c, torch::kFloat64), ours(c, torch::kFloat32);
  exact.run_operators(c.training);
  ours.run_fused(c.training);
  const auto expected = exact.results(), found = ours.results();
  for (std::size_t i = 0; i < expected.size(); ++i) {
    INFO(expected[i].first);
    REQUIRE(found[i].second.defined() == expected[i].second.defined());
    if (!found[i].second.defined()) continue;
    CHECK(found[i].second.sizes() == expected[i].second.sizes());
    // A value so close to ReLU's corner that the precision decides would change a gradient by much more than
    // rounding, for LibTorch's operators as for ours; with this seed there is none.
    const double size = expected[i].second.abs().max().item<double>();
    CHECK(difference(found[i].second, expected[i].second) < 2e-5 * size + 2e-5);
  }
}

TEST_CASE("all kernels that this processor can execute agree") {
  using bondscope::ml::fused::Kernels;
  const ml::fused::Convolution of{10, 12, 32, 64};
  const ml::fused::Plane plane{10, 12, 64}, wide{10, 318, 32};
  bondscope::Random random(2, "kernels");
  const auto make = [&](const std::vector<std::int64_t>& shape) {
    return numbers(random, shape).to(torch::kFloat32);
  };
  const auto image = make({10, 12, 32}), filters = make({9, 32, 64}), bias = make({64});
  const auto gradient = make({10, 12, 64}), padded = make({12, 320});
  const auto results = [&](const Kernels& kernels) {
    const auto data = [](const Tensor& tensor) { return tensor.data_ptr<float>(); };
    const auto transformed = torch::empty({ml::fused::frequencies, 32, 64}), back = torch::empty({9, 32, 64});
    const auto out = torch::empty({10, 12, 64});
    const auto scratch = torch::empty({static_cast<std::int64_t>(kernels.scratch(of))});
    kernels.transform_filters(data(filters), 32, 64, data(transformed));
    kernels.convolve(of, data(image), data(transformed), data(bias), data(scratch), data(out));
    kernels.filter_gradient(of, data(image), data(gradient), data(scratch), data(transformed));
    kernels.gather_filters(data(transformed), 32, 64, data(back));
    const auto mean = torch::empty({64}, torch::kFloat64), squares = torch::empty({64}, torch::kFloat64);
    kernels.statistics(plane, data(out), mean.data_ptr<double>(), squares.data_ptr<double>());
    const auto moments = kernels.patch_moments(wide, data(padded));
    auto second = torch::empty({9, 9}, torch::kFloat64);
    std::copy_n(&moments.second[0][0], 81, second.data_ptr<double>());
    return std::vector<Tensor>{out, back, mean, squares, second};
  };
  const auto usable = ml::fused::usable_kernels();
  const auto expected = results(*usable.front());
  for (const auto* kernels : usable) {
    INFO(kernels->name);
    const auto found = results(*kernels);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(i);
      CHECK(difference(found[i], expected[i]) < 1e-5 * expected[i].abs().max().item<double>());
    }
  }
}

TEST_CASE("the moments of patches are sums over shifted images") {
  const ml::fused::Plane of{6, 298, 32};
  bondscope::Random random(3, "patches");
  auto padded = torch::zeros({8, 300});
  padded.slice(0, 1, 7).slice(1, 1, 299).copy_(numbers(random, {6, 298}, 3));
  const auto shifted = [&](int k) {
    return padded.slice(0, k / 3, k / 3 + 6).slice(1, k % 3, k % 3 + 298).to(torch::kFloat64);
  };
  for (const auto* kernels : ml::fused::usable_kernels()) {
    INFO(kernels->name);
    const auto moments = kernels->patch_moments(of, padded.data_ptr<float>());
    for (int k = 0; k < 9; ++k) {
      CHECK(moments.first[k] == Approx(shifted(k).sum().item<double>()).epsilon(1e-6));
      for (int l = 0; l < 9; ++l)
        CHECK(moments.second[k][l] == Approx((shifted(k) * shifted(l)).sum().item<double>()).epsilon(1e-6));
    }
  }
}

TEST_CASE("a fused block gives the same bits with any number of threads") {
  const auto c = GENERATE(values<Case>({{5, 32, 32, 16, 8, true}, {5, 1, 32, 16, 8, true}}));
  const int before = at::get_num_threads();
  Trial one(c, torch::kFloat32), two(c, torch::kFloat32);
  at::set_num_threads(1);
  one.run_fused(true);
  at::set_num_threads(2);
  two.run_fused(true);
  at::set_num_threads(before);
  const auto a = one.results(), b = two.results();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].first);
    REQUIRE(a[i].second.defined() == b[i].second.defined());
    if (a[i].second.defined()) CHECK(torch::equal(a[i].second, b[i].second));
  }
}

TEST_CASE("the memory layout of images, weights and gradients makes no difference") {
  const auto c = GENERATE(values<Case>({{2, 32, 32, 8, 16, true}, {2, 1, 32, 8, 16, true}}));
  Trial plain(c, torch::kFloat32), strided(c, torch::kFloat32);
  plain.run_fused(true);
  const auto every_other = [](const Tensor& tensor) {
    auto sizes = tensor.sizes().vec();
    sizes.back() *= 2;
    auto wide = torch::zeros(sizes).slice(-1, 0, sizes.back(), 2);
    wide.copy_(tensor.detach());
    REQUIRE_FALSE(wide.is_contiguous());
    return wide.requires_grad_(tensor.requires_grad());
  };
  strided.images = every_other(strided.images);
  strided.out_gradient = every_other(strided.out_gradient);
  for (auto* parameter : strided.parameters())
    *parameter = every_other(*parameter);
  strided.run_fused(true);
  const auto a = plain.results(), b = strided.results();
  for (std::size_t i = 0; i < a.size(); ++i) {
    INFO(a[i].first);
    if (a[i].second.defined()) CHECK(torch::equal(a[i].second, b[i].second));
  }
}

TEST_CASE("gradients of a fused block agree with finite differences") {
  // ReLU is never at its corner here: the shift lifts all values, so that the loss is smooth.
  const auto c =
      GENERATE(values<Case>({{2, 32, 32, 4, 4, true}, {2, 32, 32, 4, 4, false}, {2, 1, 32, 4, 4, true}}));
  CAPTURE(c.channels, c.training);
  Trial trial(c, torch::kFloat32);
  {
    const torch::NoGradGuard no_gradient;
    trial.block.shift += 30;
  }
  const auto mean = trial.block.running_mean.clone(), variance = trial.block.running_variance.clone();
  const auto loss = [&] {
    const torch::NoGradGuard no_gradient;
    trial.block.running_mean.copy_(mean);
    trial.block.running_variance.copy_(variance);
    const auto out = ml::fused::block(trial.images, trial.block, {c.training, 0.1, 1e-5});
    return ((out - 30).to(torch::kFloat64) * trial.out_gradient).sum().item<double>();
  };
  trial.run_fused(c.training);
  for (auto* tensor : {&trial.block.weight, &trial.block.scale, &trial.block.shift, &trial.images}) {
    if (!tensor->requires_grad()) continue;
    const auto gradient = tensor->grad().contiguous();
    const auto at = gradient.abs().argmax().item<std::int64_t>();
    const torch::NoGradGuard no_gradient;
    auto direction = torch::zeros({tensor->numel()});
    direction[at] = 1;
    direction = direction.reshape(tensor->sizes());
    const double step = 1e-2;
    tensor->add_(direction, step);
    const double above = loss();
    tensor->add_(direction, -2 * step);
    const double below = loss();
    tensor->add_(direction, step);
    CHECK((above - below) / (2 * step) == Approx(gradient.flatten()[at].item<double>()).epsilon(0.01));
  }
}

TEST_CASE("frozen parameters get no gradient, the others the same as before") {
  const Case c{2, 32, 32, 8, 8, false};
  Trial all(c, torch::kFloat32), frozen(c, torch::kFloat32);
  all.run_fused(false);
  for (auto* parameter : frozen.parameters())
    parameter->requires_grad_(false);
  frozen.run_fused(false);
  CHECK(torch::equal(frozen.images.grad(), all.images.grad()));
  CHECK_FALSE(frozen.block.weight.grad().defined());
  CHECK_FALSE(frozen.block.bias.grad().defined());

  Trial head(c, torch::kFloat32);
  head.images.requires_grad_(false);
  head.block.weight.requires_grad_(false);
  head.run_fused(false);
  CHECK(torch::equal(head.block.scale.grad(), all.block.scale.grad()));
  CHECK_FALSE(head.images.grad().defined());
}

TEST_CASE("without gradients a fused block answers the same and keeps nothing") {
  for (const bool training : {true, false}) {
    for (const std::int64_t channels : {1, 32}) {
      CAPTURE(training, channels);
      Trial kept({3, channels, 32, 12, 8, training}, torch::kFloat32);
      Trial free({3, channels, 32, 12, 8, training}, torch::kFloat32);
      kept.run_fused(training);
      const torch::NoGradGuard no_gradient;
      const auto out = ml::fused::block(free.images, free.block, {training, 0.1, 1e-5});
      CHECK(torch::equal(out, kept.out));
      CHECK_FALSE(out.requires_grad());
      CHECK(out.grad_fn() == nullptr);
      CHECK(torch::equal(free.block.running_mean, kept.block.running_mean));
    }
  }
}

TEST_CASE("what the fused block cannot take goes to LibTorch's operators") {
  const Trial usual({2, 32, 32, 8, 8, true}, torch::kFloat32);
  CHECK(ml::fused::takes(usual.images, usual.block));
  CHECK_FALSE(ml::fused::takes(usual.images.to(torch::kFloat64), usual.block));
  CHECK_FALSE(ml::fused::takes(torch::zeros({2, 32, 7, 8}), usual.block));
  CHECK_FALSE(ml::fused::takes(torch::zeros({0, 32, 8, 8}), usual.block));
  CHECK_FALSE(ml::fused::takes(torch::zeros({2, 16, 8, 8}), usual.block));
  const Trial few({2, 32, 24, 8, 8, true}, torch::kFloat32), first({2, 1, 32, 8, 8, true}, torch::kFloat32);
  CHECK_FALSE(ml::fused::takes(few.images, few.block));
  CHECK(ml::fused::takes(first.images, first.block));
  CHECK_FALSE(ml::fused::takes(first.images.detach().clone().requires_grad_(), first.block));

  // The block of the network, whichever way it goes, halves the image and moves the running statistics.
  for (const auto& [filters, kernel] : {std::pair{24, 3}, std::pair{32, 5}, std::pair{32, 3}}) {
    CAPTURE(filters, kernel);
    ml::ConvolutionBlock block(1, filters, kernel);
    const auto out = block.forward(torch::rand({2, 1, 12, 6}));
    CHECK(out.sizes().vec() == (std::vector<std::int64_t>{2, filters, 6, 3}));
    out.sum().backward();
    for (const auto& item : block.named_parameters())
      CHECK(item.value().grad().defined());
    for (const auto& item : block.named_buffers()) {
      if (item.key() == "normalisation.num_batches_tracked") CHECK(item.value().item<std::int64_t>() == 1);
      if (item.key() == "normalisation.running_mean") CHECK(item.value().abs().max().item<double>() > 0);
    }
  }
}

TEST_CASE("images that are not finite show in the fused block's answer") {
  Trial trial({2, 1, 32, 8, 8, false}, torch::kFloat32);
  trial.images[0][0][3][3] = std::nanf("");
  const torch::NoGradGuard no_gradient;
  const auto out = ml::fused::block(trial.images, trial.block, {false, 0.1, 1e-5});
  CHECK(out[0].isnan().any().item<bool>());
  CHECK_FALSE(out[1].isnan().any().item<bool>());
}
