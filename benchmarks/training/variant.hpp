#pragma once

// The same network and training step in three ways.

#include <memory>
#include <string>
#include <vector>

namespace bench {

enum class Variant {
  naive,   ///< modules of LibTorch, its default memory layout and the default allocator
  layout,  ///< the same with images channels last and memory that stays with the process
  ours     ///< libml's network and optimiser, allocator as in `layout`
};
const char* to_string(Variant variant);

/// Batch 30 of 256×128 pixels, as in configs/recipes/paper.yaml.
inline constexpr int batch = 30, width = 256, height = 128, blocks = 5, filters = 32;

/// Time of a part of a step, and what the hardware had to do for it.
struct Part {
  std::string name;
  double seconds;
  double processor;  ///< seconds of all threads together, which others on the machine disturb less
  double gflop;      ///< of the direct sum, whatever the method
  double gbyte;      ///< read and written at least
};

/// A network in the middle of its training.
class Stepper {
 public:
  virtual ~Stepper() = default;
  /// One step with the batch of that number; returns the loss before it.
  virtual double step(int number) = 0;
};

/// Sets threads and allocator of this process.
std::unique_ptr<Stepper> make_stepper(Variant variant, int threads);

/// The parts of a step, each measured alone: lowest times of `repeats`.
std::vector<Part> parts(Variant variant, int repeats);

/// Of LibTorch's product of matrices, and of a sum of two arrays far larger than the caches.
Part matrix_product(int threads);
Part array_sum(int threads);

}  // namespace bench
