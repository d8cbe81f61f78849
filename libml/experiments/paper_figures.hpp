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
/// model of an experiment. Warns of figures whose predictions cannot be read; draws nothing if there are
/// none. Throws as draw_tests().
std::vector<std::string> draw_paper_figures(
    const std::filesystem::path& png, const Reproduction& reproduction,
    const std::function<std::filesystem::path(const Experiment&)>& folder);

}  // namespace bondscope::ml
