#include "libpmd/store/rows.hpp"

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/utc_time.hpp"
#include "libpmd/base/threads/for_each_index.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/history.hpp"

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

StoreDescription describe_rows(const Store& source, const std::vector<std::size_t>& rows) {
  const auto& from = source.description();
  StoreDescription d = from;
  d.runs.clear();
  d.numbers.clear();
  if (from.derivation) d.derivation = Derivation{from.derivation->method, {}, {}, {}};
  for (const auto row : rows) {
    d.runs.push_back(from.runs[row]);
    d.numbers.push_back(from.numbers[row]);
    if (!from.derivation) continue;
    d.derivation->use.push_back(from.derivation->use[row]);
    d.derivation->links.push_back(from.derivation->links[row]);
    d.derivation->roots.push_back(from.derivation->roots[row]);
  }
  if (!from.derivation) {
    History history;
    history.add(source);
    d.history = history.text();
  }
  d.created = utc_now();
  return d;
}

ChosenRows choose_rows(const Store& store, const std::vector<CommitRecord>& records, bool all,
                       bool skip_damaged, const std::function<void(std::size_t)>& looking) {
  ChosenRows chosen;
  for (std::size_t row = 0; row < records.size(); ++row) {
    const bool done = records[row].state == RunState::done;
    if (skip_damaged) looking(row);
    if (!records[row].intact || (skip_damaged && done && !sound(store, row))) {
      if (!skip_damaged) refuse_damaged(store, row);
      chosen.damaged.push_back(store.description().numbers[row]);
    } else if (done || all) {
      chosen.rows.push_back(row);
    }
  }
  return chosen;
}

void refuse_damaged(const Store& store, std::size_t row) {
  throw DataError(store.name_of(row) + " is damaged; compute it again, or leave it out with --skip-damaged");
}

bool sound(const Store& store, std::size_t row) {
  try {
    return store.payload_intact(row);
  } catch (const DataError&) {
    return false;
  }
}

std::string copy_done(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                      std::size_t to) {
  std::vector<float> pmd;
  Diagnostics diagnostics;
  try {
    pmd = source.pmd(row);
    diagnostics = source.diagnostics(row);
  } catch (const DataError&) {
    return "its data cannot be read";
  }
  if (payload_checksum(target.description().runs[to], diagnostics, pmd) != record.payload_checksum)
    return "its data do not match their checksum";
  target.write(to, pmd, diagnostics, record.attempt);
  return {};
}

std::string copy_failed(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                        std::size_t to) {
  const bool believed = source.reason_intact(row);
  target.write_failure(to, record.attempt, record.failure,
                       believed ? source.failure_reason(row) : "(the reason was damaged)");
  return believed ? "" : "the reason of its failure is damaged";
}

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
