#pragma once

// The part of a file that says what its rows are: parameters, numbers, provenance and derivation. Stores and
// images files have it in common.

#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope::layout {

/// Throws DataError if runs, numbers, marks, part, history or derivation are not sensible.
void check_runs(const StoreDescription& description);

/// The number of each row, and the scale of every dimension that counts rows.
inline constexpr const char* run_path = "/run";

/// /run, /parameters, /unknown and /measured if some rows have such marks, /derivation if there is one, the
/// texts /provenance/…, and the attributes seed, dataset, preset, part.
void write_runs(hdf5::SkeletonWriter& writer, const StoreDescription& description);
/// What write_runs() wrote; axes stay empty. Throws DataError.
StoreDescription read_runs(const hdf5::CheckedReader& reader);

/// The columns of both forms (see run_columns_2.hpp) for a description whose texts are known: numbers,
/// parameters, derivation. `declarations` and `method` are texts as the file has them.
void read_columns(const hdf5::CheckedReader& reader, const char* numbers, const std::string& declarations,
                  const std::string& method, StoreDescription& description);
/// The group /derivation but for its method.
void write_derivation(hdf5::SkeletonWriter& writer, const Derivation& derivation);

}  // namespace bondscope::layout
