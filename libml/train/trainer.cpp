#include "libml/train/trainer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include <ATen/Context.h>
#include <fmt/format.h>
#include <torch/nn.h>

#include "libml/nets/modules.hpp"
#include "libml/train/batches.hpp"
#include "libml/train/captured_step.hpp"
#include "libml/train/mixed_precision.hpp"
#include "libml/train/optimiser.hpp"
#include "libml/train/running_sums.hpp"
#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

using torch::Tensor;

double mean_loss(const Sums& sums) {
  return sums.loss / static_cast<double>(sums.samples);
}

std::vector<double> mean_errors(const Sums& sums) {
  auto mean = sums.absolute_errors;
  for (auto& m : mean)
    m /= static_cast<double>(sums.samples);
  return mean;
}

/// Of outputs [sample][output], or [sample][member][output], whose members are judged one by one.
Tensor loss_of(const TrainingRecipe& t, const Tensor& outputs, const Tensor& targets) {
  const bool ensemble = outputs.dim() == 3;
  if (t.loss == "cross_entropy")
    return torch::nn::functional::cross_entropy(
        ensemble ? outputs.flatten(0, 1) : outputs,
        ensemble ? targets.unsqueeze(1).expand({-1, outputs.size(1)}).flatten() : targets);
  const auto errors = outputs - (ensemble ? targets.unsqueeze(1) : targets);
  const auto each = t.loss == "mae" ? errors.abs() : errors.square();
  return each.sum(-1).mean() * (t.loss == "half_mse" ? 0.5 : 1.0);
}

/// Absolute errors of the targets, added up; of classes 1 where the highest score is another class's.
Tensor errors_of(const Tensor& outputs, const Tensor& targets, const Recipe& recipe) {
  auto answer = outputs.detach();
  if (answer.dim() == 3) answer = recipe.classes.empty() ? answer.mean(1) : answer.softmax(2).mean(1);
  return recipe.classes.empty() ? (answer - targets).abs().sum(0) : answer.argmax(1).ne(targets).sum(0, true);
}

void add_errors(Sums& sums, double loss, const Tensor& outputs, const Tensor& targets, const Recipe& recipe,
                const std::vector<TargetScaling>& scaling) {
  const auto errors = errors_of(outputs, targets, recipe).to(torch::kCPU, torch::kFloat64);
  for (std::size_t i = 0; i < sums.absolute_errors.size(); ++i)
    sums.absolute_errors[i] += errors.data_ptr<double>()[i] * scaling[i].scale;
  sums.loss += loss * static_cast<double>(outputs.size(0));
  sums.samples += static_cast<std::uint64_t>(outputs.size(0));
}

[[noreturn]] void fail_not_finite(const TrainingRecipe& t, const std::string& what, int epoch,
                                  std::size_t batch) {
  throw NumericsError(
      fmt::format("{} not finite in epoch {}, batch {}: the training diverged. Try a smaller learning rate "
                  "(--set training.learning_rate={}), a limit on the gradient (--set "
                  "training.gradient_clip=1), or --set preprocessing.target_scaling=standard",
                  what, epoch, batch, format_number(t.learning_rate / 10)));
}

bool all_finite(const std::vector<NamedArray>& arrays) {
  return std::all_of(arrays.begin(), arrays.end(), [](const NamedArray& array) {
    return std::ranges::all_of(array.floats(), [](float v) { return std::isfinite(v); });
  });
}

/// In evaluation mode, batch by batch.
Sums validate(const Network& network, const Recipe& recipe, const Batches& batches,
              const std::vector<TargetScaling>& scaling) {
  const torch::NoGradGuard no_gradient;
  Sums sums{.absolute_errors = std::vector<double>(recipe.targets.size(), 0.0)};
  std::optional<RunningSums> on_gpu;
  if (network.device() == Device::cuda) on_gpu.emplace(torch::kCUDA, scaling);
  auto& module = network.module();
  module.eval();
  std::vector<std::size_t> positions(batches.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  for (std::size_t first = 0; first < positions.size(); first += Network::evaluation_batch) {
    const auto count = std::min(Network::evaluation_batch, positions.size() - first);
    const auto batch = batches.pick(std::span(positions).subspan(first, count), 0, false);
    const auto outputs = module.rest(batch.inputs, batch.extent, module.frozen());
    const auto loss = loss_of(recipe.training, outputs, batch.targets);
    if (on_gpu)
      on_gpu->add(loss, errors_of(outputs, batch.targets, recipe), outputs.size(0));
    else
      add_errors(sums, loss.item<double>(), outputs, batch.targets, recipe, scaling);
  }
  return on_gpu ? on_gpu->read() : sums;
}

bool same_shapes(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const NamedArray& left, const NamedArray& right) {
                      return left.name == right.name && left.shape == right.shape;
                    });
}

