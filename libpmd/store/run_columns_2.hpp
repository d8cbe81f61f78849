#pragma once

// The same as run_columns.hpp in the form of stores of format 2 and images files of format 1, whose texts are
// attributes and whose numbers are /parameters/run.

#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::layout_2 {

/// Throws DataError.
StoreDescription read_runs(const hdf5::CheckedReader& reader);

}  // namespace bondscope::layout_2
