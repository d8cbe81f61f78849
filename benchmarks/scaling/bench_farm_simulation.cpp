// What a farm would do on machines that are not at hand, by simulation.

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <limits>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/shared/program.hpp"
#include "benchmarks/scaling/simulation.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

using namespace bondscope;

namespace {

using namespace bondscope::tdse::scaling;

constexpr const char* help_text =
    R"(bench_farm_simulation - simulates farms: efficiency, tail, load of rank 0, node failures

  bench_farm_simulation (--times FILE | --lognormal MEAN,SIGMA,RHO) --workers W,... [options]

Every combination of --workers, --runs (or --runs-per-worker), --order and --prefetch is simulated --repetitions
times, each with other runs drawn from the times. Costs of rank 0 are those that bench_farm_messages measures;
without these options rank 0 and the messages cost nothing.
)";

constexpr const char* help_end = R"(
Columns (mean of the repetitions ± standard deviation)
  efficiency     time of finished runs / (workers x wall time)
  bound          the highest efficiency that any order could have: a farm cannot end before its longest run
  tail           from the first worker that has nothing left to do until the end, s
  wait           mean time between two runs of a worker, ms
  messages       share of the wall time in which rank 0 takes messages in and hands runs out
  rank 0         share of a core that rank 0 uses, its polling included
  failures       nodes that died; lost: share of the processor time spent on runs that were cut short

Examples
  bench_farm_simulation --times base.h5.log.jsonl --workers 100,1000 --runs-per-worker 30 --order longest,number
  bench_farm_simulation --times base.h5 --workers 1000 --runs 100000 --failures-per-node-hour 1e-3
  bench_farm_simulation --lognormal 600,0.5,0.9 --workers 64 --runs 3000 --json
)";

struct Case {
  FarmModel model;
  std::size_t runs;
  Order order;
};

struct Options {
  std::optional<std::string> times;
  std::optional<Lognormal> lognormal;
  bool replay = false, json = false, print_times = false;
  int repetitions = 5;
  std::uint64_t seed = 1;
  std::vector<Case> cases;
};

/// Numbers >= 0 with commas between.
std::vector<double> numbers(const std::string& option, const std::string& text) {
  std::vector<double> values;
  for (const auto& item : split(text)) {
    const auto value = read_number(item);
    if (!value || !(*value >= 0 && *value < 1e12))
      throw WrongCommandLine(fmt::format("--{} {}: '{}' is not a number >= 0", option, text, item));
    values.push_back(*value);
  }
  return values;
}

constexpr std::array<std::pair<const char*, Order>, 4> orders{{{"longest", Order::longest_first},
                                                               {"number", Order::by_number},
                                                               {"random", Order::random},
                                                               {"known", Order::known_times}}};

const char* to_string(Order order) {
  for (const auto& [name, value] : orders)
    if (value == order) return name;
  return "?";
}

std::vector<Order> read_orders(const std::string& text) {
  std::vector<Order> found;
  for (const auto& item : split(text)) {
    const auto known =
        std::find_if(orders.begin(), orders.end(), [&](const auto& o) { return o.first == item; });
    if (known == orders.end())
      throw WrongCommandLine(
          fmt::format("--order {}: '{}' is none of longest, number, random, known", text, item));
    found.push_back(known->second);
  }
  return found;
}

