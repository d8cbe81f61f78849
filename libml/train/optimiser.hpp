#pragma once

// One step of gradient descent after another, and what the next one needs to know of those before.

#include <cstdint>
#include <memory>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/train/recipe.hpp"

namespace bondscope::ml {

class NetworkModule;

/// What an optimiser has gathered: with it, and the same weights, a new one goes on as the old one would.
struct OptimiserState {
  std::int64_t steps = 0;  ///< taken so far
  /// Running means of every parameter, e.g. "output.bias.momentum"; none before the first step.
  std::vector<NamedArray> arrays;
};

/// Changes weights after each batch, as the recipe says.
class Optimiser {
 public:
  /// The recipe's optimiser for the parameters of `module`, which must outlive it; biases are exempt from
  /// weight decay.
  Optimiser(NetworkModule& module, const TrainingRecipe& training);
  ~Optimiser();

  /// Before the backward pass of a batch.
  void zero_gradients();
  /// Limits the gradients as the recipe says and changes the parameters.
  void step(double learning_rate);

  /// To be saved.
  OptimiserState state() const;
  /// Throws DataError if it is not a state of this optimiser for these parameters.
  void load(const OptimiserState& state);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace bondscope::ml
