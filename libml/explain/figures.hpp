#pragma once

// Pictures of dictionaries. All throw what Gnuplot::write() throws, FileError above all where there is no
// gnuplot.

#include <filesystem>
#include <span>

#include "libml/data/samples.hpp"
#include "libml/explain/dictionary.hpp"

namespace bondscope::ml {

/// Six images of a dictionary, of classes spread over all there are, each beside the part that is compared:
/// after Fig. 8 of the paper.
void draw_dictionary_sheet(const std::filesystem::path& png, const SampleSet& samples,
                           const LabelledImages& images, const Dictionary& dictionary);

/// The accuracy against the number of parts that are left when those that are alike are pruned: of each
/// choice of the images, and the mean; beside it the controls.
void draw_dictionary_sizes(const std::filesystem::path& png, std::span<const Dictionary> made);

}  // namespace bondscope::ml
