#pragma once

// Learning from two data sets at once: one that is asked about, and another that helps.

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// All samples of `own`, then those of `more` as Sample::added: they are learned from, and never test,
/// validate, or count among split.train_runs, so that split and tests are those of `own` alone. Of `more`
/// what has parameters or a computed run in common with one of `own` is left out, since that one may test.
/// Throws DataError if the images are not alike: other image settings, or taken in another way (setting.hpp).
SampleSet joined(SampleSet own, const SampleSet& more);

}  // namespace bondscope::ml
