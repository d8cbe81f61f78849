#pragma once

// Which samples are trained on, which select the best epoch, and which test.

#include <cstdint>
#include <vector>

namespace ml {

/// Disjoint positions in a SampleSet that together are all of it, each ascending.
struct Split {
  std::vector<std::size_t> train, validation, test;
};

/// Random split of `count` samples: round(count · train_fraction) are for learning, and of these
/// round(· validation_fraction), at least one if the fraction is positive, for validation. Depends on the
/// arguments only, on every machine. Throws tdse::DataError if fewer than two samples would be left to train
/// on or fewer than two to test.
Split split_samples(std::size_t count, double train_fraction, double validation_fraction, std::uint64_t seed);

}  // namespace ml
