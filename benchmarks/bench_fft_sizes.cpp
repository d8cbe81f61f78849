// Rate of FFTW's estimated one-dimensional complex plans by size, from which solver/grid.cpp picks its fast
// sizes.
//   bench_fft_sizes

#include <cmath>
#include <memory>

#include <benchmark/benchmark.h>
#include <fftw3.h>

namespace {

struct Free {
  void operator()(fftw_complex* memory) const { fftw_free(memory); }
};

void estimated_plan(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const auto size = sizeof(fftw_complex) * static_cast<std::size_t>(n);
  const std::unique_ptr<fftw_complex, Free> in(static_cast<fftw_complex*>(fftw_malloc(size)));
  const std::unique_ptr<fftw_complex, Free> out(static_cast<fftw_complex*>(fftw_malloc(size)));
  for (int i = 0; i < n; ++i)
    in.get()[i][0] = in.get()[i][1] = 0;
  const auto plan = fftw_plan_dft_1d(n, in.get(), out.get(), FFTW_FORWARD, FFTW_ESTIMATE);
  for (auto _ : state)
    fftw_execute(plan);
  fftw_destroy_plan(plan);
  state.counters["GFlop/s"] =
      benchmark::Counter(5e-9 * n * std::log2(n), benchmark::Counter::kIsIterationInvariantRate);
}

bool even_and_smooth(int n) {
  for (const int p : {2, 3, 5, 7})
    while (n % p == 0)
      n /= p;
  return n == 1;
}

}  // namespace

int main(int argc, char** argv) {
  for (int n = 48; n <= 4096; n += 16)
    if (even_and_smooth(n))
      benchmark::RegisterBenchmark("estimated_plan", estimated_plan)->Arg(n)->MinTime(0.02);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
