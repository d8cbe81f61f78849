// One time step shared by ranks and threads: how long it takes, how much of that is the exchange between
// ranks, and what that means for more ranks; and beside it the textbook step on FFTW3-MPI, which knows no
// threads. Prints JSON, one object per line.
//   mpirun -n RANKS bench_scaling NX NY THREADS [SECONDS]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/mpi_session.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"
#include "libtdse/solver/split_step.hpp"
#ifdef PMD_FFTW
#include "libtdse/witness/slab_propagation.hpp"
#endif

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Passes everything on and keeps account of exchanges.
class Accounted : public Ranks {
 public:
  explicit Accounted(Ranks& ranks) : ranks_(ranks) {}
  int rank() const override { return ranks_.rank(); }
  int size() const override { return ranks_.size(); }
  void sum(std::span<double> values) override { ranks_.sum(values); }
  using Ranks::exchange;
  void exchange(const void* send, const std::vector<std::size_t>& send_begin, void* receive,
                const std::vector<std::size_t>& receive_begin, std::size_t unit) override {
    const double begin = now();
    ranks_.exchange(send, send_begin, receive, receive_begin, unit);
    seconds += now() - begin;
    const auto self = static_cast<std::size_t>(rank());
    bytes += static_cast<double>(unit) *
             static_cast<double>(send_begin.back() - (send_begin[self + 1] - send_begin[self]));
  }

  double seconds = 0, bytes = 0;  ///< bytes to other ranks

 private:
  Ranks& ranks_;
};

struct Times {
  double step, exchange;
};

/// The fastest of many steps, on the slowest rank.
Times measure(SplitStep& step, Field& psi, Accounted& ranks, double budget) {
  constexpr double never = 1e300;
  Times best{never, never};
  double spent = 0;
  step.advance(psi, 1e-3);
  while (spent < budget) {
    double barrier = 0;
    ranks.sum({&barrier, 1});
    ranks.seconds = ranks.bytes = 0;
    const double begin = now();
    step.advance(psi, 1e-3);
    std::vector<double> each(2 * static_cast<std::size_t>(ranks.size()));
    const auto self = static_cast<std::size_t>(ranks.rank());
    each[2 * self] = now() - begin;
    each[2 * self + 1] = ranks.seconds;
    ranks.sum(each);
    Times slowest{0, 0};
    for (std::size_t i = 0; i < each.size(); i += 2)
      if (each[i] > slowest.step) slowest = {each[i], each[i + 1]};
    if (slowest.step < best.step) best = slowest;
    spent += slowest.step;
  }
  return best;
}

#ifdef PMD_FFTW
void bench_textbook(const Grid& grid, double budget) {
  SlabPropagation propagation(Potential({}, {}), grid.nx, grid.ny, grid.spacing, 0.02, MPI_COMM_WORLD);
  const auto psi = propagation.field();
  std::ranges::fill(psi, 1e-3);
  propagation.step(1e-3);
  double best = 1e300, spent = 0;
  while (spent < budget) {
    MPI_Barrier(MPI_COMM_WORLD);
    const double begin = now();
    propagation.step(1e-3);
    double seconds = now() - begin;
    MPI_Allreduce(MPI_IN_PLACE, &seconds, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    best = std::min(best, seconds);
    spent += seconds;
  }
  int rank = 0, size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (rank == 0)
    std::printf("{\"grid\": [%d, %d], \"ranks\": %d, \"textbook_step_seconds\": %.6g}\n", grid.nx, grid.ny,
                size, best);
}
#endif

void bench(const Grid& grid, int threads, double budget) {
  MpiRanks world(MPI_COMM_WORLD);
  const auto ranks = std::make_shared<Accounted>(world);
  const Team team{ranks, std::make_shared<Threads>(threads)};
  auto step = SplitStep::real_time(grid, Potential({}, {}), {.spacing = grid.spacing}, true, team);
  Field psi(grid, rows_of(grid, *ranks, ranks->rank()));
  for (int i = psi.rows().first; i < psi.rows().last; ++i)
    for (int j = 0; j < grid.ny; ++j)
      psi.set(i, j, std::exp(-0.01 * std::hypot(grid.x(i), grid.y(j))));
  const Times times = measure(step, psi, *ranks, budget);
  double bytes = ranks->bytes;
  ranks->sum({&bytes, 1});
  if (ranks->rank() != 0) return;

  const double points = static_cast<double>(grid.points());
  const double flops = 10 * points * std::log2(points);  // by the usual count, 5 n log2 n a transform
  const int size = ranks->size();
  const double rate = flops / (times.step - times.exchange) / (size * threads);
  std::printf(
      "{\"grid\": [%d, %d], \"ranks\": %d, \"threads\": %d, \"step_seconds\": %.6g, "
      "\"exchange_seconds\": %.6g, \"bytes_exchanged\": %.0f, \"flops\": %.6g, "
      "\"gflops_per_core\": %.4g}\n",
      grid.nx, grid.ny, size, threads, times.step, times.exchange, bytes, flops, 1e-9 * rate);
  if (size == 1) return;
  // Every rank computes its share and passes on all of it but its own part, twice; each as fast as here.
  const double bandwidth = bytes / size / times.exchange;
  std::printf(
      "{\"model\": \"flops/(cores*rate) + bytes/(ranks*bandwidth)\", \"rate_gflops\": %.4g, "
      "\"bandwidth_gb_s\": %.4g}\n",
      1e-9 * rate, 1e-9 * bandwidth);
  for (int p = 1; p <= grid.nx / 16 && p <= 64; p *= 2) {
    const double exchanged = 2 * points * sizeof(Block) / lanes * (p - 1) / p;
    const double seconds = flops / (rate * p * threads) + exchanged / (p * bandwidth);
    const double alone = flops / rate;
    std::printf("{\"ranks\": %d, \"threads\": %d, \"predicted_step_seconds\": %.4g, \"efficiency\": %.3f}\n",
                p, threads, seconds, alone / (seconds * p * threads));
  }
}

}  // namespace

int main(int argc, char** argv) {
  const MpiSession mpi(argc, argv);
  if (argc < 4) {
    std::cerr << "expected NX NY THREADS [SECONDS]" << std::endl;
    return 2;
  }
  try {
    const Grid grid{std::atoi(argv[1]), std::atoi(argv[2]), 0.2, false};
    const double budget = argc > 4 ? std::atof(argv[4]) : 3;
    bench(grid, std::atoi(argv[3]), budget);
#ifdef PMD_FFTW
    bench_textbook(grid, budget);
#endif
    return 0;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << std::endl;
    return 1;
  }
}
