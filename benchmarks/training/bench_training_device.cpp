// Training steps of the network of Fig. 1 as pmd_train takes them, on a GPU: images per second, and which
// share of what the device can do at most. On the processor only to try it out; bench_training_step is for
// that.
//   bench_training_device cuda|cpu [steps = 200]

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <ATen/Context.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include "libml/nets/modules.hpp"
#include "libml/train/captured_step.hpp"
#include "libml/train/mixed_precision.hpp"
#include "libml/train/optimiser.hpp"
#include "libml/train/process.hpp"

using namespace bondscope;

namespace {

constexpr std::uint64_t seed = 1;
constexpr double learning_rate = 1e-5;

/// What the device can do at most, as LibTorch reaches it.
struct Limits {
  double gflops = 0;  ///< product of large matrices, per second
  double gbytes = 0;  ///< read and written by a sum of large arrays, per second
};

class Device {
 public:
  explicit Device(ml::Device device) : device_(device) {}
  torch::Device torch() const { return device_ == ml::Device::cuda ? torch::kCUDA : torch::kCPU; }
  ml::Device own() const { return device_; }

  /// Seconds that `work` takes `count` times in a row, each.
  double seconds(int count, const std::function<void()>& work) const {
    using Clock = std::chrono::steady_clock;
    for (int i = 0; i < std::min(count, 10); ++i)
      work();
    wait();
    const auto start = Clock::now();
    for (int i = 0; i < count; ++i)
      work();
    wait();
    return std::chrono::duration<double>(Clock::now() - start).count() / count;
  }

 private:
  void wait() const {
    if (device_ == ml::Device::cuda) torch::cuda::synchronize();
  }
  ml::Device device_;
};

Limits limits(const Device& device, bool mixed) {
  const torch::NoGradGuard no_gradient;
  const bool small = device.own() == ml::Device::cpu;
  const std::int64_t n = small ? 1024 : 8192, length = std::int64_t{1} << (small ? 24 : 28);
  const auto numbers = torch::TensorOptions(device.torch()).dtype(mixed ? torch::kBFloat16 : torch::kFloat32);
  const auto a = torch::ones({n, n}, numbers), b = torch::ones({n, n}, numbers);
  auto c = torch::empty({n, n}, numbers);
  const auto x = torch::ones({length}, device.torch()), y = torch::ones({length}, device.torch());
  auto z = torch::empty({length}, device.torch());
  const double product = device.seconds(20, [&] { torch::mm_out(c, a, b); });
  const double sum = device.seconds(20, [&] { torch::add_out(z, x, y); });
  const double size = static_cast<double>(n);
  return {2e-9 * size * size * size / product, 12e-9 * static_cast<double>(length) / sum};
}

/// Least time of a step's convolutions, normalisations, ReLUs and poolings, if each is done by itself and
/// reads and writes its arrays once, as LibTorch's operators do.
double least_seconds(const ml::NetworkSpec& spec, int batch, const Limits& limits, double bytes_per_value) {
  double seconds = 0;
  const auto add = [&](double gflop, double values) {
    seconds += std::max(gflop / limits.gflops, 1e-9 * bytes_per_value * values / limits.gbytes);
  };
  for (int block = 0; block < spec.blocks; ++block) {
    const double channels = block == 0 ? 1 : spec.filters;
    const double pixels = double{1} * batch * (spec.width >> block) * (spec.height >> block);
    const double gflop = 1e-9 * pixels * 2 * spec.kernel * spec.kernel * channels * spec.filters;
    const double in = pixels * channels, out = pixels * spec.filters;
    add(gflop, in + out);                     // convolution
    add(gflop, in + out);                     // gradient of its filters
    if (block > 0) add(gflop, in + out);      // gradient of its input
    for (const double passes : {3., 5.,       // normalisation: statistics, values; their gradients
                                2., 3.,       // ReLU
                                1.25, 1.25})  // pooling
      add(0, passes * out);
  }
  return seconds;
}

void measure(const Device& device, bool mixed, int batch, int steps, const Limits& limits) {
  const ml::NetworkSpec spec;
  ml::Network network(spec, seed, device.own());
  auto& module = network.module();
  module.train();
  ml::TrainingRecipe recipe;
  recipe.learning_rate = learning_rate;
  ml::Optimiser optimiser(module, recipe);
  torch::manual_seed(seed);
  const auto options = torch::TensorOptions(device.torch());
  const ml::Batch data{
      torch::rand({batch, 1, spec.width, spec.height}, options), {}, torch::rand({batch, 1}, options)};
  ml::CapturedStep step(module, device.own(), static_cast<std::size_t>(batch), [&](const ml::Batch& one) {
    torch::Tensor outputs;
    {
      const ml::MixedPrecision precision(device.own(), mixed);
      outputs = module.forward(one.inputs).to(torch::kFloat32);
    }
    const auto errors = outputs - one.targets;
    return ml::Judged{0.5 * errors.square().sum(1).mean(), errors.detach().abs().sum(0)};
  });
  const double seconds = device.seconds(steps, [&] {
    step.run(data);
    optimiser.step(learning_rate);
  });
  const double least = least_seconds(spec, batch, limits, mixed ? 2 : 4);
  std::printf("| %s | %d | %.3f | %.0f | %.3f | %.0f %% |\n", mixed ? "mixed" : "single", batch,
              1e3 * seconds, batch / seconds, 1e3 * least, 100 * least / seconds);
  std::fflush(stdout);
}

int run(int argc, char** argv) {
  if (argc < 2) throw std::runtime_error("arguments: cuda|cpu [steps]");
  const Device device(ml::choose_device(argv[1]));
  const int steps = argc > 2 ? std::atoi(argv[2]) : 200;
  if (steps < 1) throw std::runtime_error("arguments: cuda|cpu [steps], steps positive");
  ml::prepare_process(static_cast<int>(at::get_num_threads()));
  // Convolutions of single precision take this, too.
  at::globalContext().setAllowTF32CuBLAS(true);
  const bool gpu = device.own() == ml::Device::cuda;
  std::printf("steps are recorded and started at once: %s\n\n",
              gpu && ml::CapturedStep::available() ? "yes" : "no");
  std::vector<Limits> most;
  for (const bool mixed : gpu ? std::vector<bool>{false, true} : std::vector<bool>{false}) {
    most.push_back(limits(device, mixed));
    std::printf("%s precision: %.0f GFLOP/s (product of matrices), %.0f GB/s (sum of arrays)\n",
                mixed ? "mixed" : "single", most.back().gflops, most.back().gbytes);
  }
  std::printf(
      "\n| precision | batch | ms per step | images per s | least ms | share of the roofline |\n"
      "| --- | --- | --- | --- | --- | --- |\n");
  for (std::size_t mixed = 0; mixed < most.size(); ++mixed)
    for (const int batch : {30, 300})
      measure(device, mixed == 1, batch, gpu ? steps : std::max(1, steps * 30 / batch), most[mixed]);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "bench_training_device: %s\n", e.what());
    return 2;
  }
}
