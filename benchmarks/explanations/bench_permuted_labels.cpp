// A network trained on images whose distances R have been dealt out anew at random: what it has learned is no
// molecule, and maps of it must be unlike those of a network that has (J. Adebayo et al., NeurIPS 2018).
//
//   bench_permuted_labels STORE RECIPE FOLDER [KEY=VALUE …]

#include <iostream>

#include <fmt/format.h>

#include "libml/train/process.hpp"
#include "libml/train/session.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"

using namespace bondscope;

namespace {

void permute_R(ml::SampleSet& samples, std::uint64_t seed) {
  std::vector<double> R;
  for (const auto& sample : samples.samples)
    R.push_back(sample.parameters.R);
  Random random(seed, "permuted labels");
  const auto order = permutation(R.size(), random);
  for (std::size_t i = 0; i < R.size(); ++i)
    samples.samples[i].parameters.R = R[order[i]];
}

int train(const std::filesystem::path& store, const std::string& recipe_name,
          const std::filesystem::path& folder, const std::vector<std::string>& changes) {
  ml::prepare_process(1);
  auto recipe = ml::Recipe::load(recipe_name, changes);
  recipe.name += ", labels permuted";
  auto samples = ml::load_samples(store, recipe.image, 1);
  permute_R(samples, recipe.seed);
  ml::prepare_folder(folder);
  ml::SessionHooks hooks;
  hooks.epoch_done = [](const std::vector<ml::Epoch>& curve) {
    std::cout << fmt::format("epoch {}: training loss {:.4g}\n", curve.size(), curve.back().train_loss)
              << std::flush;
  };
  const auto session = ml::train_model(recipe, samples, folder, ml::Device::cpu, 1, hooks);
  ml::finish(session, folder);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: bench_permuted_labels STORE RECIPE FOLDER [KEY=VALUE …]\n";
    return 2;
  }
  try {
    return train(argv[1], argv[2], argv[3], {argv + 4, argv + argc});
  } catch (const Error& error) {
    std::cerr << "bench_permuted_labels: " << error.what() << "\n";
    return 1;
  }
}
