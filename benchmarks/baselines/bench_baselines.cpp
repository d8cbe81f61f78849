// How well methods without a neural network read R (and the intensity) off images: fitted to three quarters
// of a store, tested on the rest and, where named, on other stores. Prints a table (Markdown).
//   bench_baselines [--seed N]… [--threads N] [--method NAME]… [--target NAME]… STORE [OTHER_STORE]…

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <iostream>
#include <numeric>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <boost/program_options.hpp>

#include "libml/baselines/baseline.hpp"
#include "libml/data/split.hpp"
#include "libml/data/targets.hpp"
#include "libml/report/evaluation.hpp"

using namespace bondscope;

namespace options = boost::program_options;

namespace {

struct Settings {
  std::vector<std::uint64_t> seeds;
  std::vector<std::string> methods, targets, stores;
  int threads = 1;
};

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::vector<double> truth_of(const ml::SampleSet& samples, std::span<const std::size_t> chosen,
                             const std::string& target) {
  std::vector<double> values;
  for (const auto i : chosen)
    values.push_back(ml::target(target).value(samples.samples[i].parameters));
  return values;
}

/// Samples of another set that were not made from computed runs that were learned from.
std::vector<std::size_t> strangers(const ml::SampleSet& samples, const ml::SampleSet& learned_from,
                                   std::span<const std::size_t> train) {
  std::set<std::uint64_t> known;
  for (const auto i : train)
    known.insert(learned_from.samples[i].roots.begin(), learned_from.samples[i].roots.end());
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (std::ranges::none_of(samples.samples[i].roots, [&](auto root) { return known.contains(root); }))
      chosen.push_back(i);
  return chosen;
}

void print(const std::string& method, std::uint64_t seed, const ml::SampleSet& samples,
           std::span<const std::size_t> chosen, const std::vector<double>& predicted,
           const std::vector<std::string>& targets, const std::vector<double>& training_means, double fitting,
           double answering, const std::string& chosen_settings) {
  for (std::size_t t = 0; t < targets.size(); ++t) {
    std::vector<double> of_target;
    for (std::size_t i = t; i < predicted.size(); i += targets.size())
      of_target.push_back(predicted[i]);
    const auto score = ml::score(of_target, truth_of(samples, chosen, targets[t]), training_means[t], seed);
    std::printf("| %s | %llu | %s | %s | %zu | %.3f | %.3f | %.3f–%.3f | %.3f | %.1f | %.1f | %s |\n",
                method.c_str(), static_cast<unsigned long long>(seed), samples.source.store.c_str(),
                targets[t].c_str(), score.count, score.mae, score.absolute_error_sd, score.mae_95.low,
                score.mae_95.high, score.mae_of_mean, fitting, answering, chosen_settings.c_str());
  }
  std::fflush(stdout);
}

void bench(const Settings& settings) {
  std::vector<ml::SampleSet> sets;
  for (const auto& store : settings.stores)
    sets.push_back(ml::load_samples(store, {}, settings.threads));
  std::cout
      << "| method | seed | tested on | target | tests | MAE | its s.d. of errors | 95 % | always the mean | "
         "fit, s | answers, s | chosen |\n"
      << "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n"
      << std::flush;
  for (const auto seed : settings.seeds) {
    const auto split = ml::split_samples(sets[0], 0.75, 0, seed);
    std::vector<double> means;
    for (const auto& target : settings.targets) {
      const auto truth = truth_of(sets[0], split.train, target);
      means.push_back(std::accumulate(truth.begin(), truth.end(), 0.0) / static_cast<double>(truth.size()));
    }
    for (const auto& method : settings.methods) {
      const auto baseline = ml::make_baseline(method, {seed, settings.threads});
      const double begin = seconds();
      baseline->fit(sets[0], split.train, settings.targets);
      const double fitting = seconds() - begin;
      for (std::size_t s = 0; s < sets.size(); ++s) {
        const auto chosen = s == 0 ? split.test : strangers(sets[s], sets[0], split.train);
        const double start = seconds();
        const auto predicted = baseline->predict(sets[s], chosen);
        print(method, seed, sets[s], chosen, predicted, settings.targets, means, fitting, seconds() - start,
              baseline->chosen_settings());
      }
    }
  }
}

Settings parse(int argc, char** argv) {
  Settings settings;
  std::vector<std::string> all;
  for (const auto& kind : ml::baselines())
    all.push_back(kind.name);
  options::options_description description("bench_baselines [options] STORE [OTHER_STORE]…");
  auto add = description.add_options();
  add("seed", options::value(&settings.seeds)->default_value({1}, "1"), "of split and method; may repeat");
  add("threads",
      options::value(&settings.threads)
          ->default_value(std::max(1, static_cast<int>(std::thread::hardware_concurrency()))),
      "number of threads");
  add("method", options::value(&settings.methods)->default_value(all, "all"), "which; may repeat");
  add("target", options::value(&settings.targets)->default_value(ml::measured_targets(), "all"),
      "what to answer; may repeat");
  add("store", options::value(&settings.stores)->required(), "the first to learn from");
  options::positional_options_description positional;
  positional.add("store", -1);
  options::variables_map values;
  options::store(options::command_line_parser(argc, argv).options(description).positional(positional).run(),
                 values);
  options::notify(values);
  return settings;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    bench(parse(argc, argv));
    return 0;
  } catch (const options::error& error) {
    std::cerr << "error: " << error.what()
              << "\nusage: bench_baselines [--seed N]… [--threads N] [--method NAME]… [--target NAME]… STORE "
                 "[OTHER_STORE]…\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
