// The kinds of networks beside that of Fig. 1: gradients and learning of each.

// clang-format off: LibTorch includes glog, whose CHECK must be undefined before Catch2 defines its own.
#include <torch/nn.h>
#undef CHECK
// clang-format on
#include <catch2/catch.hpp>

#include "libml/nets/modules.hpp"
#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"
#include "tests/libml/trained.hpp"

using namespace bondscope;

using bondscope::ml::NetworkSpec;
using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;

namespace {

const NetworkSpec line{.width = 32, .height = 1, .blocks = 3, .filters = 8};
const NetworkSpec dense{.kind = "dense", .width = 32, .height = 1, .outputs = 2, .blocks = 3, .units = 16};
const NetworkSpec rich{
    .width = 32, .height = 16, .blocks = 2, .filters = 8, .hidden = 7, .extent = true, .members = 3};
const NetworkSpec sum{.width = 32,
                      .height = 16,
                      .outputs = 2,
                      .blocks = 2,
                      .filters = 8,
                      .hidden = 7,
                      .extent = true,
                      .additive = true,
                      .members = 2};

}  // namespace

TEST_CASE("the networks for one dimension have the parameters that the paper describes") {
  // 32·3 weights of the first filters, 4·32·32·3 of the others, as many biases and twice as many numbers of
  // the normalisation as filters, and 8·32 + 1 of the last layer.
  CHECK(ml::parameter_count({.width = 256, .height = 1}) == 96 + 4 * 3072 + 5 * 96 + 257);
  // 256 inputs, then three layers of 512.
  const std::int64_t expected = 257 * 512 + 2 * 513 * 512 + 3 * 2 * 512 + 513;
  CHECK(ml::parameter_count({.kind = "dense", .width = 256, .height = 1, .blocks = 3, .units = 512}) ==
        expected);
}

TEST_CASE("every kind has the parameters that are counted, and gradients that finite differences confirm") {
  const auto spec = GENERATE(line, dense, rich, sum);
  const auto module = ml::make_module(spec, 1);
  std::int64_t count = 0;
  for (const auto& parameter : module->parameters())
    count += parameter.numel();
  CHECK(count == ml::parameter_count(spec));

  module->eval();
  module->to(torch::kFloat64);
  torch::manual_seed(4);
  const auto x = torch::rand({3, 1, spec.width, spec.height}, torch::kFloat64);
  const auto extent = spec.extent ? torch::rand({3, 4}, torch::kFloat64) : torch::Tensor();
  const auto loss = [&] { return module->forward(x, extent).square().sum(); };
  loss().backward();
  for (auto& item : module->named_parameters()) {
    INFO(item.key());
    REQUIRE(item.value().grad().defined());
    const torch::NoGradGuard no_gradient;
    const auto direction = torch::randn_like(item.value());
    const double step = 1e-6;
    item.value().add_(direction, step);
    const double above = loss().item<double>();
    item.value().sub_(direction, 2 * step);
    const double below = loss().item<double>();
    item.value().add_(direction, step);
    CHECK((item.value().grad() * direction).sum().item<double>() ==
          Approx((above - below) / (2 * step)).epsilon(1e-4).margin(1e-6));
  }
}

TEST_CASE("frozen blocks have no gradients, and their normalisation evaluates") {
  const auto module = ml::make_module(rich, 1);
  module->train();
  module->freeze(1);
  for (const auto& item : module->named_parameters())
    CHECK(item.value().requires_grad() == (item.key().find("block1") == std::string::npos));
  const auto mean = [&](const std::string& name) { return module->named_buffers()[name].clone(); };
  const auto first = mean("member2.block1.normalisation.running_mean"),
             second = mean("member2.block2.normalisation.running_mean");
  const auto x = torch::rand({4, 1, 32, 16}), extent = torch::rand({4, 4});
  const auto made = module->blocks(x, 1);
  module->rest(made, extent, 1);
  CHECK(torch::equal(first, mean("member2.block1.normalisation.running_mean")));
  CHECK_FALSE(torch::equal(second, mean("member2.block2.normalisation.running_mean")));
  module->eval();
  CHECK(
      torch::allclose(module->rest(module->blocks(x, 1), extent, 1), module->forward(x, extent), 1e-5, 1e-6));
}

