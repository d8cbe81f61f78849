#pragma once

// Where a worker's results go: into the store, by its own hand or by that of its node's writer.

#include <memory>

#include "libpmd/store/row_writer.hpp"
#include "libtdse/farm/settings.hpp"

namespace bondscope::tdse {

/// Where a worker's results go. What goes wrong is thrown as FileError.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Whether the run is done already, in this attempt or a later one.
  virtual bool is_done(std::size_t run, std::uint32_t attempt) = 0;
  /// As Store::mark_begun().
  virtual void mark_begun(std::size_t run, std::uint32_t count, bool in_flight) = 0;
  /// A failed run: on disk when this returns, or on its way, as done() says it.
  virtual bool failed(std::size_t run, std::uint32_t attempt, FailureKind kind,
                      const std::string& reason) = 0;
  /// A done run: true if it is on disk when this returns, false if that will be told later.
  virtual bool done(FinishedRun run) = 0;
};

/// Opens the store and writes to it.
std::unique_ptr<Recorder> store_recorder(const WorkOrder& order);

}  // namespace bondscope::tdse
