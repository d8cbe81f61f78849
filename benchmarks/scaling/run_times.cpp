#include "benchmarks/scaling/run_times.hpp"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>

#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/store/store.hpp"
#include "libtdse/farm/configuration.hpp"

namespace bondscope::tdse::scaling {
namespace {

void check(const std::vector<RunTime>& times, const std::filesystem::path& file) {
  if (times.empty()) throw DataError(file.string() + ": not a single run is done there");
  for (const auto& run : times)
    if (!(run.seconds > 0 && run.seconds < 1e9 && run.cost > 0 && run.cost < 1e300))
      throw DataError(file.string() + ": a run with cost " + std::to_string(run.cost) + " that took " +
                      std::to_string(run.seconds) + " s; both must be positive");
}

std::vector<RunTime> read_store(const std::filesystem::path& file) {
  const auto store = Store::open(file, Store::Mode::read);
  const auto& description = store.description();
  const auto costs = FarmConfiguration::from_resolved(description.configuration, file.string())
                         .forecast(description.runs)
                         .costs;
  std::vector<RunTime> times;
  for (const std::size_t run : store.runs_in(RunState::done))
    times.push_back({costs.at(run), store.diagnostics(run).wall_seconds});
  return times;
}

std::vector<RunTime> read_journal(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) throw FileError(file.string() + ": cannot be read");
  std::map<std::uint64_t, double> costs;
  std::map<std::uint64_t, RunTime> done;
  for (std::string line; std::getline(in, line);) {
    const auto entry = nlohmann::json::parse(line, nullptr, false);
    // A killed farm leaves half a line.
    if (!entry.is_object() || !entry.contains("event") || !entry["event"].is_string()) continue;
    const std::string event = entry["event"];
    if (event != "assign" && event != "done") continue;
    const char* key = event == "assign" ? "cost" : "seconds";
    if (!entry.contains("run") || !entry["run"].is_number_unsigned() || !entry.contains(key) ||
        !entry[key].is_number())
      throw DataError(file.string() + ": '" + line.substr(0, 100) + "' has no run or no " + key);
    const std::uint64_t run = entry["run"];
    if (event == "assign")
      costs[run] = entry["cost"];
    else if (costs.count(run))
      done[run] = {costs[run], entry["seconds"]};
  }
  std::vector<RunTime> times;
  for (const auto& [run, time] : done)
    times.push_back(time);
  return times;
}

}  // namespace

std::vector<RunTime> read_run_times(const std::filesystem::path& file) {
  const auto times = file.extension() == ".h5" ? read_store(file) : read_journal(file);
  check(times, file);
  return times;
}

std::vector<RunTime> draw(const Lognormal& times, std::size_t runs, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<RunTime> drawn(runs);
  const double other = std::sqrt(std::max(0.0, 1 - times.rho * times.rho));
  for (auto& run : drawn) {
    const double z = normal(random);
    run.seconds = times.mean * std::exp(times.sigma * z - times.sigma * times.sigma / 2);
    run.cost = std::exp(times.sigma * (times.rho * z + other * normal(random)));
  }
  return drawn;
}

std::vector<RunTime> draw(const std::vector<RunTime>& sample, std::size_t runs, std::mt19937_64& random) {
  if (sample.empty()) throw DataError("there are no run times to draw from");
  std::uniform_int_distribution<std::size_t> which(0, sample.size() - 1);
  std::vector<RunTime> drawn(runs);
  for (auto& run : drawn)
    run = sample[which(random)];
  return drawn;
}

RunTimeSummary summarise(const std::vector<RunTime>& times) {
  if (times.empty()) return {};
  const auto n = static_cast<double>(times.size());
  RunTimeSummary s;
  s.shortest = s.longest = times.front().seconds;
  double square = 0, x = 0, y = 0, xx = 0, xy = 0, yy = 0;
  for (const auto& run : times) {
    s.mean += run.seconds / n;
    square += run.seconds * run.seconds / n;
    s.shortest = std::min(s.shortest, run.seconds);
    s.longest = std::max(s.longest, run.seconds);
    const double u = std::log(run.cost), v = std::log(run.seconds);
    x += u / n, y += v / n, xx += u * u / n, xy += u * v / n, yy += v * v / n;
  }
  s.deviation = std::sqrt(std::max(0.0, square - s.mean * s.mean)) / s.mean;
  const double spread = (xx - x * x) * (yy - y * y);
  if (spread > 1e-20) s.correlation = (xy - x * y) / std::sqrt(spread);
  return s;
}

}  // namespace bondscope::tdse::scaling
