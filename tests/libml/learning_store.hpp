#pragma once

// Small stores to learn from: invented distributions with the configuration keys that the trainer compares.

#include <string>

#include "tests/support/synthetic_store.hpp"

namespace bondscope::ml::testing {

struct StoreSettings {
  std::size_t runs = 40;
  std::uint64_t seed = 1;
  std::string absorber_radius = "50";
  int cycles = 2;
  std::string molecule = "H2+";
};

inline bondscope::StoreDescription learning_description(const StoreSettings& settings = {}) {
  auto d = bondscope::synthetic::description(
      {.runs = settings.runs, .seed = settings.seed, .molecule = settings.molecule, .spacing = 0.1});
  d.configuration =
      "preset:\n  name: invented\n  duration: 2\n  absorber: {radius: " + settings.absorber_radius +
      ", beta: 1e-4, reference_step: 0.0184}\n"
      "  momentum: {kx_max: 3, kx_spacing: 0.1, ky_max: 2.5, ky_spacing: 0.1}\n"
      "dataset:\n  name: synthetic\n  pulse: {wavelength_nm: 800, cycles: " +
      std::to_string(settings.cycles) + "}\n";
  return d;
}

/// Writes a store whose first `done` runs are done.
inline void make_learning_store(const std::filesystem::path& file, const StoreSettings& settings = {},
                                std::size_t done = static_cast<std::size_t>(-1)) {
  bondscope::Store::create(file, learning_description(settings));
  auto store = bondscope::Store::open(file, bondscope::Store::Mode::write);
  for (std::size_t run = 0; run < std::min(done, store.size()); ++run)
    bondscope::synthetic::write_run(store, run);
}

/// A recipe that trains in a second: small images, a small network.
inline constexpr const char* tiny_recipe =
    "name: tiny\n"
    "seed: 3\n"
    "targets: [R]\n"
    "image: {width: 32, height: 16}\n"
    "preprocessing: {pixel_max: 1, target_scaling: standard}\n"
    "network: {blocks: 3, filters: 8, initialisation: he}\n"
    "training: {loss: mse, optimiser: adam, learning_rate: 0.01, weight_decay: 0, batch_size: 5, epochs: "
    "3}\n";

}  // namespace bondscope::ml::testing
