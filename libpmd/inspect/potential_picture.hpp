#pragma once

// Molecules to look at before anything is computed: the potential as a picture, and in numbers.

#include <filesystem>
#include <span>
#include <string>

#include "libpmd/model/potential.hpp"

namespace bondscope {

/// A run whose potential is of interest.
struct PotentialOfRun {
  RunParameters run;      ///< of a molecule that `model` knows
  ModelParameters model;  ///< of its data set
};

/// A panel for each: V(x, y) in colours from the deepest of all to 0, its centres as circles, and the
/// polarisation as an arrow. Throws what Potential and Gnuplot throw.
void draw_potentials(std::span<const PotentialOfRun> runs, const std::filesystem::path& png);

/// Lines of text: centres, depth, extent, and where the mirror images of its distribution are. Throws what
/// Potential and Pulse throw.
std::string potential_text(const PotentialOfRun& of);

}  // namespace bondscope
