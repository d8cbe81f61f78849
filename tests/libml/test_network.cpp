// clang-format off: LibTorch includes glog, whose CHECK must be undefined before Catch2 defines its own.
#include <torch/cuda.h>
#include <torch/nn.h>
#undef CHECK
// clang-format on
#include <catch2/catch.hpp>

#include "libml/nets/modules.hpp"
#include "libml/nets/network.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

using bondscope::ml::Network;
using bondscope::ml::NetworkSpec;
using Catch::Matchers::Contains;

namespace {

const NetworkSpec tiny{.width = 32, .height = 16, .outputs = 2, .blocks = 3, .filters = 8};

std::vector<float> some_images(std::size_t count) {
  std::vector<float> images(count * 32 * 16);
  for (std::size_t i = 0; i < images.size(); ++i)
    images[i] = static_cast<float>((i * 7919) % 101) / 101.0f;
  return images;
}

torch::Tensor named(ml::NetworkModule& module, const std::string& name) {
  for (auto& item : module.named_parameters())
    if (item.key() == name) return item.value();
  for (auto& item : module.named_buffers())
    if (item.key() == name) return item.value();
  throw std::runtime_error("no " + name);
}

}  // namespace

TEST_CASE("the network of Fig. 1 has 38 657 parameters") {
  const NetworkSpec paper;
  CHECK(ml::parameter_count(paper) == 38657);
  CHECK(ml::features(paper) == 1024);
  const Network network(paper, 1, ml::Device::cpu);
  CHECK(network.parameter_count() == 38657);
  // The paper's 37857 with 1024 weights in the last layer instead of 384 is 38497. The other 160: the paper
  // lists 5·32 biases of convolutions beside 5·(32+32) numbers of the normalisation, but its sum holds only
  // the latter.
  CHECK(38657 - 37857 == (1024 - 384) + 5 * 32);
  NetworkSpec both = paper;
  both.outputs = 2;
  CHECK(Network(both, 1, ml::Device::cpu).parameter_count() == ml::parameter_count(both));
  CHECK(ml::parameter_count(tiny) == Network(tiny, 1, ml::Device::cpu).parameter_count());
}

TEST_CASE("each block halves the image and keeps the number of filters") {
  ml::ConvolutionBlock first(1, 32, 3), next(32, 32, 3);
  const auto a = first.forward(torch::zeros({2, 1, 256, 128}));
  CHECK(a.sizes().vec() == (std::vector<std::int64_t>{2, 32, 128, 64}));
  CHECK(next.forward(a).sizes().vec() == (std::vector<std::int64_t>{2, 32, 64, 32}));
  const auto module = ml::make_module({}, 1);
  CHECK(module->forward(torch::zeros({2, 1, 256, 128})).sizes().vec() == (std::vector<std::int64_t>{2, 1}));
}

TEST_CASE("an image that cannot be halved so often is refused") {
  CHECK_THROWS_AS(Network({.width = 250}, 1, ml::Device::cpu), ConfigError);
  CHECK_THROWS_WITH(Network({.width = 250}, 1, ml::Device::cpu),
                    Contains("image.width") && Contains("multiple of 32"));
}

TEST_CASE("gradients reach every parameter and agree with finite differences") {
  const auto module = ml::make_module(tiny, 1);
  module->eval();  // no dropout, fixed statistics: a smooth function of the parameters
  module->to(torch::kFloat64);
  torch::manual_seed(4);
  const auto x = torch::rand({3, 1, 32, 16}, torch::kFloat64);
  const auto loss = [&] { return module->forward(x).square().sum(); };
  loss().backward();
  for (auto& item : module->named_parameters()) {
    INFO(item.key());
    REQUIRE(item.value().grad().defined());
    CHECK(item.value().grad().abs().sum().item<double>() > 0);
    const torch::NoGradGuard no_gradient;
    auto flat = item.value();
    const auto at = flat.numel() / 2;
    std::vector<std::int64_t> index;
    for (auto rest = at, d = flat.dim() - 1; d >= 0; --d) {
      index.insert(index.begin(), rest % flat.size(d));
      rest /= flat.size(d);
    }
    auto element = flat;
    for (const auto i : index)
      element = element[i];
    auto gradient = item.value().grad();
    for (const auto i : index)
      gradient = gradient[i];
    const double step = 1e-5;
    element += step;
    const double above = loss().item<double>();
    element -= 2 * step;
    const double below = loss().item<double>();
    element += step;
    CHECK(gradient.item<double>() == Approx((above - below) / (2 * step)).epsilon(1e-4).margin(1e-6));
  }
}

