#include "libml/report/evaluation.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "libml/train/trainer.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/statistics/quantile.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope::ml {
namespace {

std::vector<std::size_t> unseen(const ModelDescription& model, const SampleSet& samples) {
  std::set<RunParameters> seen;
  for (const auto* runs : {&model.train, &model.validation, &model.unused})
    for (const auto& run : *runs)
      seen.insert(run.parameters);
  const auto shared = [&](const Sample& sample) {
    return std::any_of(sample.roots.begin(), sample.roots.end(), [&](std::uint64_t root) {
      return std::binary_search(model.roots.begin(), model.roots.end(), root);
    });
  };
  std::vector<std::size_t> chosen;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (const auto& sample = samples.samples[i]; !seen.contains(sample.parameters) && !shared(sample))
      chosen.push_back(i);
  return chosen;
}

double training_mean(const ModelDescription& model, const Target& of) {
  double sum = 0;
  for (const auto& run : model.train)
    sum += of.value(run.parameters);
  return sum / static_cast<double>(model.train.size());
}

/// The classes with the highest scores.
std::vector<double> highest(const std::vector<double>& scores, std::size_t classes) {
  std::vector<double> chosen;
  for (auto row = scores.begin(); row != scores.end(); row += static_cast<std::ptrdiff_t>(classes))
    chosen.push_back(
        static_cast<double>(std::max_element(row, row + static_cast<std::ptrdiff_t>(classes)) - row));
  return chosen;
}

std::size_t commonest_class(const ModelDescription& model) {
  const auto& edges = model.recipe.classes;
  const auto of = target(model.recipe.targets.front(), model.data.declared);
  std::vector<std::size_t> counts(edges.size() - 1, 0);
  for (const auto& run : model.train)
    ++counts[class_of(of.value(run.parameters), edges)];
  return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

}  // namespace

Classification classify(std::span<const double> predicted, std::span<const double> truth,
                        std::vector<std::string> names, std::size_t commonest, std::uint64_t seed) {
  const std::size_t classes = names.size();
  Classification c{.names = std::move(names),
                   .confusion = std::vector(classes, std::vector<std::size_t>(classes, 0)),
                   .count = truth.size(),
                   .accuracy_95 = {}};
  if (truth.empty() || predicted.size() != truth.size())
    throw DataError("a classification needs as many predictions as true classes, at least one");
  std::vector<double> right, guessed;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    const auto is_class = [&](double v) { return v >= 0 && v < static_cast<double>(classes); };
    if (!is_class(truth[i]) || !is_class(predicted[i]))
      throw DataError("a classification holds something that is no class");
    const auto t = static_cast<std::size_t>(truth[i]), p = static_cast<std::size_t>(predicted[i]);
    ++c.confusion[t][p];
    right.push_back(t == p ? 1.0 : 0.0);
    guessed.push_back(t == commonest ? 1.0 : 0.0);
  }
  c.accuracy = mean(right);
  c.accuracy_95 = bootstrap_mean_95(right, seed);
  c.accuracy_of_commonest = mean(guessed);
  return c;
}

Score score(std::span<const double> predicted, std::span<const double> truth, double training_mean,
            std::uint64_t seed) {
  if (predicted.empty() || predicted.size() != truth.size()) throw DataError("there is nothing to test on");
  std::vector<double> errors, of_mean;
  double squares = 0, signed_sum = 0;
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    const double error = predicted[i] - truth[i];
    if (!std::isfinite(error)) throw DataError("a prediction is not finite: the weights cannot be of use");
    errors.push_back(std::abs(error));
    of_mean.push_back(std::abs(training_mean - truth[i]));
    squares += error * error;
    signed_sum += error;
  }
  const double n = static_cast<double>(errors.size());
  const auto absolute = average(errors);
  return {.count = errors.size(),
          .mae = absolute.mean,
          .mae_95 = bootstrap_mean_95(errors, seed),
          .rmse = std::sqrt(squares / n),
          .absolute_error_sd = absolute.sd.value_or(0),
          .bias = signed_sum / n,
          .mae_of_mean = mean(of_mean)};
}

std::vector<double> Evaluation::column(std::vector<double> Prediction::*values, std::size_t target) const {
  std::vector<double> all;
  for (const auto& prediction : predictions)
    all.push_back((prediction.*values)[target]);
  return all;
}

