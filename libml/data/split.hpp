#pragma once

// Which samples are trained on, which select the best epoch, and which test.

#include <cstdint>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// Disjoint positions in a SampleSet that together are all of it, each ascending.
struct Split {
  std::vector<std::size_t> train, validation, test;  ///< positions of samples, each ascending
  std::vector<std::size_t> unused;                   ///< of the training part, beyond the number asked for
};

/// Random split of `count` samples: round(count · train_fraction) are for learning, and of these
/// round(· validation_fraction), at least one if the fraction is positive, for validation. `train_runs`
/// limits those to train on (0: all); more of them keep all that fewer have, and the tests are the same.
/// Depends on the arguments only, on every machine. Throws DataError if fewer than two samples would be
/// left to train on or fewer than two to test, or fewer than train_runs to train on.
Split split_samples(std::size_t count, double train_fraction, double validation_fraction, std::uint64_t seed,
                    std::size_t train_runs = 0);

/// The same where samples may be marked, or belong together because the same computed runs are behind them.
///
/// Those marked test only test and those marked training only learn, whatever the fractions; what is not
/// marked but belongs to one that is goes with it. train_fraction splits the others, as if there were no
/// marked ones, in groups of what belongs together, so that the parts may differ from the fraction by a part
/// of a group. Those marked test thus come on top of a test part, unless train_fraction is so near to 1 that
/// nothing is left over. Validation samples are drawn in the same groups from all that are for learning, so
/// that none belongs to a trained one; there may be a part of a group more than the fraction. Samples
/// added from another data set (joined.hpp) all train, beside the others. Where nothing is marked and nothing
/// belongs together it is the split above. Of computed runs and distributions that were made of several, as
/// interpolated ones are, `train_runs` takes the computed ones first. Throws also DataError if samples for
/// training and for tests belong together.
Split split_samples(const SampleSet& samples, double train_fraction, double validation_fraction,
                    std::uint64_t seed, std::size_t train_runs = 0);

}  // namespace bondscope::ml