at::Generator dropout_generator(Device device) {
  return at::globalContext().defaultGenerator(device == Device::cuda ? torch::kCUDA : torch::kCPU);
}

std::vector<std::uint8_t> state_of(const at::Generator& generator) {
  const auto state = generator.get_state();
  const auto* first = state.data_ptr<std::uint8_t>();
  return {first, first + state.numel()};
}

void set_state(at::Generator generator, const std::vector<std::uint8_t>& bytes) {
  auto state = torch::empty({static_cast<std::int64_t>(bytes.size())}, torch::kUInt8);
  std::copy(bytes.begin(), bytes.end(), state.data_ptr<std::uint8_t>());
  try {
    generator.set_state(state);
  } catch (const c10::Error& error) {
    throw DataError("the state of the random generator is not one of this LibTorch's: " +
                    std::string(error.what_without_backtrace()));
  }
}

/// Batches on a GPU between two looks at their loss, for each of which the GPU runs dry.
constexpr std::uint64_t batches_per_look = 16;

/// What decides which epoch is best where samples validate. Without them it is the last: the loss over what
/// is trained on, with dropout and before each step, says nothing about the epoch.
double judged(const Epoch& epoch) {
  return epoch.validation_loss.value_or(epoch.train_loss);
}

class Training {
 public:
  Training(Network& network, const Recipe& recipe, const TrainingData& data, const TrainingData& validation,
           const TrainingHooks& hooks)
      : network_(network),
        module_(network.module()),
        recipe_(recipe),
        t_(recipe.training),
        scaling_(data.preprocessing.targets),
        hooks_(hooks),
        batches_(network, recipe, data),
        validation_(network, recipe, validation),
        optimiser_(module_, t_),
        count_(batches_.size()),
        validation_count_(validation_.size()),
        batch_size_(static_cast<std::size_t>(t_.batch_size)),
        per_epoch_(t_.drop_last ? count_ / batch_size_ : (count_ + batch_size_ - 1) / batch_size_) {
    begin_epoch();
    state_.seconds = seconds_since(began_);  // what frozen blocks make once belongs to the first epoch
    if (network.device() != Device::cuda) return;
    gpu_sums_.emplace(torch::kCUDA, scaling_);
    gpu_step_.emplace(module_, network.device(), batch_size_, [this](const Batch& batch) {
      const auto outputs = answer(batch);
      return Judged{loss_of(t_, outputs, batch.targets), errors_of(outputs, batch.targets, recipe_)};
    });
  }

  void load(const TrainingState& begun) {
    check(begun);
    network_.load(begun.network);
    optimiser_.load(begun.optimiser);
    state_.curve = begun.curve;
    state_.best = begun.best;
    state_.batches_done = begun.batches_done;
    state_.seconds = begun.seconds;
    if (begun.batches_done > 0) {
      state_.sums = begun.sums;
      state_.dropout = begun.dropout;
    }
  }

  TrainingState run() {
    samples_ahead_ = until_next_batch();
    while (state_.epochs_done() < t_.epochs) {
      if (!train_epoch()) return state_;
      end_epoch();
      if (hooks_.save) hooks_.save(state_);
      if (hooks_.epoch_done) hooks_.epoch_done(state_.curve);
    }
    gather();
    return state_;
  }

 private:
  void begin_epoch() {
    state_.batches_done = 0;
    state_.seconds = 0;
    state_.dropout.clear();
    state_.sums = {.absolute_errors = std::vector<double>(scaling_.size(), 0.0)};
  }

