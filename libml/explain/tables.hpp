#pragma once

// What dictionaries gave, as text.

#include <cstddef>
#include <span>
#include <string>

#include "libml/explain/dictionary.hpp"

namespace bondscope::ml {

/// Mean ± standard deviation over the choices of each accuracy, of the number of parts and of their area in
/// parts of the image; a line each.
std::string dictionary_summary(std::span<const Dictionary> made, std::size_t pixels_per_image);
/// The same as cells of one line, "mean ± s.d." each.
std::string dictionary_means(std::span<const Dictionary> made, std::size_t pixels_per_image);
/// What stands above them.
std::string dictionary_means_header();
/// A line for each choice.
std::string dictionary_csv(std::span<const Dictionary> made);

}  // namespace bondscope::ml
