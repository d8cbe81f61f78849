#include "libml/experiments/transfer.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "libml/data/split.hpp"
#include "libpmd/base/text/counted.hpp"

namespace bondscope::ml {
namespace {

/// Runs that were made from the same ones stay together, so that the part's size may depend on the seed.
std::size_t smallest_training_part(const SampleSet& samples, const Recipe& recipe,
                                   const std::vector<std::uint64_t>& seeds) {
  std::size_t smallest = samples.size();
  for (const auto seed : seeds)
    smallest = std::min(
        smallest,
        split_samples(samples, recipe.train_fraction, recipe.validation_fraction, seed).train.size());
  return smallest;
}

}  // namespace

std::vector<TransferJob> transfer_jobs(const Start& start, const TransferSettings& settings,
                                       TrainingSeries& series) {
  const auto& listed = series.data().listed(settings.store, settings.recipe.image);
  const auto seeds = settings.seeds.empty() ? std::vector{settings.recipe.seed} : settings.seeds;
  auto numbers = settings.samples;
  if (numbers.empty()) numbers = {smallest_training_part(listed, settings.recipe, seeds)};
  std::ranges::sort(numbers);
  const auto transferred = fmt::format("transferred, {} frozen", counted(start.frozen_blocks, "block"));
  std::vector<TransferJob> jobs;
  const auto add = [&](TrainingJob job, const std::string& curve, std::size_t n, std::uint64_t seed) {
    job.recipe.seed = seed;
    job.recipe.train_runs = n;
    expect_runs(listed, job.recipe);
    series.expect(work_of(job.recipe, n));
    jobs.push_back({std::move(job), curve, fmt::format("{}, {} training runs, seed {}", curve, n, seed)});
  };
  for (const auto n : numbers)
    for (const auto seed : seeds) {
      const auto folder = [&](const char* kind) {
        return settings.output / fmt::format("{}-n{}-seed{}", kind, n, seed);
      };
      add({folder("transferred"), settings.recipe, start}, transferred, n, seed);
      if (settings.from_scratch) add({folder("from_scratch"), settings.scratch}, "from scratch", n, seed);
    }
  return jobs;
}

ErrorCurves transfer(const Start& start, const TransferSettings& settings,
                     const std::vector<TransferJob>& jobs, TrainingSeries& series) {
  const auto& model = start.model;
  const auto& source = series.data().listed(settings.store, settings.recipe.image).source;
  ErrorCurves errors{
      .title = fmt::format("Transfer from {} to {}", model.description.data.dataset, source.dataset),
      .facts = {{"model", model.folder.string()},
                {"store", settings.store},
                {"data set", fmt::format("{}, preset {}", source.dataset, source.preset)},
                {"recipe", settings.recipe.name},
                {"recipe from scratch", settings.from_scratch ? settings.scratch.name : "none"},
                {"frozen blocks", std::to_string(start.frozen_blocks)}},
      .points = {},
      .target_mae = {}};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& [job, curve, title] = jobs[i];
    const auto result = series.run(job, settings.store, fmt::format("{}/{}  {}", i + 1, jobs.size(), title));
    errors.points.push_back({curve, job.recipe.seed, result});
  }
  // The model as it is, on the runs that the transferred ones were tested with.
  const auto& samples = series.data().loaded(settings.store, settings.recipe.image);
  std::vector<std::size_t> tests;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& job = jobs[i].job;
    if (job.start) {  // those from scratch follow
      const auto trained = load_model(job.folder, Weights::best, series.machine().device);
      tests = test_samples(trained.description, samples);
      auto result = test_result(evaluate(model, samples, tests));
      result.train_runs = job.recipe.train_runs;
      errors.points.push_back({"not transferred", job.recipe.seed, result});
    } else if (errors.points[i].result.test_runs != tests.size()) {
      // The model knew some of the test runs: from scratch, too, those do not count.
      errors.points[i].result = series.test(job.folder, samples, tests);
    }
  }
  return errors;
}

}  // namespace bondscope::ml
