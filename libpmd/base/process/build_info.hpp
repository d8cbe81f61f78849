#pragma once

// What this binary was built from, for provenance.

#include <string>

namespace bondscope {

/// Version and commit of the source, e.g. "0.1.0 (1a2b3c4d5e-modified)".
std::string code_version();

/// Compiler and its version.
std::string compiler();

/// Name of the machine this runs on.
std::string host_name();

/// Name of the machine this runs on and of its processor.
std::string machine();

}  // namespace bondscope
