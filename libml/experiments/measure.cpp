// How each kind of experiment is measured.

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libml/data/split.hpp"
#include "libml/experiments/error_curves.hpp"
#include "libml/experiments/mean_of_methods.hpp"
#include "libml/experiments/part.hpp"
#include "libml/experiments/quantity.hpp"
#include "libml/experiments/recipe_of.hpp"
#include "libml/experiments/run_experiments.hpp"
#include "libml/experiments/train_curves.hpp"
#include "libml/explain/dictionary_maker.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/report/tables.hpp"
#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/statistics/quantile.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {

namespace fs = std::filesystem;

namespace {

std::optional<PowerLaw> law_in_the_paper(const Experiment& e) {
  const auto value = [&](const char* quantity) {
    const auto found = std::ranges::find(e.paper, quantity, &PaperValue::quantity);
    return found == e.paper.end() ? std::nullopt : std::optional(found->value);
  };
  const auto a = value("a"), b = value("b"), c = value("c");
  return a && b && c ? std::optional(PowerLaw{*a, *b, *c}) : std::nullopt;
}

/// With the errors of every run tested, from the model's predictions.
TestResult with_errors(TestResult result, const fs::path& folder) {
  for (auto& metric : result.metrics) {
    if (metric.name == "accuracy") continue;
    for (const auto& [run, error] : read_errors(folder, metric.name))
      metric.errors[run] = std::abs(error);
  }
  return result;
}

/// Of each image that a direct comparison of them knows.
std::vector<double> numbers_of_key_points(const fs::path& model) {
  for (const auto& array : read_arrays(model, read_description(model / "model.json"), Weights::best))
    if (array.name == "descriptors_of_image") {
      const auto& counts = array.as<std::int64_t>();
      return {counts.begin(), counts.end()};
    }
  throw DataError((model / "best.safetensors").string() + ": there are no key points");
}

}  // namespace

std::vector<Result> ExperimentsRun::measure(const Experiment& e, std::uint64_t seed) {
  // Its folder may hold a model of earlier settings, which is not the one meant.
  if (!e.model.empty() && std::ranges::none_of(results_, [&](const Result& result) {
        return result.experiment == e.model && result.seed == seed;
      }))
    throw DataError("there is no result of its model '" + e.model + "' with this seed");
  for (const auto& name : e.of)
    if (std::ranges::none_of(results_, [&](const Result& result) {
          return result.experiment == name && result.seed == seed_of(experiment(name), seed);
        }))
      throw DataError("there is no result of '" + name + "', which it is a mean of");
  prepare_folder(folders_.output / e.name);
  Part part{e, seed};
  switch (e.kind) {
    case ExperimentKind::train:
    case ExperimentKind::baseline:
      train(part);
      break;
    case ExperimentKind::mean:
      mean_of(part);
      break;
    case ExperimentKind::transfer:
      transfer(part);
      break;
    case ExperimentKind::learning_curve:
      learning_curve(part);
      break;
    case ExperimentKind::dictionary:
      dictionary(part);
      break;
  }
  series_.data().something_done();
  return part.results;
}

TestResult ExperimentsRun::run(const TrainingJob& job, const std::string& store, const std::string& title) {
  auto result = with_errors(series_.run(job, store, title), job.folder);
  const auto& samples = series_.data().listed(store, job.recipe.image, job.with).samples;
  result.train_runs -= static_cast<std::size_t>(std::ranges::count(samples, true, &Sample::added));
  return result;
}

void ExperimentsRun::train(Part& part) {
  const auto& e = part.experiment;
  const auto store = data_file(e.data);
  TrainingJob job{folder(e, part.seed), recipe_of(e, part.seed)};
  job.recipe.train_runs = train_runs(e.train_runs, job.recipe, store);
  if (!e.with.empty()) job.with = data_file(e.with);
  const auto own = run(job, store, title_of(e, part.seed));
  part.add(own);
  if (e.method == "sift") {
    const auto numbers = numbers_of_key_points(job.folder);
    for (const auto& [name, q] : quantiles_of_key_points())
      part.add(name, quantile(numbers, q), numbers.size(), numbers.size());
  }
  if (e.tests.empty()) return;
  const auto model = model_of(e, part.seed);
  for (const auto& name : e.tests) {
    const auto file = find_data(folders_.data, name);
    if (!file) continue;
    const auto& samples = series_.data().loaded(file->string(), job.recipe.image);
    expect_same_setting(model.description, samples, false);
    auto result = test_result(evaluate(model, samples));
    result.train_runs = own.train_runs;
    result.training_seconds = own.training_seconds;
    part.add(result, on_data("", name));
  }
}

