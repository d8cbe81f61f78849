#pragma once

// Which program this is.

#include <string>

namespace bondscope {

/// A hash of the running program's file: the same code built the same way. "unknown" where the system does
/// not give the file away.
std::string executable_fingerprint();

}  // namespace bondscope