/// Empty if help was wanted.
std::optional<Options> parse(const Arguments& arguments) {
  Options options;
  FarmModel model;
  model.progress_interval = 1;
  model.failures.workers_per_node = 64;
  model.failures.requeue_seconds = 300;
  std::vector<std::size_t> workers, runs, runs_per_worker;
  std::vector<Order> wanted_orders{Order::longest_first};
  std::vector<double> prefetches{1}, held_backs{1};
  std::string ends = "job";
  double receive_us = 0, progress_us = 0, assign_us = 0, round_us = 0, round_per_running_us = 0,
         latency_us = 0;
  constexpr std::int64_t most = 100'000'000;

  CommandLine line(help_text, help_end);
  const auto list = [&](const char* name, const char* placeholder, std::vector<double>& values,
                        const char* help) {
    line.add(name, placeholder, help,
             [&values, name](const std::string& text) { values = numbers(name, text); });
  };
  const auto number = [&](const char* name, double& value, const char* help) {
    line.number(name, "X", value, Range::at_least(0), help);
  };
  line.text("times", "FILE", options.times, "run times as measured: journal of a farm, or a store (.h5)");
  line.add(
      "lognormal", "MEAN,SIGMA,RHO",
      "run times not measured: mean in s, standard deviation of the logarithm, correlation of the logarithms "
      "of expected cost and time",
      [&](const std::string& text) {
        const auto values = numbers("lognormal", text);
        if (values.size() != 3 || values[0] <= 0 || values[1] > 5 || values[2] > 1)
          throw WrongCommandLine(
              "--lognormal: expected MEAN > 0, SIGMA from 0 to 5, RHO from 0 to 1, e.g. 600,0.5,0.9");
        options.lognormal = Lognormal{values[0], values[1], values[2]};
      });
  line.flag("replay", options.replay, "the runs of --times as they are, each once, instead of drawing");
  line.integers("workers", "W,...", workers, 1, most, "solving ranks, or groups of them").required();
  line.integers("runs", "N,...", runs, 1, most, "runs in all");
  line.integers("runs-per-worker", "N,...", runs_per_worker, 1, most, "runs for each worker");
  line.add("order", "O,...", "longest (by expected cost, default), number, random, known (by true time)",
           [&](const std::string& text) { wanted_orders = read_orders(text); });
  list("prefetch", "P,...", prefetches, "runs sent to a worker beside the one it computes (default 1)");
  list("held-back", "H,...", held_backs,
       "runs per worker that are kept for idle workers (default 1, as the farm does)");
  line.integer("repetitions", "N", options.repetitions, 1, 1'000'000, "simulations of each case");
  line.integer("seed", "S", options.seed, 0, std::numeric_limits<std::int64_t>::max(), "of the draws");
  number("receive-us", receive_us, "rank 0: a message taken in and booked, microseconds");
  number("progress-us", progress_us, "rank 0: a message about a run's progress");
  number("assign-us", assign_us, "rank 0: a run handed out");
  number("round-us", round_us, "rank 0: a round of its loop");
  number("round-per-running-us", round_per_running_us, "rank 0: of that per running worker");
  number("latency-us", latency_us, "of a message");
  number("progress-interval", model.progress_interval, "s between a run's messages; 0: none");
  number("failures-per-node-hour", model.failures.per_node_hour, "nodes that die, per node and hour");
  line.integer("workers-per-node", "N", model.failures.workers_per_node, 1, most, "that die together");
  line.choice("failure-ends", "job|node", ends, {"job", "node"}, "what ends when a node dies");
  number("requeue-delay", model.failures.requeue_seconds, "s until the next job begins");
  line.flag("print-times", options.print_times,
            "only the run times of the first case and repetition, as the lines of a journal");
  line.flag("json", options.json, "one JSON object per case instead of a table");
  if (!line.read(arguments)) return {};
  if (options.times.has_value() == options.lognormal.has_value())
    throw WrongCommandLine("give either --times or --lognormal");
  if (options.replay && !options.times) throw WrongCommandLine("--replay needs --times");
  if (int{!runs.empty()} + int{!runs_per_worker.empty()} + int{options.replay} != 1)
    throw WrongCommandLine("give one of --runs, --runs-per-worker and --replay");
  if (std::ranges::any_of(prefetches, [](double prefetch) { return prefetch > 100; }))
    throw WrongCommandLine("--prefetch: expected 0 to 100");
  model.master = {receive_us * 1e-6, progress_us * 1e-6, assign_us * 1e-6, round_us * 1e-6,
                  round_per_running_us * 1e-6};
  model.latency = latency_us * 1e-6;
  model.failures.end_the_job = ends == "job";

  const bool per_worker = !runs_per_worker.empty();
  if (per_worker) runs = runs_per_worker;
  if (runs.empty()) runs = {0};
  for (const std::size_t count : workers)
    for (const std::size_t n : runs)
      for (const Order order : wanted_orders)
        for (const double prefetch : prefetches)
          for (const double held_back : held_backs) {
            model.workers = count;
            model.prefetch = static_cast<std::size_t>(prefetch);
            model.held_back = held_back;
            options.cases.push_back({model, per_worker ? n * count : n, order});
          }
  return options;
}

