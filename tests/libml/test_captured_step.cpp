// Loss and gradients of batch after batch. Recording them needs a GPU; here they go through one by one.

// clang-format off: LibTorch includes glog, whose CHECK must be undefined before Catch2 defines its own.
#include <torch/torch.h>
#undef CHECK
// clang-format on
#include <catch2/catch.hpp>

#include "libml/nets/modules.hpp"
#include "libml/train/captured_step.hpp"
#include "libml/train/process.hpp"

using namespace bondscope;

namespace {

ml::NetworkSpec small() {
  ml::NetworkSpec spec;
  spec.width = spec.height = 8;
  spec.blocks = 2;
  spec.filters = 4;
  return spec;
}

ml::Batch batch(int samples, int seed) {
  torch::manual_seed(static_cast<std::uint64_t>(seed));
  return {torch::rand({samples, 1, 8, 8}), {}, torch::rand({samples, 1})};
}

TEST_CASE("a step leaves the gradients of its batch alone, whatever was there before") {
  ml::prepare_process(1);
  ml::Network network(small(), 1, ml::Device::cpu), witness(small(), 1, ml::Device::cpu);
  auto& module = network.module();
  auto& other = witness.module();
  module.train();
  other.train();
  const auto loss_of = [](ml::NetworkModule& of, const ml::Batch& b) {
    torch::manual_seed(7);
    return (of.forward(b.inputs) - b.targets).square().mean();
  };
  ml::CapturedStep step(module, ml::Device::cpu, 3, [&](const ml::Batch& b) {
    return ml::Judged{loss_of(module, b), b.targets.sum(0)};
  });
  for (const int samples : {3, 3, 3, 3, 3, 2, 3}) {
    const auto one = batch(samples, samples);
    const auto made = step.run(one);
    other.zero_grad();
    const auto expected = loss_of(other, one);
    expected.backward();
    CHECK_FALSE(made.loss.requires_grad());
    CHECK(made.loss.item<float>() == expected.item<float>());
    CHECK(torch::equal(made.errors, one.targets.sum(0)));
    const auto parameters = module.parameters(), others = other.parameters();
    REQUIRE(parameters.size() == others.size());
    for (std::size_t i = 0; i < parameters.size(); ++i)
      CHECK(torch::allclose(parameters[i].grad(), others[i].grad()));
  }
}

TEST_CASE("a recorded step on a GPU has the gradients that the processor has", "[cuda]") {
  if (!torch::cuda::is_available()) return;
  auto spec = small();
  spec.dropout = 0;
  ml::Network network(spec, 1, ml::Device::cuda), witness(spec, 1, ml::Device::cpu);
  auto& module = network.module();
  auto& other = witness.module();
  module.train();
  other.train();
  const auto loss_of = [](ml::NetworkModule& of, const ml::Batch& b) {
    return (of.forward(b.inputs) - b.targets).square().mean();
  };
  ml::CapturedStep step(module, ml::Device::cuda, 3, [&](const ml::Batch& b) {
    return ml::Judged{loss_of(module, b), b.targets.sum(0)};
  });
  // The first ones go through one by one, and so does one of another size.
  for (int number = 0; number < 8; ++number) {
    const auto one = batch(number == 6 ? 2 : 3, number);
    const auto made = step.run({one.inputs.to(torch::kCUDA), {}, one.targets.to(torch::kCUDA)});
    other.zero_grad();
    const auto expected = loss_of(other, one);
    expected.backward();
    CHECK(made.loss.cpu().item<float>() == Approx(expected.item<float>()).epsilon(2e-3));
    const auto parameters = module.parameters(), others = other.parameters();
    for (std::size_t i = 0; i < parameters.size(); ++i)
      CHECK(torch::allclose(parameters[i].grad().cpu(), others[i].grad(), 1e-2, 2e-3));
  }
}

TEST_CASE("frozen parameters have no gradients after a step") {
  ml::prepare_process(1);
  ml::Network network(small(), 1, ml::Device::cpu);
  network.freeze(1);
  auto& module = network.module();
  ml::CapturedStep step(module, ml::Device::cpu, 3, [&](const ml::Batch& b) {
    return ml::Judged{(module.forward(b.inputs) - b.targets).square().mean(), b.targets.sum(0)};
  });
  step.run(batch(3, 1));
  int trained = 0;
  for (const auto& parameter : module.parameters()) {
    CHECK(parameter.grad().defined() == parameter.requires_grad());
    trained += parameter.requires_grad();
  }
  CHECK(trained > 0);
}

}  // namespace
