#pragma once

#include <string>

namespace bondscope {

/// Coordinated universal time, e.g. "2026-01-31T12:00:00Z".
std::string utc_now();

}  // namespace bondscope
