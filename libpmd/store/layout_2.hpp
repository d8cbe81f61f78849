#pragma once

// Stores of format 2, which are only read: their records were spread over /commit, /diagnostics,
// /failure_reason and /begun, texts were attributes of variable length, and sealed ones had the attributes
// sealed and seal.

#include <array>
#include <cstdint>
#include <filesystem>

#include "libpmd/store/hdf5_handle.hpp"
#include "libpmd/store/hdf5_reader.hpp"
#include "libpmd/store/layout.hpp"

namespace bondscope::layout_2 {

inline constexpr std::uint64_t format_version = 2;  ///< of the format that is read here

/// As layout::read(), which calls it.
layout::Content read(const std::filesystem::path& name, const hdf5::CheckedReader& reader);

/// A run's diagnostics as they lie in the file, in the order of diagnostics_fields: together, and not a
/// column for each, because every place that a sync has to write to costs time.
using StoredDiagnostics = std::array<double, diagnostics_fields.size()>;
/// What format 2 had of them.
Diagnostics from_stored(const StoredDiagnostics& stored);
/// HDF5's type of StoredDiagnostics.
hdf5::Handle diagnostics_type();

}  // namespace bondscope::layout_2
