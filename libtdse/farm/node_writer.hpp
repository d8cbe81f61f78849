#pragma once

// One worker of a node writes for all of them: one opens the store, and what arrives within half a second
// shares its syncs.

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/base/clock.hpp"
#include "libtdse/farm/protocol.hpp"
#include "libtdse/farm/recorder.hpp"

namespace bondscope::tdse {

/// All of a run with all its bits, and a checksum, for a message.
std::string to_text(const FinishedRun& run);
/// Throws DataError if this is not what to_text() made.
FinishedRun finished_from_text(const std::string& text);

/// What a worker's recorder says to its node's writer, which may be itself.
class NodeRecorder : public Recorder {
 public:
  /// `say` takes a message to the writer; `order` is the number of the store among those of this program.
  NodeRecorder(std::function<void(const Message&)> say, std::uint32_t order)
      : say_(std::move(say)), order_(order) {}

  /// Nobody asks the store: a run that another worker has done already is computed twice, and written once.
  bool is_done(std::size_t, std::uint32_t) override { return false; }
  void mark_begun(std::size_t run, std::uint32_t count, bool in_flight) override;
  bool failed(std::size_t run, std::uint32_t attempt, FailureKind kind, const std::string& reason) override;
  bool done(FinishedRun run) override;

 private:
  std::function<void(const Message&)> say_;
  std::uint32_t order_;
};

/// The number of the store that a message to a node's writer is about.
std::uint32_t order_of(const Message& message);

/// Writes what the workers of its node say.
class NodeWriter {
 public:
  /// Gets, for the rank that sent it, what became of each row and failure: `written` or `unwritten`.
  using Answer = std::function<void(int rank, const Message&)>;

  /// Opens the store. Throws as RowWriter.
  NodeWriter(const WorkOrder& order, Answer answer);

  /// A message `mark`, `row` or `failure`.
  void take(int from, const Message& message);
  /// Writes what has come if there is enough of it, or it is old enough, or `now`.
  void write(bool now);
  /// Whether something waits.
  bool waiting() const { return !rows_.empty(); }

 private:
  void answer(int rank, std::size_t run, const std::exception* error) const;
  void write_all();

  RowWriter writer_;
  Answer answer_;
  std::vector<FinishedRun> rows_;
  std::vector<int> senders_;  // of rows_
  std::size_t bytes_ = 0;
  Clock::time_point first_;  // of rows_
};

}  // namespace bondscope::tdse
