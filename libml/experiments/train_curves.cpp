#include "libml/experiments/train_curves.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libml/experiments/recipe_of.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {
namespace {

/// The training part may depend on the seed: runs that were made from the same ones stay together.
std::size_t smallest_training_part(const SampleSet& samples, Recipe recipe,
                                   const std::vector<std::uint64_t>& seeds) {
  std::size_t smallest = samples.size();
  for (const auto seed : seeds) {
    recipe.seed = seed;
    smallest = std::min(smallest, training_part(samples, recipe));
  }
  return smallest;
}

ErrorCurves described(const CurveSettings& settings, const Source& source) {
  ErrorCurves errors{
      .title = fmt::format("Learning curve, recipe {} on {}", settings.recipe.name, source.dataset),
      .facts = {{"store", settings.store},
                {"data set", fmt::format("{}, preset {}", source.dataset, source.preset)},
                {"recipe", settings.recipe.name}},
      .points = {},
      .target_mae = settings.target_mae,
      .sources = {{"store", settings.store}}};
  if (!settings.start) return errors;
  const auto& [model, frozen_blocks, fresh_layers] = *settings.start;
  errors.title = fmt::format("Transfer from {} to {}", model.description.data.dataset, source.dataset);
  errors.facts.insert(errors.facts.begin(), {"model", model.folder.string()});
  errors.sources.push_back({"model", model.folder});
  errors.facts.emplace_back("recipe from scratch", settings.scratch ? settings.scratch->name : "none");
  errors.facts.emplace_back("frozen blocks", std::to_string(frozen_blocks));
  if (fresh_layers) errors.facts.emplace_back("layers after the blocks", "begin anew");
  return errors;
}

/// Adds the model as it is, on the runs that the transferred ones were tested with.
void add_untransferred(ErrorCurves& errors, const CurveSettings& settings, const std::vector<CurveJob>& jobs,
                       TrainingSeries& series) {
  const auto& samples = series.data().loaded(settings.store, settings.recipe.image);
  std::vector<std::size_t> tests;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& job = jobs[i].job;
    if (job.start) {  // those from scratch follow
      const auto trained = load_model(job.folder, Weights::best, series.machine().device);
      tests = test_samples(trained.description, samples);
      auto result = test_result(evaluate(job.start->model, samples, tests));
      result.train_runs = job.recipe.train_runs;
      errors.points.push_back({"not transferred", job.recipe.seed, result});
    } else if (errors.points[i].result.test_runs != tests.size()) {
      // The model knew some of the test runs: from scratch, too, those do not count.
      errors.points[i].result = series.test(job.folder, samples, tests);
    }
  }
}

}  // namespace

Recipe scratch_recipe(const Start& start, const Recipe& recipe, const std::optional<Recipe>& other) {
  auto scratch = other ? recipe_for(start, *other) : start.model.description.recipe;
  // Mirror images belong to the data, turned images to the way of learning.
  if (!other) {
    const double rotation = scratch.augmentation.rotation_deg;
    scratch.augmentation = recipe.augmentation;
    scratch.augmentation.rotation_deg = rotation;
  }
  scratch.train_fraction = recipe.train_fraction;
  scratch.validation_fraction = recipe.validation_fraction;
  scratch.split_seed = recipe.split_seed;
  return scratch;
}

std::vector<CurveJob> curve_jobs(const CurveSettings& settings, TrainingSeries& series) {
  const auto& listed = series.data().listed(settings.store, settings.recipe.image);
  auto seeds = settings.seeds.empty() ? std::vector{settings.recipe.seed} : settings.seeds;
  if (is_deterministic(settings.recipe)) seeds.resize(1);
  auto numbers = settings.samples;
  if (numbers.empty()) numbers = {smallest_training_part(listed, settings.recipe, seeds)};
  std::ranges::sort(numbers);
  std::vector<CurveJob> jobs;
  for (const auto n : numbers)
    for (const auto seed : seeds) {
      const auto add = [&](const std::string& folder, TrainingJob job, const std::string& curve) {
        job.folder = settings.output / fmt::format("{}n{}-seed{}", folder, n, seed);
        job.recipe.seed = seed;
        job.recipe.train_runs = n;
        expect_runs(listed, job.recipe);
        series.expect(work_of(job.recipe, n));
        const auto of_curve = settings.start ? curve + ", " : "";
        jobs.push_back(
            {std::move(job), curve, fmt::format("{}{} training runs, seed {}", of_curve, n, seed)});
      };
      if (!settings.start) {
        add("", {{}, settings.recipe}, settings.recipe.name);
        continue;
      }
      add("transferred-", {{}, settings.recipe, settings.start},
          fmt::format("transferred, {} frozen", counted(settings.start->frozen_blocks, "block")));
      if (settings.scratch) add("from_scratch-", {{}, *settings.scratch}, "from scratch");
    }
  return jobs;
}

ErrorCurves train_curves(const CurveSettings& settings, const std::vector<CurveJob>& jobs,
                         TrainingSeries& series) {
  auto errors = described(settings, series.data().listed(settings.store, settings.recipe.image).source);
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& [job, curve, title] = jobs[i];
    const auto result = series.run(job, settings.store, fmt::format("{}/{}  {}", i + 1, jobs.size(), title));
    errors.points.push_back({curve, job.recipe.seed, result});
  }
  if (settings.start) add_untransferred(errors, settings, jobs, series);
  return errors;
}

}  // namespace bondscope::ml
