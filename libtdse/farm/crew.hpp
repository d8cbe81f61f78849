#pragma once

// The master's side of the protocol.

#include <optional>
#include <utility>
#include <vector>

#include "libtdse/farm/plan.hpp"
#include "libtdse/farm/protocol.hpp"
#include "libtdse/farm/work_order.hpp"

namespace bondscope::tdse {

/// Ranks 1, 2, … in teams of equal size: worker w (1, 2, …) has the ranks 1 + (w - 1) n … w n. What is left
/// over has nothing to do.
struct Teams {
  int ranks = 1;  ///< of the job, the master included
  int ranks_per_run = 1;

  int workers() const { return (ranks - 1) / ranks_per_run; }
  int idle() const { return (ranks - 1) % ranks_per_run; }
  std::vector<int> ranks_of(int worker) const;
  int first_rank_of(int worker) const { return 1 + (worker - 1) * ranks_per_run; }
  /// 0 for the master and for ranks that are left over.
  int worker_of(int rank) const;
};

/// All ranks but 0. They wait in serve() until they are dismissed, at the latest when this is destroyed,
/// whatever happens to the master meanwhile.
class Crew {
 public:
  explicit Crew(Mailbox& mailbox) : mailbox_(mailbox), teams_{mailbox.size(), 1} {}
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  int ranks() const { return mailbox_.size(); }
  /// As begin() formed them; before: of one rank each.
  const Teams& teams() const { return teams_; }
  /// Forms the workers and lets them open the store; each answers `ready` or `broken`.
  void begin(const WorkOrder& order);
  void assign(int worker, const PlannedRun& run);
  /// Asks one, or all, to send back what they have not begun.
  void withdraw(int worker);
  void withdraw();
  /// Asks all to stop what they are running, too.
  void abandon();
  /// The next message and the worker whose first rank sent it; 0 for other ranks.
  std::optional<std::pair<int, Message>> poll();
  /// Sends all ranks home and waits until they go. False if some do not within `seconds`: MPI cannot be ended
  /// in order then.
  bool dismiss(double seconds);
  bool dismissed() const { return dismissed_; }

 private:
  void tell_workers(const Message& message);
  void tell_all(const Message& message);

  Mailbox& mailbox_;
  Teams teams_;
  bool dismissed_ = false;
};

}  // namespace bondscope::tdse
