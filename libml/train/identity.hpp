#pragma once

// Whether two trainings are the same: recipe and data, whatever the files are called.

#include <optional>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/train/recipe.hpp"
#include "libpmd/base/config/differences.hpp"

namespace bondscope::ml {

/// Of the samples' parameters, the checksums of their distributions and what they may be used for, in order:
/// 32 hexadecimal digits.
std::string data_checksum(const SampleSet& samples);

/// The model that a transferred one began as.
struct Origin {
  std::string model;            ///< folder as named by the user
  std::string weights;          ///< checksum of its weights and preprocessing, 32 hexadecimal digits
  std::string which;            ///< best or last
  std::string recipe, dataset;  ///< of the training that it began as
  int frozen_blocks = 0;        ///< that stay as they are
  bool fresh_layers = false;    ///< whether only its blocks were taken over
};

/// A JSON text. Images are not looked at, list_samples() is enough.
std::string training_identity(const Recipe& recipe, const SampleSet& samples,
                              const std::optional<Origin>& origin = {});
/// The same from what a model folder remembers; `runs` is the number of samples.
std::string training_identity(const Recipe& recipe, const Source& data, std::size_t runs,
                              const std::string& checksum, const std::optional<Origin>& origin);

/// Dotted keys whose values differ, "" where one has no such key. Throws DataError if one is not such a
/// text.
std::vector<Difference> compare_identities(const std::string& there, const std::string& here);

/// e.g. "training.epochs (3 there, 5 here), data.runs (36 there, 38 here)"
std::string describe(const std::vector<Difference>& differences);

}  // namespace bondscope::ml
