#include "libml/experiments/learning_curve.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bondscope::ml {

std::vector<TrainingJob> learning_curve_jobs(const LearningCurveSettings& settings, TrainingSeries& series) {
  const auto& listed = series.data().listed(settings.store, settings.recipe.image);
  auto numbers = settings.samples;
  std::ranges::sort(numbers);
  std::vector<TrainingJob> jobs;
  for (const auto n : numbers)
    for (const auto seed : settings.seeds) {
      TrainingJob job{settings.output / fmt::format("n{}-seed{}", n, seed), settings.recipe};
      job.recipe.seed = seed;
      job.recipe.train_runs = n;
      expect_runs(listed, job.recipe);
      series.expect(work_of(job.recipe, n));
      jobs.push_back(std::move(job));
    }
  return jobs;
}

ErrorCurves learning_curve(const LearningCurveSettings& settings, const std::vector<TrainingJob>& jobs,
                           TrainingSeries& series) {
  const auto& [store, recipe, samples, seeds, target_mae, output] = settings;
  const auto& source = series.data().listed(store, recipe.image).source;
  ErrorCurves errors{.title = fmt::format("Learning curve, recipe {} on {}", recipe.name, source.dataset),
                     .facts = {{"store", store},
                               {"data set", fmt::format("{}, preset {}", source.dataset, source.preset)},
                               {"recipe", recipe.name}},
                     .points = {},
                     .target_mae = target_mae};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& made = jobs[i].recipe;
    const auto title =
        fmt::format("{}/{}  {} training runs, seed {}", i + 1, jobs.size(), made.train_runs, made.seed);
    errors.points.push_back({recipe.name, made.seed, series.run(jobs[i], store, title)});
  }
  return errors;
}

}  // namespace bondscope::ml
