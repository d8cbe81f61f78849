#pragma once

// Weights of model folders of format 1, whose writer is gone.
//
// Layout, little-endian:
//   bytes  0…7   "PMDARRAY"
//   bytes  8…11  format version (uint32), 1
//   bytes 12…15  size of the header in bytes (uint32), at most 1 MiB
//   bytes 16…23  size of the data in bytes (uint64)
//   bytes 24…31  XXH3-64 of header and data
//   header       JSON: {"arrays": [{"name": …, "shape": [...], "dtype": "float32"}, …]}
//   data         the arrays one after the other, row-major, without gaps

#include <string_view>
#include <vector>

#include "libml/arrays/array.hpp"

namespace bondscope::ml {

/// Every size is checked before memory is asked for. Throws DataError if the bytes are foreign, of another
/// version, truncated, oversized, damaged, or hold a number that is not finite.
std::vector<NamedArray> from_old_weights(std::string_view bytes);

}  // namespace bondscope::ml
