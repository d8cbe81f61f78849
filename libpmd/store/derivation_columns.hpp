#pragma once

// The group /derivation of a file, and the attribute with its method.

#include "libpmd/store/description.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/hdf5_writer.hpp"

namespace bondscope::layout {

/// Throws DataError if history or derivation are not sensible.
void check_origin(const StoreDescription& description);

void write_derivation(hdf5::SkeletonWriter& writer, const Derivation& derivation);
/// What write_derivation() wrote, if the file has one, of so many rows. Throws DataError.
std::optional<Derivation> read_derivation(const hdf5::CheckedReader& reader, std::size_t rows);

}  // namespace bondscope::layout
