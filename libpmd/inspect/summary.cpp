#include "libpmd/inspect/summary.hpp"

#include <algorithm>
#include <numeric>

#include <sys/stat.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope {

Spread spread_of(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  return {values.size(), *smallest, median(values), *largest};
}

std::vector<ParameterSpread> spreads_of(const StoreDescription& d, std::span<const std::size_t> rows) {
  std::vector<ParameterSpread> spreads;
  for (const auto& parameter : all_parameters(d.declared)) {
    std::vector<double> values;
    for (const auto row : rows)
      if (d.knows(row, parameter.name)) values.push_back(parameter.of(d.runs[row]));
    spreads.push_back({parameter, spread_of(values)});
  }
  return spreads;
}

std::map<std::string, std::size_t> molecules_of(std::span<const RunParameters> runs) {
  std::map<std::string, std::size_t> counts;
  for (const auto& run : runs)
    ++counts[run.molecule];
  return counts;
}

StoreSummary summarise(const Store& store) {
  StoreSummary summary;
  const auto& runs = store.description().runs;
  const auto records = store.records();
  summary.runs = runs.size();
  std::vector<double> yields, seconds;
  std::vector<std::size_t> counted, all(runs.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t run = 0; run < runs.size(); ++run) {
    const auto& [commit, diagnostics, reason, reason_intact, begun, in_flight] = records[run];
    summary.attempts += commit.attempt;
    if (commit.attempt > 1) ++summary.retried;
    if (!commit.intact) summary.damaged_records.push_back(run);
    switch (commit.state) {
      case RunState::pending:
        ++summary.pending;
        break;
      case RunState::failed:
        ++summary.failed;
        summary.failed_runs.push_back(run);
        ++summary.failed_by_kind[to_string(commit.failure)];
        break;
      case RunState::done: {
        ++summary.done;
        counted.push_back(run);
        yields.push_back(diagnostics.yield);
        seconds.push_back(diagnostics.wall_seconds);
        break;
      }
    }
  }
  summary.molecules = molecules_of(runs);
  summary.parameters = spreads_of(store.description(), counted.empty() ? all : counted);
  summary.total_wall_seconds = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  summary.yield = spread_of(yields);
  summary.wall_seconds = spread_of(seconds);

  struct stat file {};
  if (::stat(store.path().c_str(), &file) != 0)
    throw FileError(store.path().string() + ": its size cannot be read");
  summary.file_bytes = static_cast<std::uint64_t>(file.st_size);
  summary.disk_bytes = static_cast<std::uint64_t>(file.st_blocks) * 512;
  summary.nominal_bytes = store_bytes(store.description());
  return summary;
}

FailureList list_failures(const Store& store) {
  FailureList list;
  const auto records = store.records();
  for (std::size_t run = 0; run < records.size(); ++run) {
    const auto& [commit, diagnostics, reason, reason_intact, begun, in_flight] = records[run];
    if (commit.state == RunState::failed)
      list.failed.push_back({run, commit.failure, commit.attempt, reason});
    if (commit.state == RunState::pending && begun > 0) list.begun.push_back({run, begun});
  }
  return list;
}

}  // namespace bondscope
