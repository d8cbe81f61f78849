#pragma once

// The paper's figures of predictions, with the answers of this project's experiments.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "libml/experiments/table.hpp"

namespace bondscope::ml {

/// Draws, for every experiment that names a figure of the paper and has results of the first seed, what the
/// figure shows, by the figures' numbers; experiments of the same figure stand side by side. `folder` has the
/// model of an experiment. Whether there was anything to draw. Throws as draw_tests() and read_predictions().
bool draw_paper_figures(const std::filesystem::path& png, const Reproduction& reproduction,
                        const std::function<std::filesystem::path(const Experiment&)>& folder);

}  // namespace bondscope::ml