std::vector<Difference> setting_differences(const ModelDescription& model, const SampleSet& samples) {
  return differences(model.data.setting, samples.source.setting);
}

void expect_same_setting(const ModelDescription& model, const SampleSet& samples, bool force) {
  std::vector<std::string> all;
  bool pulse = false;
  for (const auto& [key, of_model, of_store] : setting_differences(model, samples)) {
    const auto text = [](const std::string& value) { return value.empty() ? "missing" : value; };
    all.push_back(fmt::format("{} (model {}, store {})", key, text(of_model), text(of_store)));
    pulse = pulse || is_of_pulse(key);
  }
  if (all.empty() || (force && !pulse)) return;
  throw DataError(fmt::format("{}: the model does not fit this store, its images mean something else: {}{}",
                              samples.source.store, join(all),
                              pulse ? "" : "; --force evaluates all the same"));
}

std::vector<std::size_t> test_samples(const ModelDescription& model, const SampleSet& samples) {
  auto chosen = unseen(model, samples);
  std::erase_if(chosen, [&](std::size_t sample) { return samples.samples[sample].use == Use::training; });
  return chosen;
}

Evaluation evaluate(const Model& model, const SampleSet& samples) {
  const auto all = unseen(model.description, samples);
  const auto chosen = test_samples(model.description, samples);
  const auto left_out = samples.size() - all.size(), for_training_only = all.size() - chosen.size();
  if (chosen.empty())
    throw DataError(fmt::format(
        "{}: the model was trained on {}{} done runs of this {}{}: none is left to test it on",
        samples.source.store, for_training_only > 0 ? "" : "all ", left_out, samples.source.kind,
        for_training_only > 0 ? fmt::format(", the other {} are for training only", for_training_only) : ""));
  auto e = evaluate(model, samples, chosen);
  e.left_out = left_out;
  e.for_training_only = for_training_only;
  return e;
}

Evaluation evaluate(const Model& model, const SampleSet& samples, const std::vector<std::size_t>& chosen) {
  const auto& recipe = model.description.recipe;
  if (samples.image != recipe.image)
    throw DataError(fmt::format("{}: the images are not as the model's ({})", samples.source.store,
                                to_string(recipe.image)));
  if (chosen.empty()) throw DataError(samples.source.store + ": there is nothing to test the model on");
  Evaluation e{.model = model.folder.string(),
               .weights = to_string(model.which),
               .store = samples.source.store,
               .dataset = samples.source.dataset,
               .targets = recipe.targets,
               .declared = samples.source.declared,
               .seed = recipe.seed,
               .train_runs = model.description.train.size(),
               .validation_runs = model.description.validation.size()};
  for (std::size_t t = 0; t < e.targets.size(); ++t)
    if (const auto learned = target(e.targets[t], model.description.data.declared);
        learned.label != e.target_of(t).label || learned.unit != e.target_of(t).unit)
      throw DataError(fmt::format("{}: '{}' is not what the model learned, {} in {}", samples.source.store,
                                  learned.name, learned.label, learned.unit));
  auto predicted = model.method->predict(samples, chosen);
  if (!recipe.classes.empty()) predicted = highest(predicted, recipe.classes.size() - 1);
  const auto truth = target_values(recipe, samples, chosen);
  const std::size_t outputs = recipe.targets.size();
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const auto row = [&](const std::vector<double>& all) {
      const auto first = all.begin() + static_cast<std::ptrdiff_t>(i * outputs);
      return std::vector<double>(first, first + static_cast<std::ptrdiff_t>(outputs));
    };
    e.predictions.push_back({samples.samples[chosen[i]], row(truth), row(predicted)});
  }
  if (!recipe.classes.empty()) {
    e.classification = classify(predicted, truth, class_names(recipe.classes),
                                commonest_class(model.description), recipe.seed);
    return e;
  }
  for (std::size_t t = 0; t < outputs; ++t)
    e.scores.push_back(score(e.column(&Prediction::predicted, t), e.column(&Prediction::truth, t),
                             training_mean(model.description, e.target_of(t)), recipe.seed));
  return e;
}

}  // namespace bondscope::ml
