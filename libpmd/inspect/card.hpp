#pragma once

// What a stranger should know of a data set before using it.

#include <string>

#include "libpmd/inspect/summary.hpp"

namespace bondscope {

/// Markdown: what the data set is, how, where and in what time it was made, which values its parameters and
/// diagnostics have, what failed, and where it must not be trusted. What the file says is quoted as text:
/// none of it can become markup.
std::string store_card(const Store& store, const StoreSummary& summary);

}  // namespace bondscope
