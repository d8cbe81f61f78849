#pragma once

// Does what a derived store was made from still exist, unchanged?

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/store/store.hpp"

namespace bondscope {

struct LinkReport {
  std::size_t links = 0;     ///< all of the derived store
  std::size_t followed = 0;  ///< into one of the given sources
  /// Runs that are not in the source, not done, or have another checksum: distribution, run and what.
  std::vector<std::string> broken;
};

/// Follows the links of `derived` into `sources`, which are told by the checksums of their descriptions; one
/// that grew, was merged or exported since then is taken for the only source of a derived store that has one.
/// Runs are told by their checksums, wherever they stand. Throws DataError if `derived` is not derived or a
/// source is none of its sources.
LinkReport follow_links(const Store& derived, const std::vector<std::filesystem::path>& sources);

}  // namespace bondscope
