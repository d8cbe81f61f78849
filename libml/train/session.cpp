#include "libml/train/session.hpp"

#include <algorithm>
#include <iterator>
#include <span>

#include <fmt/format.h>

#include "libml/baselines/baseline.hpp"
#include "libml/train/augmentation.hpp"
#include "libml/train/identity.hpp"
#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/hash.hpp"

namespace bondscope::ml {
namespace {

TrainingData prepare(const Recipe& recipe, const Preprocessing& preprocessing, const SampleSet& samples,
                     const std::vector<std::size_t>& chosen, const TargetSigns& signs) {
  return {samples, preprocessing, chosen, target_values(recipe, samples, chosen), signs};
}

/// Moves what the model was trained on out of the parts that judge.
void set_aside_known(Split& split, const ModelDescription& model, const SampleSet& samples) {
  const auto known = [&](std::size_t sample) {
    return std::ranges::any_of(samples.samples[sample].roots, [&](std::uint64_t root) {
      return std::ranges::binary_search(model.roots, root);
    });
  };
  for (auto* part : {&split.validation, &split.test}) {
    std::ranges::copy_if(*part, std::back_inserter(split.unused), known);
    std::erase_if(*part, known);
  }
  std::ranges::sort(split.unused);
  if (split.test.size() < 2)
    throw DataError(samples.source.store +
                    ": the model was trained on nearly all runs of this store that would test; expected "
                    "runs that are new to it");
}

std::optional<Checkpoint> find_checkpoint(const std::filesystem::path& file, const std::string& identity,
                                          bool overwrite) {
  try {
    return read_checkpoint(file, identity);
  } catch (const DataError&) {
    if (!overwrite) throw;
    return std::nullopt;
  }
}

/// The blocks of `trained`, whatever else `fresh` has.
std::vector<NamedArray> blocks_of(const Network& trained, const Network& fresh) {
  auto arrays = trained.arrays();
  const auto own = fresh.arrays();
  for (std::size_t i = 0; i < arrays.size(); ++i)
    if (arrays[i].name.find("block") == std::string::npos) arrays[i] = own[i];
  return arrays;
}

int best_epoch(const std::vector<Epoch>& curve) {
  int best = 0;
  for (const auto& epoch : curve)
    if (epoch.best) best = epoch.epoch;
  return best;
}

/// Of a method without epochs: in one go.
Session fit_method(const Recipe& recipe, const SampleSet& samples, const std::filesystem::path& folder,
                   int threads, const SessionHooks& hooks, const TargetSigns& signs) {
  const auto split = split_samples(samples, recipe.train_fraction, 0, recipe.split_seed, recipe.train_runs);
  Session session{
      .description = describe(recipe, samples, split, threads), .curve = {}, .best = {}, .last = {}};
  clear_folder(folder);
  if (hooks.started) hooks.started(session.description, nullptr);
  const auto start = Clock::now();
  const auto method = make_baseline(
      recipe.method, {recipe.seed, threads, recipe.augmentation.mirrors(), signs, recipe.effects});
  method->fit(samples, split.train, recipe.targets, hooks.fitting);
  session.description.training_seconds = seconds_since(start);
  auto learned = method->learned();
  session.description.settings = std::move(learned.settings);
  session.best = std::move(learned.arrays);
  return session;
}

}  // namespace

Origin origin_of(const Start& start) {
  const auto& [model, frozen, fresh] = start;
  const auto& d = model.description;
  const auto& layers = model.layers();
  if (frozen < 0 || frozen > d.recipe.network.blocks)
    throw ConfigError(fmt::format("freeze: {} blocks; expected 0 to {}, as many as the network has", frozen,
                                  d.recipe.network.blocks));
  Hash weights;
  for (const auto& array : layers.network().arrays())
    weights.add(std::span<const float>(array.floats()));
  weights.add(std::span<const float>(layers.preprocessing().mean_image));
  return {model.folder.string(),
          weights.wide_text(),
          to_string(model.which),
          d.recipe.name,
          d.data.dataset,
          frozen,
          fresh};
}

Recipe recipe_for(const Start& start, Recipe recipe) {
  const auto& of = start.model.description.recipe;
  if (!recipe.is_network())
    throw ConfigError(
        fmt::format("recipe {}: its method {} has no layers to go on from; expected a network's", recipe.name,
                    recipe.method));
  recipe.image = of.image;
  recipe.preprocessing = of.preprocessing;
  recipe.network = of.network;
  recipe.targets = of.targets;
  recipe.classes = of.classes;
  if (of.classes.empty() == (recipe.training.loss == "cross_entropy"))
    recipe.training.loss = of.training.loss;
  // What was asked for need not fit the model's images.
  return Recipe::from_config(Config::from_text(recipe.to_yaml(), fmt::format("recipe {}", recipe.name)));
}

Session train_model(const Recipe& recipe, const SampleSet& samples, const std::filesystem::path& folder,
                    Device device, int threads, const SessionHooks& hooks, bool overwrite,
                    const Start* start) {
  targets(recipe.targets, samples.source.declared);  // refuses unknown ones before anything is done
  const auto signs = signs_of_mirrors(recipe, samples);
  if (!recipe.is_network()) return fit_method(recipe, samples, folder, threads, hooks, signs);
  auto split = split_samples(samples, recipe.train_fraction, recipe.validation_fraction, recipe.split_seed,
                             recipe.train_runs);
  if (start) set_aside_known(split, start->model.description, samples);
  expect_a_batch(recipe.training, split.train.size());
  auto preprocessing =
      start ? start->model.preprocessing() : Preprocessing::fit(recipe, samples, split.train);
  if (start && start->fresh_layers)
    preprocessing.targets = Preprocessing::fit(recipe, samples, split.train).targets;
  const auto training = prepare(recipe, preprocessing, samples, split.train, signs);
  const auto validation = prepare(recipe, preprocessing, samples, split.validation, signs);
  Network network(recipe.network, recipe.seed, device);
  std::optional<Origin> origin;
  if (start) {
    origin = origin_of(*start);
    network.load(start->fresh_layers ? blocks_of(start->model.network(), network)
                                     : start->model.network().arrays());
    network.freeze(start->frozen_blocks);
  }
  Session session{
      .description = describe(recipe, samples, split, threads), .curve = {}, .best = {}, .last = {}};

  auto& description = session.description;
  description.scaling = preprocessing.targets;
  description.extent_scaling = preprocessing.extent;
  description.parameter_count = network.parameter_count();
  description.settings = settings_of(signs, recipe.targets);
  description.selection = split.validation.empty() ? last_epoch : validation_loss;
  description.device = to_string(device);
  if (start) {
    auto& roots = session.description.roots;
    std::vector<std::uint64_t> all;
    std::ranges::set_union(roots, start->model.description.roots, std::back_inserter(all));
    roots = std::move(all);
    session.description.origin = origin;
  }

  const auto file = checkpoint_file(folder);
  const auto identity = training_identity(recipe, samples, origin);
  const auto begun = find_checkpoint(file, identity, overwrite);
  clear_folder(folder);
  if (!begun) remove_checkpoint(file);
  if (hooks.started) hooks.started(session.description, begun ? &*begun : nullptr);

  const auto conditions = training_conditions(session.description.device, threads);
  const auto save = [&](const TrainingState& state) {
    const auto before = Clock::now();
    write_checkpoint(file, identity, {state, conditions});
    if (hooks.saved) hooks.saved(seconds_since(before));
  };
  auto state = [&] {
    try {
      return train(network, recipe, training, validation, {hooks.batch_done, save, hooks.epoch_done},
                   begun ? &begun->state : nullptr);
    } catch (const DataError& e) {
      if (!begun) throw;
      throw unusable(file, e);
    }
  }();
  session.description.epochs_done = state.epochs_done();
  session.description.best_epoch = best_epoch(state.curve);
  session.curve = std::move(state.curve);
  for (const auto& epoch : session.curve)
    session.description.training_seconds += epoch.seconds;
  session.batches_done = state.batches_done;
  session.best = kept_arrays(std::move(state.best), preprocessing, recipe.image);
  session.last = kept_arrays(std::move(state.network), preprocessing, recipe.image);
  return session;
}

Model best_model(const Session& session, const std::filesystem::path& folder, Device device) {
  return {folder, Weights::best, session.description, make_method(session.description, session.best, device)};
}

void finish(const Session& session, const std::filesystem::path& folder) {
  write_model(folder, session.description, session.best, session.last);
  remove_checkpoint(checkpoint_file(folder));
}

}  // namespace bondscope::ml