TEST_CASE("an ensemble answers the mean of its members, of classes that of their probabilities") {
  auto spec = rich;
  spec.outputs = 3;
  spec.classes = GENERATE(false, true);
  const auto module = ml::make_module(spec, 1);
  module->eval();
  const auto x = torch::rand({4, 1, 32, 16}), extent = torch::rand({4, 4});
  torch::Tensor sum = torch::zeros({4, 3});
  for (const auto& member : module->named_children()) {
    const auto answer = std::dynamic_pointer_cast<ml::NetworkModule>(member.value())->forward(x, extent);
    sum = sum + (spec.classes ? answer.softmax(1) : answer);
  }
  const auto together = module->forward(x, extent);
  CHECK(torch::allclose(spec.classes ? together.exp() : together, sum / 3, 1e-4, 1e-5));
  module->train();
  CHECK(module->forward(x, extent).sizes().vec() == (std::vector<std::int64_t>{4, 3, 3}));
}

TEST_CASE(
    "an additive network is a constant and a sum over cells, each of which sees its surroundings only") {
  for (const auto& spec : {sum, NetworkSpec{.width = 32, .height = 16, .blocks = 2, .filters = 8}}) {
    REQUIRE(ml::is_additive(spec));
    const auto module = ml::make_module(spec, 1);
    module->eval();
    const auto x = torch::rand({3, 1, 32, 16}), other = torch::rand({3, 1, 32, 16});
    const auto extent = spec.extent ? torch::rand({3, 4}) : torch::Tensor();
    const auto parts = module->contributions(x, extent);
    CHECK(parts.sizes().vec() == (std::vector<std::int64_t>{3, spec.outputs, 8, 4}));
    const auto rest = module->forward(x, extent) - parts.sum({2, 3});
    const auto rest_of_other =
        module->forward(other, extent) - module->contributions(other, extent).sum({2, 3});
    CHECK(torch::allclose(rest, rest_of_other, 1e-4, 1e-5));

    // Cell (3, 2) begins at pixel (12, 8): what it sees is centred on its own four by four.
    const int beyond = (ml::receptive_field(spec) - 4) / 2;
    CHECK(ml::receptive_field(spec) == 10);
    const auto changed = [&](std::int64_t kx, std::int64_t ky) {
      auto y = x.clone();
      y[0][0][kx][ky] += 5;
      return !torch::equal(module->contributions(y, extent)[0].select(1, 3).select(1, 2),
                           parts[0].select(1, 3).select(1, 2));
    };
    CHECK(changed(12 - beyond, 8));
    CHECK(changed(15 + beyond, 11 + beyond));
    CHECK_FALSE(changed(12 - beyond - 1, 8));
    CHECK_FALSE(changed(12, 11 + beyond + 1));
  }
  CHECK_FALSE(ml::is_additive(rich));
  CHECK_FALSE(ml::is_additive(dense));
  CHECK(ml::receptive_field({}) == 94);
  CHECK_THROWS_WITH(ml::check({.kind = "dense", .additive = true}), Contains("network.additive"));
}

TEST_CASE("every kind learns") {
  const TemporaryFolder folder;
  make_learning_store(folder / "store.h5", {.runs = 80});
  const auto more =
      GENERATE(std::vector<std::string>{"image={width: 32, height: 1, view: dp_dkx}"},
               std::vector<std::string>{"image={width: 32, height: 1, view: dp_dkx}", "network.kind=dense",
                                        "network.units=32"},
               std::vector<std::string>{"image={width: 32, height: 16, view: first_quadrant}"},
               std::vector<std::string>{"network.extent=true", "network.hidden=8", "network.members=2",
                                        "training.loss=mae"},
               std::vector<std::string>{"network.extent=true", "network.hidden=8", "network.additive=true"},
               std::vector<std::string>{"augmentation={flip_kx: true, flip_ky: true}"},
               std::vector<std::string>{"training.precision=mixed"});
  auto all = more;
  all.push_back("training.epochs=20");
  const auto recipe = tiny(all);
  const auto samples = ml::load_samples(folder / "store.h5", recipe.image, 1);
  train_tiny(folder / "m", samples, recipe);
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  const auto score = ml::evaluate(model, samples).scores.front();
  INFO(more.front());
  CHECK(score.mae < 0.75 * score.mae_of_mean);
}

TEST_CASE("a network that is told the extent asks for it") {
  const ml::Network network(rich, 1, ml::Device::cpu);
  const std::vector<float> image(32 * 16), extent(4);
  CHECK(network.evaluate(image, extent).size() == 1);
  CHECK_THROWS_AS(network.evaluate(image), DataError);
}

TEST_CASE("networks beyond all memory are refused") {
  CHECK_THROWS_WITH(ml::check({.kind = "dense", .blocks = 10, .units = 65536}), Contains("parameters"));
  CHECK_THROWS_WITH(ml::check({.width = 48, .height = 1}), Contains("image.width"));
}
