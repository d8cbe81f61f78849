#include "libpmd/inspect/selection.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <numeric>
#include <random>
#include <sstream>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

std::size_t parse_run(const std::string& text, const std::string& entry, std::size_t size) {
  std::size_t run = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), run);
  if (text.empty() || end != text.data() + text.size() ||
      (status != std::errc() && status != std::errc::result_out_of_range))
    throw ConfigError(fmt::format("run list: '{}' is neither a run number nor a range like 5-9", entry));
  if (status == std::errc::result_out_of_range || run >= size)
    throw ConfigError(
        fmt::format("run list: there is no run {}, the store has runs 0 to {}", text, size - 1));
  return run;
}

/// Names of parameters and diagnostics that runs can be ordered by.
std::vector<std::string> sort_keys(std::span<const Parameter> declared) {
  std::vector<std::string> keys;
  for (const auto& parameter : all_parameters(declared))
    keys.push_back(parameter.name);
  for (const auto& field : diagnostics_fields)
    keys.emplace_back(field.name);
  return keys;
}

double sort_value(const Store& store, std::size_t run, const std::string& key) {
  const auto& d = store.description();
  for (const auto& [name, value] : values_of(d.runs[run]))
    if (key == name) return value;
  const auto diagnostics = store.diagnostics(run);
  for (const auto& field : diagnostics_fields)
    if (key == field.name) return diagnostics.*field.member;
  throw ConfigError(
      fmt::format("runs cannot be sorted by '{}'; {}", key, expected_one_of(sort_keys(d.declared), key)));
}

void sort_by(const Store& store, std::vector<std::size_t>& runs, const std::string& key) {
  std::map<std::size_t, double> value;
  for (const auto run : runs)
    value[run] = sort_value(store, run, key);
  std::stable_sort(runs.begin(), runs.end(), [&](auto a, auto b) { return value[a] < value[b]; });
}

/// One of Selection::where.
class Condition {
 public:
  Condition(const std::string& text, std::span<const Parameter> declared) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals),
                      value = equals == std::string::npos ? "" : text.substr(equals + 1);
    if (name == "molecule" && !value.empty()) {
      molecule_ = value;
      return;
    }
    std::vector<std::string> names{"molecule"};
    for (const auto& parameter : all_parameters(declared)) {
      names.push_back(parameter.name);
      if (parameter.name == name) parameter_ = parameter;
    }
    if (!parameter_) throw ConfigError(fmt::format("condition '{}': {}", text, expected_one_of(names, name)));
    const auto colon = value.find(':');
    const auto from = read_number(value.substr(0, colon));
    const auto to = colon == std::string::npos ? from : read_number(value.substr(colon + 1));
    if (!from || !to || !(*from <= *to))
      throw ConfigError(fmt::format("condition '{}': expected {}=NUMBER or {}=FROM:TO", text, name, name));
    range_ = {*from, *to};
  }

  /// Not of a parameter that is unknown in the row.
  bool holds(const StoreDescription& d, std::size_t row) const {
    const auto& run = d.runs[row];
    if (!parameter_) return run.molecule == molecule_;
    if (!d.knows(row, parameter_->name)) return false;
    const double value = parameter_->of(run), tolerance = 1e-9 * std::abs(value);
    return value >= range_.min - tolerance && value <= range_.max + tolerance;
  }

 private:
  std::string molecule_;
  std::optional<Parameter> parameter_;
  Interval range_;
};

std::vector<std::size_t> that_fulfil(const std::vector<std::string>& conditions, const Store& store,
                                     std::vector<std::size_t> runs) {
  const auto& d = store.description();
  for (const auto& text : conditions) {
    const Condition condition(text, d.declared);
    std::erase_if(runs, [&](std::size_t run) { return !condition.holds(d, run); });
    if (runs.empty()) throw ConfigError(fmt::format("condition '{}': no run is left that fulfils it", text));
  }
  return runs;
}

/// Without replacement and the same everywhere: the standard's distributions and shuffle are not.
std::vector<std::size_t> draw(std::vector<std::size_t> from, std::size_t count, std::uint64_t seed) {
  std::mt19937_64 generator(seed);
  count = std::min(count, from.size());
  for (std::size_t i = 0; i < count; ++i)
    std::swap(from[i], from[i + generator() % (from.size() - i)]);
  from.resize(count);
  return from;
}

std::vector<std::size_t> spread(const std::vector<std::size_t>& from, std::size_t count) {
  if (from.size() <= count) return from;
  if (count == 1) return {from[from.size() / 2]};
  std::vector<std::size_t> some;
  for (std::size_t i = 0; i < count; ++i)
    some.push_back(from[i * (from.size() - 1) / (count - 1)]);
  return some;
}

}  // namespace

std::vector<std::size_t> parse_run_list(const std::string& list, std::size_t size) {
  std::vector<std::size_t> runs(size);
  std::iota(runs.begin(), runs.end(), std::size_t{0});
  if (list == "all") return runs;
  runs.clear();
  std::vector<bool> taken(size, false);
  std::stringstream entries(list + ",");
  for (std::string entry; std::getline(entries, entry, ',');) {
    const auto dash = entry.find('-');
    const auto first = parse_run(entry.substr(0, dash), entry, size);
    const auto last = dash == std::string::npos ? first : parse_run(entry.substr(dash + 1), entry, size);
    if (last < first) throw ConfigError(fmt::format("run list: the range '{}' runs backwards", entry));
    for (auto run = first; run <= last; ++run)
      if (!taken[run]) {
        taken[run] = true;
        runs.push_back(run);
      }
  }
  return runs;
}

std::vector<std::size_t> select_runs(const Store& store, const Selection& selection) {
  if (!selection.runs.empty() && selection.random)
    throw ConfigError("runs are either listed or drawn at random, not both");
  const auto done = store.runs_in(RunState::done);
  if (done.empty()) throw DataError(store.path().string() + ": no run is done yet");
  const auto candidates = that_fulfil(selection.where, store, done);
  std::vector<std::size_t> runs;
  if (selection.runs == "all") {
    runs = candidates;
  } else if (!selection.runs.empty()) {
    runs = parse_run_list(selection.runs, store.size());
    for (const auto run : runs)
      if (!std::binary_search(done.begin(), done.end(), run))
        throw ConfigError(
            fmt::format("run list: run {} is {}, not done", run, to_string(store.commit(run).state)));
    runs = that_fulfil(selection.where, store, runs);
  } else {
    runs = selection.random ? draw(candidates, *selection.random, selection.seed) : candidates;
  }
  if (!selection.sort.empty()) sort_by(store, runs, selection.sort);
  if (selection.runs.empty() && !selection.random && selection.where.empty()) {
    if (selection.sort.empty())
      runs.resize(std::min(runs.size(), selection.count));
    else
      runs = spread(runs, selection.count);
  }
  if (runs.empty()) throw ConfigError("no run is selected");
  return runs;
}

}  // namespace bondscope