  /// A saved state is as trustworthy as a file.
  void check(const TrainingState& begun) const {
    const auto expect = [](bool holds, const char* what) {
      if (!holds) throw DataError(std::string("the saved state does not fit: ") + what);
    };
    const auto finite = [](const std::vector<double>& values) {
      return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
    };
    expect(begun.curve.size() <= static_cast<std::size_t>(t_.epochs), "too many epochs");
    expect(begun.batches_done <= per_epoch_, "too many batches");
    expect(begun.curve.size() < static_cast<std::size_t>(t_.epochs) || begun.batches_done == 0,
           "batches after the last epoch");
    expect(begun.curve.empty() ? begun.best.empty() : same_shapes(begun.best, network_.arrays()),
           "best weights");
    expect(begun.seconds >= 0 && begun.seconds < 1e12, "time spent");
    double lowest = std::numeric_limits<double>::infinity();
    for (const auto& epoch : begun.curve) {
      expect(epoch.best == (validation_count_ == 0 || judged(epoch) < lowest), "best epochs");
      lowest = std::min(lowest, judged(epoch));
      expect(epoch.train_mae.size() == scaling_.size() && finite(epoch.train_mae), "training errors");
      expect(std::isfinite(judged(epoch)) && std::isfinite(epoch.train_loss), "losses");
      expect(epoch.validation_loss.has_value() == (validation_count_ > 0), "validation losses");
      expect(epoch.validation_mae.size() == (validation_count_ > 0 ? scaling_.size() : 0) &&
                 finite(epoch.validation_mae),
             "validation errors");
    }
    if (begun.batches_done == 0) return;
    expect(begun.sums.absolute_errors.size() == scaling_.size() && finite(begun.sums.absolute_errors) &&
               std::isfinite(begun.sums.loss) && begun.sums.samples > 0 &&
               begun.sums.samples <= begun.batches_done * batch_size_,
           "sums over the epoch");
  }

  /// False if it was asked to stop; the state is saved then.
  bool train_epoch() {
    const auto start = Clock::now();
    const double seconds_before = state_.seconds;
    const auto index = static_cast<std::uint64_t>(state_.epochs_done());
    Random shuffle(recipe_.seed, "order", index);
    const auto order = permutation(count_, shuffle);
    if (state_.batches_done == 0)
      torch::manual_seed(Random(recipe_.seed, "dropout", index).bits());
    else
      set_state(dropout_generator(network_.device()), state_.dropout);
    module_.train();
    if (gpu_sums_) gpu_sums_->start(state_.sums);
    while (state_.batches_done < per_epoch_) {
      const auto first = state_.batches_done * batch_size_;
      train_batch(std::span(order).subspan(first, std::min(batch_size_, count_ - first)));
      if (state_.batches_done % batches_per_look == 1 || state_.batches_done == per_epoch_) look();
      state_.seconds = seconds_before + seconds_since(start);
      const auto request = hooks_.batch_done ? hooks_.batch_done(progress()) : Request::go_on;
      if (request == Request::go_on) continue;
      look();
      gather();
      state_.dropout = state_of(dropout_generator(network_.device()));
      if (hooks_.save) hooks_.save(state_);
      if (request == Request::stop) return false;
    }
    return true;
  }

  void train_batch(std::span<const std::size_t> samples) {
    const auto b = state_.batches_done++;
    // Batch statistics of a single image say nothing.
    if (samples.size() < 2) return;
    const auto turn = static_cast<std::uint64_t>(state_.epochs_done()) * per_epoch_ + b;
    const auto batch = batches_.pick(samples, turn, true);
    if (gpu_step_) {
      const auto made = gpu_step_->run(batch);
      optimiser_.step(rate_of(b));
      gpu_sums_->add(made.loss, made.errors, batch.targets.size(0));
      return;
    }
    const auto outputs = answer(batch);
    const auto loss = loss_of(t_, outputs, batch.targets);
    const double value = loss.item<double>();
    if (!std::isfinite(value)) fail_not_finite(t_, "the loss is", state_.epochs_done() + 1, b + 1);
    optimiser_.zero_gradients();
    loss.backward();
    optimiser_.step(rate_of(b));
    add_errors(state_.sums, value, outputs, batch.targets, recipe_, scaling_);
  }

  Tensor answer(const Batch& batch) const {
    const MixedPrecision mixed(network_.device(), t_.precision == "mixed");
    return module_.rest(batch.inputs, batch.extent, module_.frozen()).to(torch::kFloat32);
  }

  /// Fetches the sums from the GPU. A loss that is not finite may be some batches old.
  void look() {
    if (!gpu_sums_) return;
    state_.sums = gpu_sums_->read();
    if (!std::isfinite(state_.sums.loss))
      fail_not_finite(t_, "the loss is", state_.epochs_done() + 1, state_.batches_done);
  }

  double rate_of(std::uint64_t batch) const {
    return learning_rate(
        t_, state_.epochs_done() + static_cast<double>(batch + 1) / static_cast<double>(per_epoch_ + 1));
  }

