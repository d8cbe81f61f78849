#pragma once

// Pictures of a training and of a test.

#include <filesystem>
#include <string>
#include <vector>

#include "libml/report/evaluation.hpp"
#include "libml/train/trainer.hpp"

namespace ml {

/// Loss (and per target the mean absolute error) against the epoch. Throws what Gnuplot::write() throws.
void draw_learning_curve(const std::filesystem::path& png, const std::string& title,
                         const std::vector<std::string>& targets, const std::vector<Epoch>& curve);

/// Predicted against true value, one panel per target, with the diagonal and the residuals below. Throws what
/// Gnuplot::write() throws.
void draw_scatter(const std::filesystem::path& png, const std::string& title, const Evaluation& evaluation);

}  // namespace ml
