#include "libpmd/inspect/failures.hpp"

namespace bondscope {

FailureList list_failures(const Store& store) {
  FailureList list;
  const auto begun = store.begun();
  const auto records = store.commits();
  for (std::size_t run = 0; run < records.size(); ++run) {
    if (records[run].state == RunState::failed)
      list.failed.push_back({run, records[run].failure, records[run].attempt, store.failure_reason(run)});
    if (records[run].state == RunState::pending && begun[run] > 0) list.begun.push_back({run, begun[run]});
  }
  return list;
}

}  // namespace bondscope
