#include "libml/train/trainer.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <torch/nn.h>
#include <torch/optim.h>

#include "libml/data/random.hpp"
#include "libml/nets/modules.hpp"
#include "libtdse/base/error.hpp"

namespace ml {
namespace {

using torch::Tensor;

template <typename Options>
std::vector<torch::optim::OptimizerParamGroup> groups(NetworkModule& module, const Options& options) {
  std::vector<Tensor> penalised, exempt;
  for (auto& parameter : module.named_parameters()) {
    const bool is_bias =
        parameter.key().ends_with("convolution.bias") || parameter.key().ends_with("output.bias");
    (is_bias ? exempt : penalised).push_back(parameter.value());
  }
  Options without_decay = options;
  without_decay.weight_decay(0);
  std::vector<torch::optim::OptimizerParamGroup> groups;
  groups.emplace_back(penalised, std::make_unique<Options>(options));
  groups.emplace_back(exempt, std::make_unique<Options>(without_decay));
  return groups;
}

std::unique_ptr<torch::optim::Optimizer> make_optimiser(NetworkModule& module, const TrainingRecipe& t) {
  if (t.optimiser == "sgd") {
    const auto options =
        torch::optim::SGDOptions(t.learning_rate).momentum(t.momentum).weight_decay(t.weight_decay);
    return std::make_unique<torch::optim::SGD>(groups(module, options), options);
  }
  if (t.optimiser == "adamw") {
    const auto options = torch::optim::AdamWOptions(t.learning_rate).weight_decay(t.weight_decay);
    return std::make_unique<torch::optim::AdamW>(groups(module, options), options);
  }
  const auto options = torch::optim::AdamOptions(t.learning_rate).weight_decay(t.weight_decay);
  return std::make_unique<torch::optim::Adam>(groups(module, options), options);
}

/// Sums over samples that make an Epoch's means.
struct Sums {
  double loss = 0;
  std::vector<double> absolute_errors;
  std::size_t samples = 0;

  explicit Sums(std::size_t outputs) : absolute_errors(outputs, 0.0) {}
  double mean_loss() const { return loss / static_cast<double>(samples); }
  std::vector<double> mae() const {
    auto mean = absolute_errors;
    for (auto& m : mean)
      m /= static_cast<double>(samples);
    return mean;
  }
};

/// The data on the device, targets as the network answers them.
class Batches {
 public:
  Batches(const Network& network, const std::vector<TargetScaling>& scaling, const TrainingData& data)
      : device_(network.device() == Device::cuda ? torch::kCUDA : torch::kCPU) {
    const auto& spec = network.spec();
    const auto outputs = static_cast<std::int64_t>(scaling.size());
    const auto count = static_cast<std::int64_t>(data.targets.size()) / outputs;
    // The data outlive this object; from_blob() wants a pointer that is not const but nothing writes to it.
    inputs_ = torch::from_blob(const_cast<float*>(data.inputs.data()), {count, 1, spec.width, spec.height})
                  .to(device_);
    targets_ = torch::empty({count, outputs});
    for (std::int64_t i = 0; i < count * outputs; ++i) {
      const auto& s = scaling[static_cast<std::size_t>(i % outputs)];
      targets_.data_ptr<float>()[i] =
          static_cast<float>((data.targets[static_cast<std::size_t>(i)] - s.offset) / s.scale);
    }
    targets_ = targets_.to(device_);
  }

  std::pair<Tensor, Tensor> pick(std::span<const std::size_t> samples) const {
    auto index = torch::empty({static_cast<std::int64_t>(samples.size())}, torch::kInt64);
    std::copy(samples.begin(), samples.end(), index.data_ptr<std::int64_t>());
    index = index.to(device_);
    return {inputs_.index_select(0, index), targets_.index_select(0, index)};
  }

 private:
  torch::Device device_;
  Tensor inputs_, targets_;
};

Tensor loss_of(const TrainingRecipe& t, const Tensor& outputs, const Tensor& targets) {
  return (outputs - targets).square().sum(1).mean() * (t.loss == "half_mse" ? 0.5 : 1.0);
}

void add_errors(Sums& sums, double loss, const Tensor& outputs, const Tensor& targets,
                const std::vector<TargetScaling>& scaling) {
  const auto errors = (outputs.detach() - targets).abs().sum(0).to(torch::kCPU, torch::kFloat64);
  for (std::size_t i = 0; i < scaling.size(); ++i)
    sums.absolute_errors[i] += errors.data_ptr<double>()[i] * scaling[i].scale;
  sums.loss += loss * static_cast<double>(outputs.size(0));
  sums.samples += static_cast<std::size_t>(outputs.size(0));
}

[[noreturn]] void fail_not_finite(const TrainingRecipe& t, int epoch, std::size_t batch) {
  throw tdse::NumericsError(
      "the loss is not finite in epoch " + std::to_string(epoch) + ", batch " + std::to_string(batch) +
      ": the training diverged. Try a smaller learning rate (--set training.learning_rate=" +
      tdse::format_number(t.learning_rate / 10) +
      "), a limit on the gradient (--set training.gradient_clip=1), or --set "
      "preprocessing.target_scaling=standard");
}

Sums validate(const Network& network, const TrainingRecipe& t, const std::vector<TargetScaling>& scaling,
              const TrainingData& data) {
  Sums sums(scaling.size());
  const auto predictions = predict(network, scaling, data.inputs);
  const std::size_t outputs = scaling.size();
  sums.samples = predictions.size() / outputs;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const double error = predictions[i] - data.targets[i];
    const double scaled = error / scaling[i % outputs].scale;
    sums.absolute_errors[i % outputs] += std::abs(error);
    sums.loss += scaled * scaled * (t.loss == "half_mse" ? 0.5 : 1.0);
  }
  return sums;
}

}  // namespace

