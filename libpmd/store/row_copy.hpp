#pragma once

// One row from a store into another.

#include <cstddef>
#include <string>

#include "libpmd/store/store.hpp"

namespace bondscope {

/// Copies a done run if what is read matches `record`'s checksum. Returns what is wrong otherwise, and writes
/// nothing then; empty if all is well. Throws what Store::write() throws.
std::string copy_done(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                      std::size_t to);

/// Copies a failed run. Returns what is wrong with its reason, which then is replaced by a remark.
std::string copy_failed(const Store& source, std::size_t row, const CommitRecord& record, Store& target,
                        std::size_t to);

}  // namespace bondscope
