#pragma once

// Provenance: what made something, where and when.

#include <string>

namespace bondscope {

/// Version of the project, e.g. "0.1.0".
std::string version();

/// Version and commit of the source, e.g. "0.1.0 (1a2b3c4d5e-modified)".
std::string code_version();

/// A hash of the running program's file: the same code built the same way. "unknown" where the system does
/// not give the file away.
std::string executable_fingerprint();

/// code_version(), and of a source that no commit stands for the program's fingerprint: what another build
/// made may differ from what this one makes.
std::string build_identity();

/// Compiler and its version.
std::string compiler();

/// Name of the machine this runs on.
std::string host_name();

/// Name of the machine this runs on and of its processor.
std::string machine();

/// Coordinated universal time, e.g. "2026-01-31T12:00:00Z".
std::string utc_now();

}  // namespace bondscope
