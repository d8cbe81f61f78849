// What a farm would do on machines that are not at hand, by simulation.

#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <thread>

#include <nlohmann/json.hpp>

#include "apps/command_line.hpp"
#include "benchmarks/scaling/simulation.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

namespace {

namespace po = boost::program_options;
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

std::vector<double> numbers(const std::string& option, const std::string& text) {
  std::vector<double> values;
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) {
    std::size_t used = 0;
    double value = 0;
    try {
      value = std::stod(item, &used);
    } catch (const std::exception&) {
    }
    if (used == 0 || used != item.size() || !(value >= 0 && value < 1e12))
      throw Usage{"--" + option + " " + text + ": '" + item + "' is not a number >= 0"};
    values.push_back(value);
  }
  if (values.empty()) throw Usage{"--" + option + " needs a number"};
  return values;
}

std::vector<std::size_t> counts(const std::string& option, const std::string& text) {
  std::vector<std::size_t> values;
  for (const double value : numbers(option, text)) {
    if (value < 1 || value > 1e8 || value != std::floor(value))
      throw Usage{"--" + option + " " + text + ": expected whole numbers from 1 to 1e8"};
    values.push_back(static_cast<std::size_t>(value));
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
  std::istringstream in(text);
  for (std::string item; std::getline(in, item, ',');) {
    const auto known =
        std::find_if(orders.begin(), orders.end(), [&](const auto& o) { return o.first == item; });
    if (known == orders.end())
      throw Usage{"--order " + text + ": '" + item + "' is none of longest, number, random, known"};
    found.push_back(known->second);
  }
  return found;
}

po::options_description options_description() {
  po::options_description known("Options");
  const auto text = [] { return po::value<std::string>(); };
  auto add = known.add_options();
  add("times", text()->value_name("FILE"), "run times as measured: journal of a farm, or a store (.h5)");
  add("lognormal", text()->value_name("MEAN,SIGMA,RHO"),
      "run times not measured: mean in s, standard deviation of the logarithm, correlation of the logarithms "
      "of "
      "expected cost and time");
  add("replay", "the runs of --times as they are, each once, instead of drawing");
  add("workers", text()->required()->value_name("W,..."), "solving ranks, or groups of them");
  add("runs", text()->value_name("N,..."), "runs in all");
  add("runs-per-worker", text()->value_name("N,..."), "runs for each worker");
  add("order", text()->default_value("longest")->value_name("O,..."),
      "longest (by expected cost), number, random, known (by true time)");
  add("prefetch", text()->default_value("1")->value_name("P,..."),
      "runs sent to a worker beside the one it computes");
  add("held-back", text()->default_value("1")->value_name("H,..."),
      "runs per worker that are kept for idle workers; the farm keeps 1");
  add("repetitions", po::value<int>()->default_value(5), "simulations of each case");
  add("seed", po::value<std::uint64_t>()->default_value(1), "of the draws");
  add("receive-us", po::value<double>()->default_value(0),
      "rank 0: a message taken in and booked, microseconds");
  add("progress-us", po::value<double>()->default_value(0), "rank 0: a message about a run's progress");
  add("assign-us", po::value<double>()->default_value(0), "rank 0: a run handed out");
  add("round-us", po::value<double>()->default_value(0), "rank 0: a round of its loop");
  add("round-per-running-us", po::value<double>()->default_value(0), "rank 0: of that per running worker");
  add("latency-us", po::value<double>()->default_value(0), "of a message");
  add("progress-interval", po::value<double>()->default_value(1), "s between a run's messages; 0: none");
  add("failures-per-node-hour", po::value<double>()->default_value(0), "nodes that die, per node and hour");
  add("workers-per-node", po::value<std::size_t>()->default_value(64), "that die together");
  add("failure-ends", po::value<std::string>()->default_value("job")->value_name("job|node"),
      "what ends when a node dies");
  add("requeue-delay", po::value<double>()->default_value(300), "s until the next job begins");
  add("print-times", "only the run times of the first case and repetition, as the lines of a journal");
  add("json", "one JSON object per case instead of a table");
  add("help,h", "this text");
  return known;
}

/// Empty if help was wanted.
std::optional<Options> parse(int argc, char** argv) {
  const auto given = read_command_line(argc, argv, options_description());
  if (given.count("help")) return {};
  const auto text = [&](const char* name) { return given[name].as<std::string>(); };
  const auto number = [&](const char* name) { return given[name].as<double>(); };
  Options options;
  if (given.count("times")) options.times = text("times");
  if (given.count("lognormal")) {
    const auto values = numbers("lognormal", text("lognormal"));
    if (values.size() != 3 || values[0] <= 0 || values[1] > 5 || values[2] > 1)
      throw Usage{"--lognormal: expected MEAN > 0, SIGMA from 0 to 5, RHO from 0 to 1, e.g. 600,0.5,0.9"};
    options.lognormal = Lognormal{values[0], values[1], values[2]};
  }
  if (options.times.has_value() == options.lognormal.has_value())
    throw Usage{"give either --times or --lognormal"};
  options.replay = given.count("replay") > 0;
  options.json = given.count("json") > 0;
  options.print_times = given.count("print-times") > 0;
  if (options.replay && !options.times) throw Usage{"--replay needs --times"};
  if (static_cast<int>(given.count("runs") + given.count("runs-per-worker")) + options.replay != 1)
    throw Usage{"give one of --runs, --runs-per-worker and --replay"};
  options.repetitions = given["repetitions"].as<int>();
  if (options.repetitions < 1) throw Usage{"--repetitions: expected a positive number"};
  options.seed = given["seed"].as<std::uint64_t>();

  FarmModel model;
  model.master = {number("receive-us") * 1e-6, number("progress-us") * 1e-6, number("assign-us") * 1e-6,
                  number("round-us") * 1e-6, number("round-per-running-us") * 1e-6};
  model.latency = number("latency-us") * 1e-6;
  model.progress_interval = number("progress-interval");
  model.failures.per_node_hour = number("failures-per-node-hour");
  model.failures.workers_per_node = given["workers-per-node"].as<std::size_t>();
  model.failures.requeue_seconds = number("requeue-delay");
  const auto ends = text("failure-ends");
  if (ends != "job" && ends != "node") throw Usage{"--failure-ends " + ends + ": expected job or node"};
  model.failures.end_the_job = ends == "job";

  std::vector<std::size_t> runs{0};
  const bool per_worker = given.count("runs-per-worker") > 0;
  if (given.count("runs")) runs = counts("runs", text("runs"));
  if (per_worker) runs = counts("runs-per-worker", text("runs-per-worker"));
  for (const std::size_t workers : counts("workers", text("workers")))
    for (const std::size_t n : runs)
      for (const Order order : read_orders(text("order")))
        for (const double prefetch : numbers("prefetch", text("prefetch")))
          for (const double held_back : numbers("held-back", text("held-back"))) {
            if (prefetch > 100) throw Usage{"--prefetch: expected 0 to 100"};
            model.workers = workers;
            model.prefetch = static_cast<std::size_t>(prefetch);
            model.held_back = held_back;
            options.cases.push_back({model, per_worker ? n * workers : n, order});
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
  try {
    const auto options = parse(argc, argv);
    if (!options) {
      std::cout << help_text << options_description() << help_end;
      return 0;
    }
    run(*options);
    return 0;
  } catch (const Usage& usage) {
    std::cerr << "error: " << usage.message << "; see bench_farm_simulation --help\n";
    return 2;
  } catch (const std::exception& e) {
    std::cerr << "error: " << e.what() << '\n';
    return 1;
  }
}
