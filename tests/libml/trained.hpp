#pragma once

// A tiny model, trained in a second on invented distributions.

#include "libml/data/samples.hpp"
#include "libml/train/process.hpp"
#include "libml/train/session.hpp"
#include "libpmd/base/config/config.hpp"
#include "tests/libml/learning_store.hpp"
#include "tests/support/temporary_folder.hpp"

namespace bondscope::ml::testing {

inline Recipe tiny(const std::vector<std::string>& overrides = {}) {
  auto config = bondscope::Config::from_text(tiny_recipe, "tiny.yaml");
  for (const auto& assignment : overrides)
    config.set(assignment);
  return Recipe::from_config(config);
}

/// Samples of a fresh store of 40 runs.
inline SampleSet some_samples(const bondscope::TemporaryFolder& folder, const StoreSettings& settings = {},
                              const std::string& name = "store.h5") {
  make_learning_store(folder / name, settings);
  return load_samples(folder / name, tiny().image, 2);
}

/// One go; once the training is complete, `model` is a model folder. On one thread by default: two that wait
/// for each other crawl on a machine that others use too.
inline Session train_tiny(const std::filesystem::path& model, const SampleSet& samples, const Recipe& recipe,
                          const SessionHooks& hooks = {}, int threads = 1) {
  prepare_process(threads);
  prepare_folder(model);
  auto session = train_model(recipe, samples, model, Device::cpu, threads, hooks);
  if (session.complete()) finish(session, model);
  return session;
}

}  // namespace bondscope::ml::testing
