#include "libpmd/store/row_copy.hpp"

#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/utc_time.hpp"
#include "libpmd/store/checksum.hpp"
#include "libpmd/store/history.hpp"

namespace bondscope {

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

}  // namespace bondscope