void ExperimentsRun::mean_of(Part& part) {
  const auto& e = part.experiment;
  auto targets = measured_targets();
  std::size_t train_runs = 0;
  std::vector<fs::path> models;
  for (const auto& name : e.of) {
    const auto& other = experiment(name);
    models.push_back(folder(other, seed_of(other, part.seed)));
    std::erase_if(targets, [own = recipe_of(other, part.seed).targets](const auto& target) {
      return std::ranges::count(own, target) == 0;
    });
    for (const auto& result : results_)
      if (result.experiment == name) train_runs = std::max(train_runs, result.train_runs);
  }
  if (targets.empty())
    throw DataError(
        fmt::format("experiment '{}': of: {} have no target in common", e.name, fmt::join(e.of, ", ")));
  double seconds = 0;
  for (const auto& name : e.of)
    for (const auto& result : results_)
      if (result.experiment == name && result.seed == seed_of(experiment(name), part.seed) &&
          result.quantity == targets.front())
        seconds += result.seconds;
  for (const auto& target : targets) {
    auto errors = errors_of_mean(models, target);
    double sum = 0;
    for (const auto& [run, error] : errors)
      sum += error;
    part.add(target, sum / static_cast<double>(errors.size()), train_runs, errors.size(), seconds);
    part.results.back().errors = std::move(errors);
  }
}

void ExperimentsRun::transfer(Part& part) {
  const auto& e = part.experiment;
  const auto store = data_file(e.data);
  const auto model = model_of(experiment(e.model), part.seed);
  const Start start{model, e.freeze, e.fresh_layers};
  expect_same_setting(model.description, series_.data().listed(store, model.description.recipe.image), false);
  TrainingJob job{model_folder(e, part.seed), recipe_for(start, recipe_of(e, part.seed)), start};
  job.recipe.train_runs = train_runs(e.train_runs, job.recipe, store);
  part.add(with_errors(series_.run(job, store, title_of(e, part.seed)), job.folder));
  const auto transferred = load_model(job.folder, Weights::best, series_.machine().device);
  const auto& samples = series_.data().loaded(store, job.recipe.image);
  const auto tests = test_samples(transferred.description, samples);
  part.add(test_result(evaluate(model, samples, tests)), " untransferred");
  if (!e.scratch) return;
  const auto scratch = [&](std::size_t runs, const std::string& kind) {
    auto recipe = with_seed(scratch_recipe(start, job.recipe, scratch_recipe_of(e)), part.seed);
    recipe.train_runs = runs;
    const auto made = seed_folder(folders_.output / e.name, part.seed, kind);
    auto result = series_.run({made, recipe}, store, title_of(e, part.seed) + ", from scratch");
    if (result.test_runs == tests.size()) return with_errors(std::move(result), made);
    // The model knew some of the test runs: from scratch, too, those do not count.
    auto again = series_.test(made, samples, tests);
    again.training_seconds = result.training_seconds;
    return again;
  };
  const auto equal = scratch(job.recipe.train_runs, "from_scratch");
  part.add(equal, " from scratch");
  part.add(job.recipe.train_runs == 0 ? equal : scratch(0, "from_scratch_all"), " from scratch, all runs");
}

std::vector<std::pair<TrainingJob, std::string>> ExperimentsRun::curve_jobs(const Experiment& e,
                                                                            std::uint64_t seed) {
  const auto recipe = recipe_of(e, seed);
  const auto most = training_part(series_.data().listed(data_file(e.data), recipe.image), recipe);
  const double scale = std::min(1.0, static_cast<double>(most) / static_cast<double>(e.samples.back()));
  std::vector<std::pair<TrainingJob, std::string>> jobs;
  std::set<std::size_t> numbers;
  for (const auto n : e.samples)
    numbers.insert(static_cast<std::size_t>(std::llround(static_cast<double>(n) * scale)));
  if (numbers.size() < e.samples.size())
    throw DataError(fmt::format("{} runs to train on are too few for {} different numbers of them", most,
                                e.samples.size()));
  for (const auto runs : numbers) {
    TrainingJob job{seed_folder(folders_.output / e.name, seed, fmt::format("n{}", runs)), recipe};
    job.recipe.train_runs = runs == most ? 0 : runs;  // as other experiments with all of them
    if (!e.with.empty()) job.with = data_file(e.with);
    jobs.emplace_back(std::move(job), fmt::format("{}, {} training runs", title_of(e, seed), runs));
  }
  return jobs;
}

