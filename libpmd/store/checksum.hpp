#pragma once

// The checksums of a store, all XXH3-64: they find damage and misplaced data, not forgery.

#include <cstddef>
#include <cstdint>
#include <span>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// Of everything fixed at creation: texts, seed, axes, run numbers and all run parameters.
std::uint64_t checksum(const StoreDescription& description);

/// Of one run's parameters, diagnostics and slab.
std::uint64_t payload_checksum(const RunParameters& parameters, const Diagnostics& diagnostics,
                               std::span<const float> pmd);

/// Of a failed run's reason as it is stored.
std::uint64_t reason_checksum(std::span<const char> reason);

/// Of a commit record. The row and the store's description go in, so that a record counts only in its own row
/// of its own store.
std::uint64_t record_checksum(const CommitRecord& record, std::uint64_t run,
                              std::uint64_t description_checksum);

/// Of a sealed store: its description and all its commit records, as they are stored.
std::uint64_t seal_checksum(std::uint64_t description_checksum, std::span<const std::byte> records);

}  // namespace bondscope
