#pragma once

// What is not done with sealed stores, and what to do instead.

#include <filesystem>
#include <string>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// Why a sealed store is not written to, and what to do, which depends on how it was made; for messages.
std::string why_read_only(const std::filesystem::path& file, StoreKind kind,
                          const StoreDescription& description);

/// Whether the distributions are those of a compact store: rounded, also where a sealed copy holds them.
bool has_compact_distributions(StoreKind kind, const StoreDescription& description);

/// Throws DataError if a store has compact distributions: of a copy, the error against the original would be
/// lost or wrong.
void refuse_compact(const Store& store);

}  // namespace bondscope
