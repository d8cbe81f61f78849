#include "libtdse/farm/recorder.hpp"

#include <utility>

#include "libtdse/farm/mpi_session.hpp"

namespace bondscope::tdse {
namespace {

class StoreRecorder : public Recorder {
 public:
  explicit StoreRecorder(const WorkOrder& order) : writer_(order.store, order.shape, parallel_access()) {}

  bool is_done(std::size_t run, std::uint32_t attempt) override {
    const auto record = writer_.commit(run);
    return record.state == RunState::done && record.attempt >= attempt;
  }
  void mark_begun(std::size_t run, std::uint32_t count, bool in_flight) override {
    writer_.mark_begun(run, count, in_flight);
  }
  bool failed(std::size_t run, std::uint32_t attempt, FailureKind kind, const std::string& reason) override {
    writer_.write_failure(run, attempt, kind, reason);
    return true;
  }
  bool done(FinishedRun run) override {
    writer_.write({&run, 1});
    return true;
  }

 private:
  RowWriter writer_;
};

}  // namespace

std::unique_ptr<Recorder> store_recorder(const WorkOrder& order) {
  return std::make_unique<StoreRecorder>(order);
}

}  // namespace bondscope::tdse
