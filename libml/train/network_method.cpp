#include "libml/train/network_method.hpp"

#include <algorithm>

#include "libml/train/trainer.hpp"
#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

constexpr const char* mean_image_name = "preprocessing.mean_image";

/// Takes the mean image out of the arrays.
Preprocessing preprocessing_of(const ModelDescription& description, std::vector<NamedArray>& arrays) {
  const auto& recipe = description.recipe;
  Preprocessing preprocessing{.pixel_max = recipe.preprocessing.pixel_max,
                              .mean_image = {},
                              .targets = description.scaling,
                              .extent = description.extent_scaling};
  const auto mean_image = std::ranges::find(arrays, mean_image_name, &NamedArray::name);
  const bool has = mean_image != arrays.end();
  if (has != recipe.preprocessing.subtract_mean_image ||
      (has && mean_image->shape != std::vector<std::int64_t>{recipe.image.width, recipe.image.height}))
    throw DataError("its mean image does not fit the recipe in model.json");
  if (has) {
    preprocessing.mean_image = mean_image->floats();
    arrays.erase(mean_image);
  }
  return preprocessing;
}

Network network_of(const ModelDescription& description, const std::vector<NamedArray>& arrays,
                   Device device) {
  const auto& recipe = description.recipe;
  std::size_t numbers = 0;
  for (const auto& array : arrays)
    numbers += array.floats().size();
  // Before anything is built: a description alone must not make this program ask for memory.
  if (static_cast<std::size_t>(parameter_count(recipe.network)) > numbers)
    throw DataError("holds fewer numbers than the network in model.json has");
  Network network(recipe.network, recipe.seed, device);
  network.load(arrays);
  return network;
}

}  // namespace

NetworkMethod::NetworkMethod(const ModelDescription& description, std::vector<NamedArray> arrays,
                             Device device)
    : preprocessing_(preprocessing_of(description, arrays)),
      network_(network_of(description, arrays, device)) {
  const auto& recipe = description.recipe;
  if (!recipe.augmentation.at_prediction) return;
  mirrors_ = recipe.augmentation.mirrors();
  signs_ = signs_from(description.settings, recipe.targets);
}

std::vector<double> NetworkMethod::predict(const SampleSet& samples, std::span<const std::size_t> chosen,
                                           const LoadMonitor&) const {
  if (!mirrors_.any()) return ml::predict(network_, preprocessing_, samples, chosen);
  const auto outputs = static_cast<std::size_t>(network_.spec().outputs);
  const auto all = copies(mirrors_);
  std::vector<double> mean(chosen.size() * outputs);
  for (const auto& copy : all) {
    const auto answers = ml::predict(network_, preprocessing_, samples, chosen, copy);
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += answers[i] * (network_.spec().classes ? 1 : signs_.of(i % outputs, copy)) /
                 static_cast<double>(all.size());
  }
  return mean;
}

std::vector<NamedArray> kept_arrays(std::vector<NamedArray> weights, const Preprocessing& preprocessing,
                                    const ImageSettings& image) {
  if (!preprocessing.mean_image.empty())
    weights.push_back({mean_image_name, {image.width, image.height}, preprocessing.mean_image});
  return weights;
}

}  // namespace bondscope::ml