  /// Samples that go through the network before the next batch is done.
  std::size_t until_next_batch() const {
    return batch_size_ + (state_.batches_done == per_epoch_ ? validation_count_ : 0);
  }

  BatchDone progress() {
    BatchDone done{.epoch = state_.epochs_done() + 1,
                   .batch = state_.batches_done,
                   .batches = per_epoch_,
                   .loss = mean_loss(state_.sums),
                   .samples_since = samples_ahead_,
                   .samples_ahead = until_next_batch()};
    samples_ahead_ = done.samples_ahead;
    return done;
  }

  void end_epoch() {
    const auto start = Clock::now();
    Epoch epoch{.epoch = state_.epochs_done() + 1,
                .learning_rate = rate_of(per_epoch_ - 1),
                .train_loss = mean_loss(state_.sums),
                .train_mae = mean_errors(state_.sums)};
    if (validation_count_ > 0) {
      const Sums validated = validate(network_, recipe_, validation_, scaling_);
      epoch.validation_loss = mean_loss(validated);
      epoch.validation_mae = mean_errors(validated);
    }
    if (!std::isfinite(judged(epoch))) fail_not_finite(t_, "the validation loss is", epoch.epoch, per_epoch_);
    gather();
    epoch.best = validation_count_ == 0 ||
                 std::all_of(state_.curve.begin(), state_.curve.end(),
                             [&](const Epoch& before) { return judged(epoch) < judged(before); });
    if (epoch.best) state_.best = state_.network;
    epoch.seconds = state_.seconds + seconds_since(start);
    state_.curve.push_back(std::move(epoch));
    begin_epoch();
  }

  /// Weights and optimiser into the state.
  void gather() {
    state_.network = network_.arrays();
    state_.optimiser = optimiser_.state();
    if (!all_finite(state_.network) || !all_finite(state_.optimiser.arrays))
      fail_not_finite(t_, "the weights, or the optimiser's means, are", state_.epochs_done() + 1,
                      state_.batches_done);
  }

  const Clock::time_point began_ = Clock::now();
  Network& network_;
  NetworkModule& module_;
  const Recipe& recipe_;
  const TrainingRecipe& t_;
  const std::vector<TargetScaling>& scaling_;
  const TrainingHooks& hooks_;
  Batches batches_, validation_;
  Optimiser optimiser_;
  std::size_t count_, validation_count_, batch_size_, per_epoch_, samples_ahead_ = 0;
  TrainingState state_;
  std::optional<RunningSums> gpu_sums_;
  std::optional<CapturedStep> gpu_step_;  ///< the last one: gone before what it uses
};

}  // namespace

void expect_a_batch(const TrainingRecipe& training, std::size_t samples) {
  if (training.drop_last && samples < static_cast<std::size_t>(training.batch_size))
    throw DataError(
        fmt::format("{} training samples do not fill one batch of {}; try --set training.batch_size={} or "
                    "--set training.drop_last=false",
                    samples, training.batch_size, std::max<std::size_t>(samples / 4, 2)));
}

TrainingState train(Network& network, const Recipe& recipe, const TrainingData& data,
                    const TrainingData& validation, const TrainingHooks& hooks, const TrainingState* begun) {
  expect_a_batch(recipe.training, data.chosen.size());
  Training training(network, recipe, data, validation, hooks);
  if (begun) training.load(*begun);
  return training.run();
}

std::vector<double> predict(const Network& network, const Preprocessing& preprocessing,
                            const SampleSet& samples, std::span<const std::size_t> chosen, Mirrors mirrors) {
  const auto& spec = network.spec();
  const auto count = static_cast<std::size_t>(spec.outputs);
  std::vector<double> values;
  values.reserve(chosen.size() * count);
  while (!chosen.empty()) {
    const auto batch = chosen.first(std::min(Network::evaluation_batch, chosen.size()));
    chosen = chosen.subspan(batch.size());
    const auto outputs =
        network.evaluate(preprocessing.inputs(samples, batch, mirrors),
                         spec.extent ? preprocessing.extents(samples, batch, mirrors) : std::vector<float>());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const auto scaling = spec.classes ? TargetScaling{} : preprocessing.targets[i % count];
      values.push_back(scaling.offset + scaling.scale * static_cast<double>(outputs[i]));
    }
  }
  return values;
}

}  // namespace bondscope::ml
