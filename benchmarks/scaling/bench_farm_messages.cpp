// What rank 0 of a farm can do: the farm's own master with workers that answer at once, without solver and
// store.
//   mpirun -n RANKS bench_farm_messages RUNS [PROGRESS] [JOURNAL]
// Every run is answered by PROGRESS messages about its progress (0) and by `done`. With a file JOURNAL the
// master writes its journal there. Prints one JSON object: assignments per second, processor time of rank 0.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <sys/resource.h>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/farm.hpp"
#include "libtdse/farm/mpi_session.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

double seconds_of(const timeval& t) {
  return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

/// Processor time of this process, s.
double processor_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
}

void answer(Mailbox& mailbox, int progress) {
  Patience patience;
  for (;;) {
    const auto arrived = mailbox.poll();
    if (!arrived) {
      patience.wait();
      continue;
    }
    patience.reset();
    const Message& message = arrived->second;
    if (message.type == MessageType::dismiss) return mailbox.send(0, {.type = MessageType::bye});
    if (message.type == MessageType::begin) mailbox.send(0, {.type = MessageType::ready});
    if (message.type != MessageType::assign) continue;
    for (int i = 0; i < progress; ++i)
      mailbox.send(0, {.type = MessageType::progress, .run = message.run, .value = 0.5});
    mailbox.send(0, {.type = MessageType::done, .run = message.run, .value = 1e-6});
  }
}

std::vector<RunToDo> to_do_list(std::size_t runs) {
  std::vector<RunToDo> to_do;
  for (std::size_t run = 0; run < runs; ++run)
    to_do.push_back({run, 1, 1 + static_cast<double>(run % 7)});
  return to_do;
}

void measure(Mailbox& mailbox, const SignalWatch& signals, std::size_t runs, int progress, Journal journal) {
  Workers workers(mailbox);
  const double processor = processor_time();
  FarmSettings settings;
  settings.order.store = "/dev/null";
  StoreFacts nothing;
  nothing.runs.resize(runs);
  const auto result = run_farm(workers, nothing, Ledger({runs, 0, 0}, to_do_list(runs)), settings, journal,
                               {}, signals, [](const Ledger&) {});
  const double used = processor_time() - processor;
  if (result.done_now != runs) throw DataError("the farm ended before all runs were done");
  const auto n = static_cast<double>(runs);
  std::printf(
      "{\"workers\": %d, \"runs\": %zu, \"progress\": %d, \"seconds\": %.6f, \"assignments_per_s\": %.1f, "
      "\"rank0_processor_s\": %.6f, \"rank0_us_per_assignment\": %.3f}\n",
      result.workers, runs, progress, result.status.seconds, n / result.status.seconds, used, 1e6 * used / n);
}

}  // namespace

int main(int argc, char** argv) {
  const SignalWatch signals;
  const MpiSession mpi(argc, argv);
  try {
    const long runs = argc > 1 ? std::strtol(argv[1], nullptr, 10) : 0;
    const long progress = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 0;
    if (mpi.size() < 2 || runs < 1 || runs > 100'000'000 || progress < 0 || progress > 1000)
      throw ConfigError(
          "bench_farm_messages RUNS [PROGRESS] [JOURNAL]: expected at least 2 ranks, 1 to 1e8 runs, 0 "
          "to 1000 messages each");
    Mailbox mailbox(MPI_COMM_WORLD);
    if (mpi.rank() == 0)
      measure(mailbox, signals, static_cast<std::size_t>(runs), static_cast<int>(progress),
              argc > 3 ? Journal(argv[3]) : Journal());
    else
      answer(mailbox, static_cast<int>(progress));
    return 0;
  } catch (const std::exception& e) {
    if (mpi.rank() == 0) std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
