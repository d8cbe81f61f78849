#pragma once

// explain --method layers: what the layers make of images, and how alike they are in several networks.

#include <filesystem>
#include <string>
#include <vector>

#include "libml/explain/layers.hpp"

/// What is asked for.
struct LayersWish {
  const bondscope::ml::Model& model;                ///< whose layers
  const std::vector<bondscope::ml::Model>& others;  ///< beside them
  std::vector<std::string> names;                   ///< of the others
  std::vector<bondscope::ml::ImageGroup> groups;    ///< images of --input, and of --with
  std::filesystem::path output;                     ///< folder for tables and pictures; empty: none
};

/// Prints what is found, and writes it.
void explain_layers(const LayersWish& wish);
