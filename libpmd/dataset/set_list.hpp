#pragma once

// Several data sets that are computed one after the other, each into a store of its own.

#include <string>
#include <vector>

#include "libpmd/base/config/config.hpp"

namespace bondscope {

/// Whether a data set's YAML is such a list: it has the key `sets`.
bool is_set_list(const Config& config);

/// Their names or files, from
///
///   sets: [base, cep, …]
///
/// in order, each once. Throws ConfigError.
std::vector<std::string> read_set_list(const Config& config);

}  // namespace bondscope
