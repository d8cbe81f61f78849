#include "libml/train/optimiser.hpp"

#include <algorithm>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <torch/nn.h>
#include <torch/optim.h>

#include "libml/nets/modules.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

using torch::Tensor;

/// Those of frozen blocks are left out.
std::vector<std::pair<std::string, Tensor>> trained_parameters(const NetworkModule& module) {
  std::vector<std::pair<std::string, Tensor>> trained;
  for (const auto& parameter : module.named_parameters())
    if (parameter.value().requires_grad()) trained.emplace_back(parameter.key(), parameter.value());
  return trained;
}

template <typename Options>
std::vector<torch::optim::OptimizerParamGroup> groups(NetworkModule& module, const Options& options) {
  std::vector<Tensor> penalised, exempt;
  for (const auto& [name, parameter] : trained_parameters(module)) {
    const bool is_bias = name.ends_with(".bias") && !name.ends_with("normalisation.bias");
    (is_bias ? exempt : penalised).push_back(parameter);
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

/// LibTorch files the state of a parameter under its address: until 1.13 as text, later as it is.
template <class Key>
Key key_of(const Tensor& parameter) {
  if constexpr (std::is_same_v<Key, std::string>) {
    std::ostringstream text;
    text << parameter.unsafeGetTensorImpl();
    return text.str();
  } else {
    return parameter.unsafeGetTensorImpl();
  }
}

/// A running mean that a kind of state has, and what we call it.
template <class State>
struct Mean {
  const char* name;
  Tensor& (*of)(State&);
};

template <class State>
std::vector<Mean<State>> means() {
  if constexpr (std::is_same_v<State, torch::optim::SGDParamState>)
    return {{"momentum", [](State& state) -> Tensor& { return state.momentum_buffer(); }}};
  else
    return {{"mean", [](State& state) -> Tensor& { return state.exp_avg(); }},
            {"mean_square", [](State& state) -> Tensor& { return state.exp_avg_sq(); }}};
}

/// The parameters of each member of an ensemble, or of the one network.
std::vector<std::vector<Tensor>> members_of(const NetworkModule& module) {
  std::map<std::string, std::vector<Tensor>> members;
  for (const auto& parameter : module.named_parameters()) {
    const auto& name = parameter.key();
    members[name.starts_with("member") ? name.substr(0, name.find('.')) : ""].push_back(parameter.value());
  }
  std::vector<std::vector<Tensor>> all;
  for (auto& [name, parameters] : members)
    all.push_back(std::move(parameters));
  return all;
}

/// As torch::nn::utils::clip_grad_norm_, which waits for the GPU in order to return the norm.
void limit_norm(const std::vector<Tensor>& parameters, double most) {
  const torch::NoGradGuard no_gradient;
  std::vector<Tensor> gradients, norms;
  for (const auto& parameter : parameters) {
    if (!parameter.grad().defined()) continue;
    gradients.push_back(parameter.grad());
    norms.push_back(parameter.grad().norm());
  }
  if (gradients.empty()) return;
  const auto factor = (most / (torch::stack(norms).norm() + 1e-6)).clamp_max(1);
  for (auto& gradient : gradients)
    gradient.mul_(factor);
}

NamedArray to_array(const std::string& name, const Tensor& tensor) {
  const auto values = tensor.detach().to(torch::kCPU).contiguous();
  const float* first = values.data_ptr<float>();
  return {name, tensor.sizes().vec(), std::vector<float>(first, first + values.numel())};
}

/// In the memory layout of `parameter`, as the optimiser would have made it.
Tensor tensor_like(const NamedArray& array, const Tensor& parameter) {
  auto values = torch::empty(array.shape, torch::kFloat32);
  std::ranges::copy(array.floats(), values.data_ptr<float>());
  auto tensor = torch::empty_like(parameter.detach());
  tensor.copy_(values);
  return tensor;
}

}  // namespace

class Optimiser::Implementation {
 public:
  Implementation(NetworkModule& module, const TrainingRecipe& training)
      : module_(module),
        training_(training),
        members_(members_of(module)),
        optimiser_(make_optimiser(module, training)) {}

  void zero_gradients() { optimiser_->zero_grad(); }

  void step(double learning_rate) {
    for (auto& group : optimiser_->param_groups())
      group.options().set_lr(learning_rate);
    if (training_.gradient_clip > 0) limit_gradients();
    optimiser_->step();
    ++steps_;
  }

  OptimiserState state() const {
    if (training_.optimiser == "sgd") return state_of<torch::optim::SGDParamState>();
    if (training_.optimiser == "adamw") return state_of<torch::optim::AdamWParamState>();
    return state_of<torch::optim::AdamParamState>();
  }

  void load(const OptimiserState& state) {
    if (training_.optimiser == "sgd") return load_into<torch::optim::SGDParamState>(state);
    if (training_.optimiser == "adamw") return load_into<torch::optim::AdamWParamState>(state);
    load_into<torch::optim::AdamParamState>(state);
  }

 private:
  /// Each member's gradient is that of its own loss over their number: so is its limit, and each learns as it
  /// would alone.
  void limit_gradients() {
    const double most = training_.gradient_clip / static_cast<double>(members_.size());
    for (const auto& parameters : members_)
      if (parameters.front().is_cuda())
        limit_norm(parameters, most);
      else
        torch::nn::utils::clip_grad_norm_(parameters, most);
  }

  using Key = std::decay_t<decltype(std::declval<torch::optim::Optimizer&>().state())>::key_type;

  template <class State>
  static constexpr bool keeps_steps = !std::is_same_v<State, torch::optim::SGDParamState>;

  /// Without momentum, SGD keeps nothing.
  bool has_means() const { return steps_ > 0 && (training_.optimiser != "sgd" || training_.momentum != 0); }

  template <class State>
  OptimiserState state_of() const {
    OptimiserState state{steps_, {}};
    if (!has_means()) return state;
    auto& entries = optimiser_->state();
    for (const auto& [parameter_name, parameter] : trained_parameters(module_)) {
      const auto entry = entries.find(key_of<Key>(parameter));
      if (entry == entries.end())
        throw NumericsError(fmt::format("parameter '{}' has no part in the training", parameter_name));
      auto& of = static_cast<State&>(*entry->second);
      for (const auto& mean : means<State>())
        state.arrays.push_back(to_array(parameter_name + "." + mean.name, mean.of(of)));
    }
    return state;
  }

  template <class State>
  void load_into(const OptimiserState& state) {
    if (state.steps < 0) throw DataError("a negative number of steps");
    steps_ = state.steps;
    const auto kept = means<State>();
    const std::size_t expected = has_means() ? trained_parameters(module_).size() * kept.size() : 0;
    if (state.arrays.size() != expected)
      throw DataError(
          fmt::format("the optimiser's state has {} arrays, expected {}", state.arrays.size(), expected));
    if (expected == 0) return;
    for (const auto& [parameter_name, parameter] : trained_parameters(module_)) {
      auto of = std::make_unique<State>();
      for (const auto& mean : kept) {
        const auto name = parameter_name + "." + mean.name;
        const auto array = std::find_if(state.arrays.begin(), state.arrays.end(),
                                        [&](const auto& candidate) { return candidate.name == name; });
        if (array == state.arrays.end() || array->shape != parameter.sizes().vec())
          throw DataError(fmt::format("the optimiser's state lacks '{}', or has it in another shape", name));
        mean.of(*of) = tensor_like(*array, parameter);
      }
      if constexpr (keeps_steps<State>) of->step(steps_);
      optimiser_->state()[key_of<Key>(parameter)] = std::move(of);
    }
  }

  NetworkModule& module_;
  TrainingRecipe training_;
  std::vector<std::vector<Tensor>> members_;
  std::unique_ptr<torch::optim::Optimizer> optimiser_;
  std::int64_t steps_ = 0;
};

Optimiser::Optimiser(NetworkModule& module, const TrainingRecipe& training)
    : implementation_(std::make_unique<Implementation>(module, training)) {}
Optimiser::~Optimiser() = default;

void Optimiser::zero_gradients() {
  implementation_->zero_gradients();
}

void Optimiser::step(double learning_rate) {
  implementation_->step(learning_rate);
}

OptimiserState Optimiser::state() const {
  return implementation_->state();
}

void Optimiser::load(const OptimiserState& state) {
  implementation_->load(state);
}

}  // namespace bondscope::ml
