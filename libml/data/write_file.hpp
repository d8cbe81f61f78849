#pragma once

// Result files that are never seen half written.

#include <filesystem>
#include <string>

namespace ml {

/// Writes beside `file`, syncs and renames. Throws tdse::FileError with the system's reason, and then leaves
/// nothing behind.
void write_file(const std::filesystem::path& file, const std::string& bytes);

}  // namespace ml
