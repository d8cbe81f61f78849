#pragma once

// The part of a file that says what its rows are: parameters, numbers, provenance and derivation. Stores and
// images files have it in common.

#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::layout {

/// Throws DataError if runs, numbers, part, history or derivation are not sensible.
void check_runs(const StoreDescription& description);

/// /parameters, /derivation if there is one, and the attributes seed, dataset, preset, configuration,
/// configuration_given, code_version, libraries, machine, created, part, history, derivation.
void write_runs(hdf5::SkeletonWriter& writer, const StoreDescription& description);
/// What write_runs() wrote; axes stay empty. Throws DataError.
StoreDescription read_runs(const hdf5::CheckedReader& reader);

}  // namespace bondscope::layout