void ExperimentsRun::learning_curve(Part& part) {
  const auto& e = part.experiment;
  const auto store = data_file(e.data);
  const auto recipe = recipe_of(e, part.seed);
  const auto run_all = [&](std::uint64_t seed) {
    std::vector<TestResult> all;
    for (const auto& [job, title] : curve_jobs(e, seed))
      all.push_back(run(job, store, title));
    return all;
  };
  const auto own = run_all(part.seed);
  for (std::size_t i = 0; i < own.size(); ++i)
    part.add(own[i], i + 1 < own.size() ? on_fewer_runs("", e.samples[i]) : "");
  if (part.seed != seeds_.front()) return;
  ErrorCurves errors{.title = e.title,
                     .facts = {{"store", store}, {"recipe", recipe.name}},
                     .points = {},
                     .fit = e.target_mae > 0,
                     .target_mae = e.target_mae > 0 ? std::optional(e.target_mae) : std::nullopt,
                     .sources = {{"store", store}}};
  for (const auto seed : seeds_of(e))
    for (const auto& result : seed == part.seed ? own : run_all(seed))
      errors.points.push_back({"ours, recipe " + recipe.name, seed, result});
  if (const auto law = law_in_the_paper(e)) errors.laws.emplace_back("paper", *law);
  const auto curves = summarise(errors);
  series_.listener().line(describe(curves, errors));
  series_.listener().warnings(write_error_curves(folders_.output / e.name, "learning_curve", errors, curves));
  if (!errors.fit) return;
  const auto& curve = curves.front();
  if (!curve.law) {
    series_.listener().warning(fmt::format("{}: no fit of a N^b + c: {}", e.name, curve.no_law));
    return;
  }
  const auto largest = static_cast<std::size_t>(curve.law->largest);
  const auto& law = curve.law->fit.law;
  for (const auto& [name, value] : {std::pair{"a", law.a}, {"b", law.b}, {"c", law.c}})
    part.add(name, value, largest, own.back().test_runs);
  if (curve.needed && curve.needed->samples)
    part.add("runs for target", *curve.needed->samples, largest, own.back().test_runs);
}

void ExperimentsRun::dictionary(Part& part) {
  const auto& e = part.experiment;
  const auto& d = e.dictionary;
  const auto model = model_of(experiment(e.model), part.seed);
  const auto& samples = series_.data().loaded(data_file(e.data), model.description.recipe.image);
  series_.listener().line(title_of(e, part.seed) + " ...");
  const auto start = Clock::now();
  DictionaryMaker maker(model, samples, test_samples(model.description, samples), d.intensity_bands,
                        {.method = d.method, .mask = d.mask, .stride = d.stride, .fill = d.fill});
  const DictionarySettings settings{.images_per_cell = static_cast<std::size_t>(d.images_per_cell),
                                    .threshold = d.threshold,
                                    .relative_threshold = d.threshold_of == "maximum",
                                    .likeness = d.likeness,
                                    .random_draws = static_cast<std::size_t>(d.random_tests),
                                    .patch_kx = maker.patch().first,
                                    .patch_ky = maker.patch().second,
                                    .seed = part.seed};
  const auto choices = static_cast<std::uint64_t>(d.choices);
  maker.explain(settings, choices, [&](std::size_t, std::size_t) { series_.limits().check(); });
  std::map<std::string, std::vector<double>> measured;
  std::size_t test_runs = 0;
  for (std::uint64_t choice = 0; choice < choices; ++choice) {
    series_.limits().check();
    const auto made = maker.make(settings, choice);
    const auto& a = made.accuracies;
    test_runs = made.tested.size();
    for (const auto& [quantity, value] : {std::pair{"accuracy", a.parts},
                                          {"accuracy of random areas", a.patches},
                                          {"accuracy of random rectangles", a.rectangle},
                                          {"accuracy of whole images", a.whole},
                                          {"accuracy of permuted classes", a.permuted}})
      measured[quantity].push_back(value);
  }
  std::string line = title_of(e, part.seed) + ":";
  for (const auto& quantity : quantities(e)) {
    part.add(quantity, mean(measured[quantity]), model.description.train.size(), test_runs,
             seconds_since(start));
    line += fmt::format("{} {} {}", line.ends_with(':') ? "" : ",", quantity,
                        describe(average(measured[quantity])));
  }
  series_.listener().line(fmt::format("{} ({} choices of the images)", line, choices));
}

}  // namespace bondscope::ml