void expect_a_batch(const TrainingRecipe& training, std::size_t samples) {
  if (training.drop_last && samples < static_cast<std::size_t>(training.batch_size))
    throw tdse::DataError(std::to_string(samples) + " training samples do not fill one batch of " +
                          std::to_string(training.batch_size) + "; try --set training.batch_size=" +
                          std::to_string(std::max<std::size_t>(samples / 4, 2)) +
                          " or --set training.drop_last=false");
}

std::vector<Epoch> train(Network& network, const Recipe& recipe, const std::vector<TargetScaling>& scaling,
                         const TrainingData& data, const TrainingData& validation,
                         const TrainingHooks& hooks) {
  const auto& t = recipe.training;
  const std::size_t count = data.targets.size() / scaling.size();
  const auto batch_size = static_cast<std::size_t>(t.batch_size);
  expect_a_batch(t, count);

  NetworkModule& module = network.module();
  const Batches batches(network, scaling, data);
  const auto optimiser = make_optimiser(module, t);
  const std::size_t batches_per_epoch =
      t.drop_last ? count / batch_size : (count + batch_size - 1) / batch_size;

  std::vector<Epoch> curve;
  double lowest = std::numeric_limits<double>::infinity();
  for (int e = 0; e < t.epochs; ++e) {
    const auto start = std::chrono::steady_clock::now();
    const auto index = static_cast<std::uint64_t>(e);
    Random shuffle(recipe.seed, "order", index);
    const auto order = permutation(count, shuffle);
    torch::manual_seed(Random(recipe.seed, "dropout", index).bits());
    module.train();
    Sums sums(scaling.size());
    double rate = 0;
    for (std::size_t b = 0; b < batches_per_epoch; ++b) {
      rate = learning_rate(t, e + static_cast<double>(b + 1) / static_cast<double>(batches_per_epoch + 1));
      for (auto& group : optimiser->param_groups())
        group.options().set_lr(rate);
      const auto samples =
          std::span(order).subspan(b * batch_size, std::min(batch_size, count - b * batch_size));
      // Batch statistics of a single image say nothing.
      if (samples.size() < 2) continue;
      const auto [inputs, targets] = batches.pick(samples);
      const auto outputs = module.forward(inputs);
      const auto loss = loss_of(t, outputs, targets);
      const double value = loss.item<double>();
      if (!std::isfinite(value)) fail_not_finite(t, e + 1, b + 1);
      optimiser->zero_grad();
      loss.backward();
      if (t.gradient_clip > 0) torch::nn::utils::clip_grad_norm_(module.parameters(), t.gradient_clip);
      optimiser->step();
      add_errors(sums, value, outputs, targets, scaling);
      if (hooks.stop && hooks.stop()) return curve;
    }

    Epoch epoch{
        .epoch = e + 1, .learning_rate = rate, .train_loss = sums.mean_loss(), .train_mae = sums.mae()};
    if (!validation.targets.empty()) {
      const Sums validated = validate(network, t, scaling, validation);
      epoch.validation_loss = validated.mean_loss();
      epoch.validation_mae = validated.mae();
    }
    const double judged = epoch.validation_loss.value_or(epoch.train_loss);
    epoch.best = judged < lowest;
    lowest = std::min(lowest, judged);
    epoch.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    curve.push_back(epoch);
    if (hooks.epoch_done) hooks.epoch_done(epoch, network);
  }
  return curve;
}

std::vector<double> predict(const Network& network, const std::vector<TargetScaling>& scaling,
                            std::span<const float> inputs) {
  const auto outputs = network.evaluate(inputs);
  std::vector<double> values;
  values.reserve(outputs.size());
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const auto& s = scaling[i % scaling.size()];
    values.push_back(s.offset + s.scale * static_cast<double>(outputs[i]));
  }
  return values;
}

}  // namespace ml
