#pragma once

// Which samples are trained on, which select the best epoch, and which test.

#include <cstdint>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"
#include "libtdse/store/derivation.hpp"

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

/// The same where samples may be marked. Those marked test only test and those marked training only learn,
/// whatever the fractions; train_fraction splits the ones that are not marked, as if there were no others.
/// Those marked test thus come on top of a test part, unless train_fraction is so near to 1 that nothing is
/// left over. Validation samples are drawn from all that are for learning. Without marks it is the split
/// above.
Split split_samples(std::span<const tdse::Use> uses, double train_fraction, double validation_fraction,
                    std::uint64_t seed);

/// Of each sample.
std::vector<tdse::Use> uses_of(const SampleSet& samples);

}  // namespace ml
