#pragma once

// How far the distributions of two stores are apart, run by run: two presets, two methods, two machines.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/images/image.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// A run that both stores have.
struct ComparedRun {
  std::size_t reference = 0, other = 0;  ///< where it is in each
  /// Of the distributions.
  GreyDifference difference;
  double yield_ratio = 1;  ///< other over reference
  bool identical = false;  ///< bit for bit
};

/// Two stores, run by run.
struct Comparison {
  std::vector<ComparedRun> runs;  ///< in the order of the reference
  std::size_t unmatched = 0;      ///< done runs of the reference that the other does not have
  double floor = -5;              ///< where W was cut off
};

/// Compares all runs that are done in both, told by their parameters. `progress` gets runs compared and runs
/// to compare. Throws DataError if the stores' momentum axes differ or they have no run in common,
/// ConfigError if the floor is not below 0.
Comparison compare(const Store& reference, const Store& other, double floor = -5,
                   const std::function<void(std::size_t, std::size_t)>& progress = {});

/// What `pmd_store compare` prints.
std::string comparison_text(const Store& reference, const Comparison& comparison);
/// The same for programs.
std::string comparison_json(const Store& reference, const Comparison& comparison);

/// Draws the runs that differ most, at most four: W of both, and its difference in grey levels in colours
/// that end at four times the root of the mean square. `comparison` is that of these stores. Throws as
/// Store::pmd() and Paper.
void draw_comparison(const Store& reference, const Store& other, const Comparison& comparison,
                     const std::filesystem::path& png);

}  // namespace bondscope
