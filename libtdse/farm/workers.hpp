#pragma once

// The master's side of the protocol.

#include <optional>
#include <utility>
#include <vector>

#include "libtdse/farm/assignment.hpp"
#include "libtdse/farm/protocol.hpp"
#include "libtdse/farm/settings.hpp"
#include "libtdse/farm/teams.hpp"

namespace bondscope::tdse {

/// All ranks but 0, as the master talks to them. They wait in serve() until they are dismissed, at the latest
/// when this is destroyed, whatever happens to the master meanwhile.
class Workers {
 public:
  /// `mailbox` must outlive this.
  explicit Workers(Mailbox& mailbox) : mailbox_(mailbox), teams_{mailbox.size()} {}
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  /// The master included.
  int ranks() const { return mailbox_.size(); }
  /// As Mailbox::processors().
  const std::vector<int>& processors_here() const { return mailbox_.processors(); }
  /// As begin() formed them; before: of one rank each.
  const Teams& teams() const { return teams_; }
  /// Forms the workers and lets them open the store; each answers `ready` or `broken`.
  void begin(const WorkOrder& order);
  /// Puts the run into the worker's queue.
  void assign(int worker, const Assignment& run);
  /// `withdraw` or `abandon`, to one or to all.
  void tell(int worker, MessageType what);
  /// To all workers.
  void tell(MessageType what);
  /// The next message and the worker whose first rank sent it; 0 for other ranks.
  std::optional<std::pair<int, Message>> poll();
  /// Sends all ranks home and waits until they go. False if some do not within `seconds`: MPI cannot be ended
  /// in order then.
  bool dismiss(double seconds);
  /// Whether dismiss() was called.
  bool dismissed() const { return dismissed_; }

 private:
  Mailbox& mailbox_;
  Teams teams_;
  bool dismissed_ = false;
};

}  // namespace bondscope::tdse
