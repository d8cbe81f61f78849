#include "libpmd/images/parallel_runs.hpp"

#include <exception>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "libpmd/base/error.hpp"
#include "libpmd/store/checksum.hpp"

namespace bondscope {
namespace {

class Crew {
 public:
  Crew(const Store& store, std::span<const std::size_t> rows, const RunWork& work)
      : store_(store), rows_(rows), work_(work) {}

  /// One thread's share.
  void operator()() {
    try {
      while (step()) {
      }
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::current_exception();
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  bool step() {
    LoadedRun run;
    CommitRecord record;
    std::function<void()> result;
    std::uint64_t number = 0;
    try {
      {
        const std::lock_guard lock(mutex_);
        if (error_ || next_ == rows_.size()) return false;
        run.position = next_++;
        const std::size_t row = rows_[run.position];
        number = store_.description().numbers[row];
        record = store_.commit(row);
        run.pmd = store_.pmd(row);
        run.diagnostics = store_.diagnostics(row);
      }
      run.payload_checksum =
          payload_checksum(store_.description().runs[rows_[run.position]], run.diagnostics, run.pmd);
      if (record.state != RunState::done || record.payload_checksum != run.payload_checksum)
        throw DataError("damaged, its checksum does not hold; see pmd_store verify");
      result = work_(run);
    } catch (const DataError& error) {
      throw DataError(store_.path().string() + ": run " + std::to_string(number) + ": " + error.what());
    }
    const std::lock_guard lock(mutex_);
    ready_.emplace(run.position, std::move(result));
    while (!error_ && !ready_.empty() && ready_.begin()->first == delivered_) {
      ready_.begin()->second();
      ready_.erase(ready_.begin());
      ++delivered_;
    }
    return true;
  }

  const Store& store_;
  const std::span<const std::size_t> rows_;
  const RunWork& work_;
  std::mutex mutex_;  ///< guards HDF5 and everything below
  std::size_t next_ = 0, delivered_ = 0;
  std::map<std::size_t, std::function<void()>> ready_;
  std::exception_ptr error_;
};

}  // namespace

void work_on_runs(const Store& store, std::span<const std::size_t> rows, int threads, const RunWork& work) {
  Crew crew(store, rows, work);
  {
    std::vector<std::jthread> helpers;
    for (int t = 1; t < threads; ++t)
      helpers.emplace_back(std::ref(crew));
    crew();
  }
  crew.rethrow();
}

}  // namespace bondscope