/// The highest efficiency that any order could reach.
double bound(const std::vector<RunTime>& runs, std::size_t workers) {
  double sum = 0, longest = 0;
  for (const auto& run : runs) {
    sum += run.seconds;
    longest = std::max(longest, run.seconds);
  }
  return sum / (static_cast<double>(workers) * std::max(sum / static_cast<double>(workers), longest));
}

struct Repetition {
  Simulated result;
  double bound = 0;
};

std::vector<RunTime> run_times(const Options& options, const std::vector<RunTime>& sample, std::size_t runs,
                               std::mt19937_64& random) {
  if (options.replay) return sample;
  return options.lognormal ? draw(*options.lognormal, runs, random) : draw(sample, runs, random);
}

std::uint64_t seed_of(const Options& options, int repetition) {
  return options.seed * 1000003 + static_cast<std::uint64_t>(repetition);
}

void print_times(const std::vector<RunTime>& runs) {
  for (std::size_t run = 0; run < runs.size(); ++run)
    std::cout << nlohmann::ordered_json{{"event", "assign"}, {"run", run}, {"cost", runs[run].cost}} << '\n'
              << nlohmann::ordered_json{{"event", "done"}, {"run", run}, {"seconds", runs[run].seconds}}
              << '\n';
}

Repetition simulate_once(const Options& options, const std::vector<RunTime>& sample, const Case& c,
                         int repetition) {
  // The same runs for every order and prefetch.
  const std::uint64_t seed = seed_of(options, repetition);
  std::mt19937_64 random(seed);
  const auto runs = run_times(options, sample, c.runs, random);
  return {simulate(c.model, runs, c.order, seed), bound(runs, c.model.workers)};
}

struct Statistics {
  double mean = 0, deviation = 0;
};

template <class Value>
Statistics statistics(const std::vector<Repetition>& all, Value value) {
  Statistics s;
  for (const auto& one : all)
    s.mean += value(one) / static_cast<double>(all.size());
  for (const auto& one : all)
    s.deviation += (value(one) - s.mean) * (value(one) - s.mean);
  s.deviation = all.size() > 1 ? std::sqrt(s.deviation / static_cast<double>(all.size() - 1)) : 0;
  return s;
}

nlohmann::ordered_json to_json(const Case& c, std::size_t runs, const std::vector<Repetition>& all) {
  nlohmann::ordered_json row{{"workers", c.model.workers},     {"runs", runs},
                             {"order", to_string(c.order)},    {"prefetch", c.model.prefetch},
                             {"held_back", c.model.held_back}, {"repetitions", all.size()}};
  const auto put = [&](const char* name, auto value) {
    const auto s = statistics(all, value);
    row[name] = s.mean;
    row[std::string(name) + "_sd"] = s.deviation;
  };
  const auto workers = c.model.workers;
  put("efficiency", [&](const Repetition& r) { return r.result.efficiency(workers); });
  put("bound", [](const Repetition& r) { return r.bound; });
  put("wall_s", [](const Repetition& r) { return r.result.wall; });
  put("tail_s", [](const Repetition& r) { return r.result.tail; });
  put("wait_s", [](const Repetition& r) { return r.result.wait; });
  put("messages", [](const Repetition& r) { return r.result.messages; });
  put("rank0", [](const Repetition& r) { return r.result.messages + r.result.rounds; });
  put("failures", [](const Repetition& r) { return static_cast<double>(r.result.failures); });
  put("lost",
      [&](const Repetition& r) { return r.result.lost / (r.result.wall * static_cast<double>(workers)); });
  put("lost_worker_s", [](const Repetition& r) { return r.result.lost; });
  put("requeued_s", [](const Repetition& r) { return r.result.requeued; });
  put("unfinished", [](const Repetition& r) { return static_cast<double>(r.result.unfinished); });
  return row;
}

