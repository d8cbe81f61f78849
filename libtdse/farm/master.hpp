#pragma once

// Rank 0 of several: sends workers the runs that the dispatcher chooses, and hears what became of them.

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "libpmd/base/clock.hpp"
#include "libtdse/farm/dispatcher.hpp"
#include "libtdse/farm/prepare.hpp"
#include "libtdse/farm/workers.hpp"

namespace bondscope::tdse {

/// Rank 0: carries messages between the workers and the dispatcher.
class Master {
 public:
  /// All must outlive this.
  Master(Workers& workers, Dispatcher& dispatcher, const StoreFacts& store, const FarmSettings& settings,
         const FarmReport& report)
      : workers_(workers), dispatcher_(dispatcher), store_(store), settings_(settings), report_(report) {}

  /// Returns when all runs are done or the farm has stopped.
  void run(const WorkOrder& order);
  /// After run(): waits until nobody has an answer to begin() on its way. False if somebody does not answer.
  bool wait_for_starters();
  /// Whether some did not answer.
  bool lost_workers() const;

 private:
  enum class State { starting, ready, lost, benched };
  struct WorkerState {
    State state = State::starting;
    Clock::time_point heard = Clock::now();
  };

  bool finished();
  bool anybody_starting() const;
  /// Once each.
  void pass_on_stop();
  void greet(int worker, const std::string& text);
  void handle(int worker, const Message& message);
  /// Files the worker under the length of its queue, if it may be given runs.
  void requeue(int worker);
  void look_for_silence();
  void hand_out();

  Workers& workers_;
  Dispatcher& dispatcher_;
  const StoreFacts& store_;
  const FarmSettings& settings_;
  const FarmReport& report_;
  std::vector<WorkerState> states_;                 // [worker]; 0 is nobody
  std::set<std::pair<std::size_t, int>> by_queue_;  // (length of queue, worker) of all that are ready
  std::map<int, std::size_t> filed_;                // under which length
  Clock::time_point begin_ = Clock::now(), next_look_ = Clock::now();
  bool withdrawn_ = false, abandoned_ = false;
};

}  // namespace bondscope::tdse
