#include <cmath>

#include <ATen/Parallel.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include "benchmarks/training/variant.hpp"
#include "libml/nets/modules.hpp"
#include "libml/train/optimiser.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/random/random.hpp"

using namespace bondscope;

namespace bench {
namespace {

using torch::Tensor;

constexpr std::uint64_t seed = 1;
constexpr int samples = 4 * batch;
// A fiftieth of the recipe's: with that the first steps are so long that LibTorch's own two memory layouts
// part in the third digit within five of them. What a step costs does not depend on it.
constexpr double learning_rate = 2e-5;

/// Rings whose radius is the target, with noise: grey levels about zero, as after preprocessing.
struct Data {
  Tensor images = torch::empty({samples, 1, width, height});
  Tensor targets = torch::empty({samples, 1});

  Data() {
    bondscope::Random random(seed, "images");
    float* pixel = images.data_ptr<float>();
    for (int i = 0; i < samples; ++i) {
      const double target = 1 + 7 * random.uniform();
      targets.data_ptr<float>()[i] = static_cast<float>(target);
      for (int x = 0; x < width; ++x)
        for (int y = 0; y < height; ++y) {
          const double radius = std::hypot(x - width / 2.0, y) / 10;
          *pixel++ = static_cast<float>(50 * std::cos(2 * radius / target) * std::exp(-radius / 8) +
                                        10 * (random.uniform() - 0.5));
        }
    }
  }
};

/// As one would write it.
torch::nn::Sequential written_naively() {
  torch::nn::Sequential net;
  for (int block = 0; block < blocks; ++block) {
    net->push_back(
        torch::nn::Conv2d(torch::nn::Conv2dOptions(block == 0 ? 1 : filters, filters, 3).padding(1)));
    net->push_back(torch::nn::BatchNorm2d(filters));
    net->push_back(torch::nn::ReLU());
    net->push_back(torch::nn::AvgPool2d(2));
  }
  net->push_back(torch::nn::Flatten());
  net->push_back(torch::nn::Dropout(0.2));
  net->push_back(torch::nn::Linear((width >> blocks) * (height >> blocks) * filters, 1));
  return net;
}

Tensor loss_of(const Tensor& outputs, const Tensor& targets) {
  return 0.5 * (outputs - targets).square().sum(1).mean();
}

class Base : public Stepper {
 protected:
  std::pair<Tensor, Tensor> pick(int number) {
    bondscope::Random random(seed, "order", static_cast<std::uint64_t>(number));
    const auto order = bondscope::permutation(samples, random);
    auto index = torch::empty({batch}, torch::kInt64);
    std::copy_n(order.begin(), batch, index.data_ptr<std::int64_t>());
    torch::manual_seed(static_cast<std::uint64_t>(number));  // of dropout
    return {data_.images.index_select(0, index), data_.targets.index_select(0, index)};
  }

  static ml::TrainingRecipe recipe() {
    ml::TrainingRecipe recipe;
    recipe.learning_rate = learning_rate;
    recipe.weight_decay = 0;
    return recipe;
  }

 private:
  Data data_;
};

class LibTorchStepper : public Base {
 public:
  explicit LibTorchStepper(bool channels_last) : channels_last_(channels_last), net_(written_naively()) {
    const torch::NoGradGuard no_gradient;
    const auto from = ml::make_module({}, seed)->parameters();
    auto to = net_->parameters();
    for (std::size_t i = 0; i < to.size(); ++i) {
      to[i].copy_(from[i]);
      if (channels_last && to[i].dim() == 4)
        to[i].set_data(to[i].detach().contiguous(torch::MemoryFormat::ChannelsLast));
    }
    optimiser_ = std::make_unique<torch::optim::SGD>(
        net_->parameters(), torch::optim::SGDOptions(learning_rate).momentum(recipe().momentum));
  }

  double step(int number) override {
    auto [images, targets] = pick(number);
    if (channels_last_)  // said in strides: with one channel both layouts look alike
      images = images.reshape({batch, width, height, 1}).permute({0, 3, 1, 2});
    optimiser_->zero_grad();
    const auto loss = loss_of(net_->forward(images), targets);
    loss.backward();
    optimiser_->step();
    return loss.item<double>();
  }

 private:
  bool channels_last_;
  torch::nn::Sequential net_;
  std::unique_ptr<torch::optim::SGD> optimiser_;
};

class OurStepper : public Base {
 public:
  OurStepper() : net_(ml::make_module({}, seed)), optimiser_(*net_, recipe()) {}

  double step(int number) override {
    const auto [images, targets] = pick(number);
    optimiser_.zero_gradients();
    const auto loss = loss_of(net_->forward(images), targets);
    loss.backward();
    optimiser_.step(learning_rate);
    return loss.item<double>();
  }

 private:
  std::shared_ptr<ml::NetworkModule> net_;
  ml::Optimiser optimiser_;
};

}  // namespace

const char* to_string(Variant variant) {
  switch (variant) {
    case Variant::naive:
      return "naive";
    case Variant::layout:
      return "layout";
    case Variant::ours:
      return "ours";
  }
  return "";
}

std::unique_ptr<Stepper> make_stepper(Variant variant, int threads) {
  if (variant == Variant::naive)
    at::set_num_threads(threads);
  else
    ml::prepare_process(threads);
  if (variant == Variant::ours) return std::make_unique<OurStepper>();
  return std::make_unique<LibTorchStepper>(variant == Variant::layout);
}

}  // namespace bench