void print_row(const nlohmann::ordered_json& row, bool failures) {
  std::printf(
      "| %zu | %zu | %s | %d | %g | %.4f ± %.4f | %.4f | %.1f ± %.1f | %.1f ± %.1f | %.2f | %.2f %% | %.2f "
      "%% |",
      row["workers"].get<std::size_t>(), row["runs"].get<std::size_t>(),
      row["order"].get<std::string>().c_str(), row["prefetch"].get<int>(), row["held_back"].get<double>(),
      row["efficiency"].get<double>(), row["efficiency_sd"].get<double>(), row["bound"].get<double>(),
      row["wall_s"].get<double>(), row["wall_s_sd"].get<double>(), row["tail_s"].get<double>(),
      row["tail_s_sd"].get<double>(), 1e3 * row["wait_s"].get<double>(), 100 * row["messages"].get<double>(),
      100 * row["rank0"].get<double>());
  if (failures)
    std::printf(" %.2f | %.3f %% | %.0f |", row["failures"].get<double>(), 100 * row["lost"].get<double>(),
                row["requeued_s"].get<double>());
  std::printf("\n");
}

void run(const Options& options) {
  const auto sample = options.times ? read_run_times(*options.times) : std::vector<RunTime>{};
  if (options.print_times) {
    std::mt19937_64 random(seed_of(options, 0));
    return print_times(run_times(options, sample, options.cases.front().runs, random));
  }
  auto all = std::vector(options.cases.size(),
                         std::vector<Repetition>(static_cast<std::size_t>(options.repetitions)));
  const std::size_t jobs = all.size() * static_cast<std::size_t>(options.repetitions);
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t job; (job = next++) < jobs;) {
      const std::size_t which = job / static_cast<std::size_t>(options.repetitions);
      const std::size_t repetition = job % static_cast<std::size_t>(options.repetitions);
      all[which][repetition] =
          simulate_once(options, sample, options.cases[which], static_cast<int>(repetition));
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i)
      threads.emplace_back(work);
  }
  const bool failures = options.cases.front().model.failures.per_node_hour > 0;
  if (!options.json) {
    if (options.times) {
      const auto s = summarise(sample);
      std::printf(
          "Run times of %s: %zu runs, mean %.3g s, %.3g to %.3g s, deviation %.0f %%, correlation with the "
          "expected cost %.3f.\n\n",
          options.times->c_str(), sample.size(), s.mean, s.shortest, s.longest, 100 * s.deviation,
          s.correlation);
    } else {
      std::printf("Run times lognormal, not measured.\n\n");
    }
    std::printf(
        "| workers | runs | order | prefetch | held back | efficiency | bound | wall (s) | tail (s) | wait "
        "(ms) "
        "| messages | rank 0 |%s\n",
        failures ? " failures | lost | requeued (s) |" : "");
    std::printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |%s\n",
                failures ? " --- | --- | --- |" : "");
  }
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto row =
        to_json(options.cases[i], options.replay ? sample.size() : options.cases[i].runs, all[i]);
    if (options.json)
      std::cout << row << '\n';
    else
      print_row(row, failures);
  }
}

}  // namespace

int main(int argc, char** argv) {
  return report_errors("bench_farm_simulation", [&]() -> int {
    if (const auto options = parse({argv + 1, argv + argc})) run(*options);
    return exit_code::success;
  });
}
