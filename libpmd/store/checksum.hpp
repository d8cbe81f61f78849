#pragma once

// The checksums of a store, all XXH3-64: they find damage and misplaced data, not forgery.

#include <cstddef>
#include <cstdint>
#include <span>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// Of everything fixed at creation: texts, seed, axes, run numbers and all run parameters.
std::uint64_t checksum(const StoreDescription& description);

/// Of one run's parameters, diagnostics and distribution; and, where there are such, of what it has beside
/// them: further diagnostics and arrays that are not zero, unknown parameters, that it was measured.
std::uint64_t payload_checksum(const StoreDescription& description, std::size_t row,
                               const Diagnostics& diagnostics, std::span<const float> pmd,
                               const RowArrays& arrays = {});

/// The same of a run that was computed, all of whose parameters are known.
std::uint64_t payload_checksum(const RunParameters& run, const Diagnostics& diagnostics,
                               std::span<const float> pmd, const RowArrays& arrays);

/// Of a failed run's reason as it is stored.
std::uint64_t reason_checksum(std::span<const char> reason);

}  // namespace bondscope
