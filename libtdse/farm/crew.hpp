#pragma once

// The master's side of the protocol.

#include <filesystem>
#include <optional>
#include <utility>

#include "libtdse/farm/plan.hpp"
#include "libtdse/farm/protocol.hpp"

namespace tdse {

/// All ranks but 0. They wait in serve() until this is destroyed, whatever happens to the master meanwhile.
class Crew {
 public:
  explicit Crew(Mailbox& mailbox) : mailbox_(mailbox) {}
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;
  ~Crew();

  int size() const { return mailbox_.size() - 1; }
  /// Lets all open the store; each answers `ready` or `broken`.
  void begin(const std::filesystem::path& store, double checkpoint_interval);
  void assign(int worker, const PlannedRun& run);
  /// Asks all to stop what they are running.
  void abandon();
  std::optional<std::pair<int, Message>> poll() { return mailbox_.poll(); }

 private:
  void tell_all(const Message& message);

  Mailbox& mailbox_;
};

}  // namespace tdse
