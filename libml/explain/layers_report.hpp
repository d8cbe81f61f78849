#pragma once

// Layers of a network as tables and pictures.

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "libml/explain/layers.hpp"

namespace bondscope::ml {

/// For people; `others` are the names of the other networks.
std::string layers_summary(const LayersFound& found, const std::vector<std::string>& others);
/// A line about the first block's filters.
std::string filters_summary(const FilterPower& power);

/// layers.csv: a line for each layer with its likeness to each other network and to an untrained one.
std::string layers_csv(const LayersFound& found, const std::vector<std::string>& others);
/// components.csv: a line for each component of each layer, with its share of the variance and its rank
/// correlations.
std::string components_csv(const LayersFound& found);

/// A picture of the filters of all blocks, a row for each network. Throws ConfigError if one has no
/// convolutions, and FileError as Gnuplot::write().
void draw_filters(const std::filesystem::path& png, std::span<const Model> models,
                  const std::vector<std::string>& names);
/// A picture of what the blocks make of one image, a row each: of the channels that differ most from image to
/// image, four, or of two networks two each and the same ones, as of a network before and after a transfer.
void draw_feature_maps(const std::filesystem::path& png, std::span<const Model> models,
                       const std::vector<std::string>& names, const SampleSet& samples,
                       std::span<const std::size_t> chosen);

/// report.html in `folder`, where the pictures are. `findings` are the summaries.
std::string layers_page(const std::filesystem::path& folder, const Model& model, const SampleSet& samples,
                        const std::string& findings);

}  // namespace bondscope::ml
