#pragma once

// A farm as a discrete-event simulation: one master that serves messages one after the other, workers that
// run, report and wait as the real ones do, and nodes that die. The order of the runs and the ledger are the
// farm's own.
//
//   wall × workers = busy + lost + what workers wait

#include <cstddef>
#include <cstdint>
#include <vector>

#include "benchmarks/scaling/run_times.hpp"

namespace bondscope::tdse::scaling {

/// What things cost rank 0, in seconds of its processor.
struct MasterCosts {
  double receive = 0;            ///< per message taken in and booked
  double progress = 0;           ///< the same for a message that says only how far a run is
  double assign = 0;             ///< per run handed out
  double round = 0;              ///< per round of its loop
  double round_per_running = 0;  ///< of that per worker that runs
};

/// Nodes die at random times, independently of each other.
struct NodeFailures {
  double per_node_hour = 0;
  std::size_t workers_per_node = 64;
  /// true: the whole job ends, and another one begins after `requeue_seconds`, without what was in flight.
  /// false: the others go on, and the node's runs are handed out again after `noticed_seconds`; the node
  /// stays away.
  bool end_the_job = true;
  double requeue_seconds = 300, noticed_seconds = 30;
};

struct FarmModel {
  std::size_t workers = 1;
  MasterCosts master;
  double latency = 0;            ///< of a message, s
  double progress_interval = 1;  ///< a running worker says how far it is as often, s; 0: never
  bool sleeping_polls = true;    ///< who waits sleeps between polls as Patience does; false: sees at once
  /// Runs sent to a worker beside the one it computes, while more than `held_back` runs per worker wait. The
  /// farm holds back one.
  std::size_t prefetch = 0;
  double held_back = 1;
  NodeFailures failures;
};

enum class Order { longest_first, by_number, random, known_times };

struct Simulated {
  std::size_t done = 0, unfinished = 0;  ///< runs; some stay unfinished if no node survives
  double wall = 0;      ///< from the first message until all is done, waiting for a new job excluded, s
  double requeued = 0;  ///< waiting for a new job, s
  double busy = 0;      ///< of runs that were finished, summed over workers, s
  double lost = 0;      ///< of runs that a failure cut short, s
  double tail = 0;      ///< from the first worker that has nothing to do until the end, s
  double wait = 0;      ///< mean time between a worker's runs, s
  double messages = 0;  ///< share of the wall time that rank 0 takes messages in and hands runs out
  double rounds = 0;    ///< share that the rounds of its loop take beside; they get fewer with more to do
  std::size_t failures = 0;

  double efficiency(std::size_t workers) const {
    return wall > 0 ? busy / (wall * static_cast<double>(workers)) : 0;
  }
};

/// Throws ConfigError for a model without workers, or with a negative time.
Simulated simulate(const FarmModel& model, const std::vector<RunTime>& runs, Order order, std::uint64_t seed);

}  // namespace bondscope::tdse::scaling
