// Sums over an epoch, kept on a device.

// clang-format off: LibTorch includes glog, whose CHECK must be undefined before Catch2 defines its own.
#include <torch/torch.h>
#undef CHECK
// clang-format on
#include <catch2/catch.hpp>

#include "libml/train/running_sums.hpp"

using namespace bondscope;

namespace {

const std::vector<ml::TargetScaling> scaling{{.offset = 1, .scale = 2}, {.offset = 0, .scale = 0.1}};

void add_some(ml::RunningSums& sums, int first, int count) {
  for (int i = first; i < first + count; ++i)
    sums.add(torch::tensor(0.1f * static_cast<float>(i)), torch::tensor({1.1f, 0.3f * static_cast<float>(i)}),
             3 + i);
}

TEST_CASE("the running sums weigh the loss by samples and give errors in the targets' units") {
  ml::RunningSums sums(torch::kCPU, scaling);
  sums.add(torch::tensor(0.5f), torch::tensor({3.0f, 20.0f}), 4);
  sums.add(torch::tensor(1.0f), torch::tensor({1.0f, 10.0f}), 2);
  const auto read = sums.read();
  CHECK(read.samples == 6);
  CHECK(read.loss == 4.0);
  REQUIRE(read.absolute_errors.size() == 2);
  CHECK(read.absolute_errors[0] == 8.0);
  CHECK(read.absolute_errors[1] == Approx(3.0));
}

TEST_CASE("reading the running sums, and going on from what was read, changes no bit of them") {
  ml::RunningSums at_once(torch::kCPU, scaling);
  add_some(at_once, 0, 7);
  ml::RunningSums first(torch::kCPU, scaling), second(torch::kCPU, scaling);
  add_some(first, 0, 2);
  first.read();
  add_some(first, 2, 2);
  second.start(first.read());
  add_some(second, 4, 3);
  CHECK(second.read().loss == at_once.read().loss);
  CHECK(second.read().absolute_errors == at_once.read().absolute_errors);
  CHECK(second.read().samples == at_once.read().samples);
}

}  // namespace
