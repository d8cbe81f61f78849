#include "libpmd/store/parallel_runs.hpp"

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"
#include "libpmd/store/checksum.hpp"

namespace bondscope {
namespace {

/// Results in the order of the rows, in whatever order they are made.
class InOrder {
 public:
  /// Calls those whose turn it is. Once one has thrown, none is called any more.
  void add(std::size_t position, std::function<void()> result) {
    waiting_.emplace(position, std::move(result));
    while (!waiting_.empty() && waiting_.begin()->first == next_) {
      const auto first = waiting_.extract(waiting_.begin());
      first.mapped()();
      ++next_;
    }
  }

 private:
  std::map<std::size_t, std::function<void()>> waiting_;
  std::size_t next_ = 0;
};

}  // namespace

void work_on_runs(const Store& store, std::span<const std::size_t> rows, int threads, const RunWork& work) {
  std::mutex mutex;  // guards HDF5 and the results
  InOrder results;
  for_each_index(rows.size(), threads, [&](std::size_t position) {
    const std::size_t row = rows[position];
    std::function<void()> result;
    try {
      LoadedRun run;
      CommitRecord record;
      {
        const std::lock_guard lock(mutex);
        record = store.commit(row);
        run = {position, store.pmd(row), store.diagnostics(row)};
      }
      run.payload_checksum = payload_checksum(store.description().runs[row], run.diagnostics, run.pmd);
      if (record.state != RunState::done || record.payload_checksum != run.payload_checksum)
        throw DataError("damaged, its checksum does not hold; see pmd_store verify");
      result = work(run);
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", store.name_of(row), error.what()));
    }
    const std::lock_guard lock(mutex);
    results.add(position, std::move(result));
  });
}

}  // namespace bondscope
