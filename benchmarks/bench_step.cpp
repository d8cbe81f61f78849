// How near one time step comes to its limit: the bare Fourier transforms it consists of, on lines in cache.
// Both are timed in this one process; the ratio is what counts, since machines are noisy.
//   bench_step

#include <benchmark/benchmark.h>

#include "libtdse/solver/split_step.hpp"

using namespace tdse;

namespace {

/// 4 n transforms of length n: what a step of an n × n grid does, without moving or multiplying anything.
void bare_transforms(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const LineTransform transform(n);
  AlignedArray in(static_cast<std::size_t>(n)), out(static_cast<std::size_t>(n));
  for (auto _ : state) {
    for (int i = 0; i < 2 * n; ++i) {
      transform.forward(in.data(), out.data());
      transform.backward(out.data(), in.data());
    }
    benchmark::DoNotOptimize(in[0]);
  }
  state.counters["GFlop/s"] =
      benchmark::Counter(4e-9 * n * 5 * n * std::log2(n), benchmark::Counter::kIsIterationInvariantRate);
}

void split_step(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const Grid grid{n, n, 0.5};
  auto step = SplitStep::real_time(grid, Potential({}, {}), {}, true);
  Field field(grid);
  field.row(n / 2)[n / 2] = 1;
  for (auto _ : state)
    step.advance(field, 1e-3);
  state.counters["GFlop/s"] =
      benchmark::Counter(4e-9 * n * 5 * n * std::log2(n), benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace

BENCHMARK(bare_transforms)->Arg(320)->Arg(768)->Arg(960)->Unit(benchmark::kMillisecond);
BENCHMARK(split_step)->Arg(320)->Arg(768)->Arg(960)->Unit(benchmark::kMillisecond);
BENCHMARK_MAIN();