TEST_CASE("the running statistics move while training and rest while evaluating") {
  const auto module = ml::make_module(tiny, 1);
  const auto mean = named(*module, "block1.normalisation.running_mean");
  const auto before = mean.clone();
  const auto x = torch::rand({4, 1, 32, 16});
  module->eval();
  module->forward(x);
  CHECK(torch::equal(mean, before));
  module->train();
  module->forward(x);
  CHECK_FALSE(torch::equal(mean, before));
}

TEST_CASE("dropout acts while training only") {
  const auto module = ml::make_module(tiny, 1);
  const auto x = torch::rand({4, 1, 32, 16});
  module->eval();
  CHECK(torch::equal(module->forward(x), module->forward(x)));
  module->train();
  CHECK_FALSE(torch::equal(module->forward(x), module->forward(x)));
}

TEST_CASE("start values follow the seed and the rule") {
  const Network one({}, 1, ml::Device::cpu), again({}, 1, ml::Device::cpu), other({}, 2, ml::Device::cpu);
  CHECK((one.arrays() == again.arrays()));
  CHECK((one.arrays() != other.arrays()));
  for (const auto& [rule, variance] :
       {std::pair{"glorot", 2.0 / (9 * 64)}, std::pair{"he", 2.0 / (9 * 32)}}) {
    NetworkSpec spec;
    spec.initialisation = rule;
    const auto module = ml::make_module(spec, 3);
    const auto weights = named(*module, "block3.convolution.weight");
    CHECK(weights.mean().item<double>() == Approx(0).margin(0.003));
    CHECK(weights.var().item<double>() == Approx(variance).epsilon(0.1));
    CHECK(named(*module, "block3.convolution.bias").abs().max().item<double>() == 0);
    CHECK(named(*module, "output.bias").abs().max().item<double>() == 0);
  }
}

TEST_CASE("a network loaded from another's arrays answers alike") {
  const Network one(tiny, 1, ml::Device::cpu);
  one.module().train();
  one.module().forward(torch::rand({4, 1, 32, 16}));  // statistics other than at the start
  Network two(tiny, 2, ml::Device::cpu);
  const auto images = some_images(70);  // more than one batch of evaluate()
  CHECK(one.evaluate(images) != two.evaluate(images));
  two.load(one.arrays());
  CHECK((one.arrays() == two.arrays()));
  CHECK(one.evaluate(images) == two.evaluate(images));
  CHECK(one.evaluate(images).size() == 140);
  CHECK(one.evaluate({}).empty());
}

TEST_CASE("arrays that are not this network's are refused by name") {
  Network network(tiny, 1, ml::Device::cpu);
  const auto good = network.arrays();
  auto missing = good;
  missing.pop_back();
  CHECK_THROWS_WITH(network.load(missing), Contains("lack the array '" + good.back().name));
  auto extra = good;
  extra.push_back({"payload", {1}, std::vector<float>{0}});
  CHECK_THROWS_WITH(network.load(extra), Contains("'payload'"));
  auto shaped = good;
  shaped[0].shape = {72};
  CHECK_THROWS_WITH(network.load(shaped), Contains("72") && Contains(good[0].name));
  CHECK((network.arrays() == good));
}

TEST_CASE("a network answers on a GPU as on the processor", "[cuda]") {
  if (!torch::cuda::is_available()) return;
  const ml::NetworkSpec spec;
  ml::Network gpu(spec, 1, ml::Device::cuda);
  const ml::Network processor(spec, 1, ml::Device::cpu);
  std::vector<float> images(40 * 256 * 128);
  for (std::size_t i = 0; i < images.size(); ++i)
    images[i] = static_cast<float>(i % 251) / 251;
  const auto there = gpu.evaluate(images), here = processor.evaluate(images);
  REQUIRE(there.size() == here.size());
  for (std::size_t i = 0; i < here.size(); ++i)
    CHECK(there[i] == Approx(here[i]).epsilon(2e-3).margin(2e-3));
  gpu.load(processor.arrays());
  CHECK((gpu.arrays() == processor.arrays()));
}

TEST_CASE("devices") {
  CHECK(ml::choose_device("cpu") == ml::Device::cpu);
  CHECK_THROWS_AS(ml::choose_device("tpu"), ConfigError);
  if (!torch::cuda::is_available()) {
    CHECK(ml::choose_device("auto") == ml::Device::cpu);
    CHECK_THROWS_WITH(ml::choose_device("cuda"), Contains("--device cpu"));
  }
}
