#pragma once

// What master and workers say to each other.
//
// clang-format off
//   master -> every rank: begin {text: WorkOrder}, dismiss {}
//   master -> worker:     assign {run, attempt, code: deaths, value: 1 last try + 2 saved, text: parameters},
//                         withdraw {}, abandon {}
//   worker -> its team:   assist {run, code: number of the order, value: 2 saved, text: parameters}
//   worker -> its node's writer: mark {run, attempt: number of the order, code: begun, value: in flight},
//                         row {run, attempt, value: number of the order, text: all of it},
//                         failure {run, attempt, code: FailureKind, value: number of the order, text: reason}
//   node's writer -> worker: written {run}, unwritten {run, code: disk full, text: reason}
//   worker -> master:     ready {text: host and runs saved there}, progress {run, value: fraction},
//                         done {run, attempt, value: seconds, code: resumed, text: note},
//                         failed {run, attempt, value: seconds, code: FailureKind, text: reason},
//                         interrupted {run, value: seconds, code: saved, text: note},
//                         troubled {run, value: seconds, text: reason},
//                         returned {run}, idle {}, stop {value: StopRequest}, broken {run, code: disk full, text: reason}
//   every rank -> master: bye {}
// clang-format on
//
// A worker is a team of ranks whose first one speaks. It waits for `begin` or `dismiss`, opens the store and
// says `ready`. Runs assigned to it wait in its queue. Each is answered by exactly one of done, failed,
// interrupted, troubled, returned and broken: `withdraw` sends back what it has not begun, and `idle` follows
// when nothing is left; `abandon` also stops what it has begun. After `broken` the worker only waits for
// `dismiss`. `bye` is every rank's last word.

#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <mpi.h>

namespace bondscope::tdse {

/// Kinds of messages, as listed above.
enum class MessageType : std::uint32_t {
  begin = 1,
  assign,
  withdraw,
  abandon,
  dismiss,
  assist,
  ready,
  progress,
  done,
  failed,
  interrupted,
  returned,
  idle,
  stop,
  troubled,
  broken,
  mark,
  row,
  failure,
  written,
  unwritten,
  bye,
};

/// A message, of which each kind uses what is listed above.
struct Message {
  MessageType type = MessageType::dismiss;  ///< kind
  std::uint64_t run = 0;                    ///< row of the store
  std::uint32_t attempt = 0;                ///< which attempt
  std::uint32_t code = 0;                   ///< as listed above
  double value = 0;                         ///< as listed above
  std::string text = {};                    ///< cut off after a few hundred characters in reasons
};

/// As bytes.
std::vector<char> encode(const Message& message);
/// Throws DataError for anything that encode() of this version did not make.
Message decode(const std::vector<char>& bytes);

/// Sends and receives messages without ever blocking for long: MPI's own waiting burns a core.
class Mailbox {
 public:
  /// Collective: everybody in `world` makes one. The communicator is duplicated.
  explicit Mailbox(MPI_Comm world);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  ~Mailbox();

  /// Of this process, from 0.
  int rank() const { return rank_; }
  /// Number of processes.
  int size() const { return size_; }
  /// The ranks on this machine, increasing, this one among them.
  const std::vector<int>& neighbours() const { return neighbours_; }
  /// The processors that at least one of the neighbours may run on, increasing; empty if unknown.
  const std::vector<int>& processors() const { return processors_; }
  /// The mailbox's own.
  MPI_Comm communicator() const { return comm_; }

  /// Never waits, whatever the receiver does: a message is kept here until it has left.
  void send(int to, const Message& message);
  /// The same to all other ranks.
  void send_to_all(const Message& message);
  /// The next message with its sender, if one has arrived as a whole: the long ones need their sender's help,
  /// for which nobody waits. Messages of one sender come in the order in which they were sent.
  std::optional<std::pair<int, Message>> poll();

 private:
  struct Sending {
    std::shared_ptr<const std::vector<char>> bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  struct Receiving {
    int from = 0;
    std::shared_ptr<std::vector<char>> bytes;
    MPI_Request request = MPI_REQUEST_NULL;
  };
  void send(int to, const std::shared_ptr<const std::vector<char>>& bytes);
  void forget_sent();
  bool begin_to_receive();
  std::optional<std::pair<int, Message>> arrived();

  MPI_Comm comm_ = MPI_COMM_NULL;
  std::vector<int> neighbours_, processors_;
  std::list<Sending> sending_;
  std::list<Receiving> receiving_;
  int rank_ = 0, size_ = 1;
};

/// Sleeps between polls: briefly after something happened, up to some milliseconds when nothing does.
class Patience {
 public:
  /// Something happened.
  void reset() { microseconds_ = shortest; }
  /// Sleeps.
  void wait();

 private:
  static constexpr int shortest = 50, longest = 5000;
  int microseconds_ = shortest;
};

}  // namespace bondscope::tdse
