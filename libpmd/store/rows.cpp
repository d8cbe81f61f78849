#include "libpmd/store/rows.hpp"

#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/process/build_info.hpp"
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
  StoreDescription d = without_rows(from);
  d.code_version = from.code_version;
  d.libraries = from.libraries;
  d.machine = from.machine;
  d.part = from.part;
  d.history = from.history;
  if (from.derivation) d.derivation = Derivation{from.derivation->method, {}, {}, {}};
  for (const auto row : rows)
    add_row(d, from, row);
  if (!from.derivation) {
    History history;
    history.add(source);
    d.history = history.text();
  }
  d.created = utc_now();
  return complete(std::move(d));
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

CopiedRow copy_row(const Store& source, std::size_t row, Store& target, std::size_t to) {
  RunContent run;
  try {
    run = source.load(row);
  } catch (const DataError&) {
    return {.wrong = "its data cannot be read"};
  }
  const auto& [commit, diagnostics, reason, reason_intact, begun, in_flight] = run.record;
  if (!commit.intact) return {.wrong = "its commit record is damaged"};
  switch (commit.state) {
    case RunState::done:
      // The checksum is that of the target's parameters, too.
      if (payload_checksum(target.description(), to, diagnostics, run.pmd, run.arrays) !=
          commit.payload_checksum)
        return {.wrong = "its data do not match their checksum"};
      target.write(to, run.pmd, diagnostics, commit.attempt, run.arrays);
      return {.state = RunState::done};
    case RunState::failed:
      target.write_failure(to, commit.attempt, commit.failure,
                           reason_intact ? reason : "(the reason was damaged)");
      return {RunState::failed, reason_intact ? "" : "the reason of its failure is damaged"};
    case RunState::pending:
      target.mark_begun(to, begun, in_flight);
  }
  return {};
}

void work_on_runs(const Store& store, std::span<const std::size_t> rows, int threads, const RunWork& work) {
  std::mutex mutex;  // guards HDF5 and the results
  InOrder results;
  for_each_index(rows.size(), threads, [&](std::size_t position) {
    const std::size_t row = rows[position];
    std::function<void()> result;
    try {
      RunContent run;
      {
        const std::lock_guard lock(mutex);
        run = store.load(row);
      }
      if (!store.matches(row, run))
        throw DataError("damaged, its checksum does not hold; see pmd_store verify");
      result =
          work({position, std::move(run.pmd), run.record.diagnostics, run.record.commit.payload_checksum});
    } catch (const DataError& error) {
      throw DataError(fmt::format("{}: {}", store.name_of(row), error.what()));
    }
    const std::lock_guard lock(mutex);
    results.add(position, std::move(result));
  });
}

}  // namespace bondscope
