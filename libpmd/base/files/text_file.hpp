#pragma once

// Whole files of text.

#include <cstddef>
#include <filesystem>
#include <string>

namespace bondscope {

/// Throws FileError unless there is such a file, and a regular one.
void expect_file(const std::filesystem::path& file);

/// Throws FileError if unreadable or larger than `max_bytes`.
std::string read_text_file(const std::filesystem::path& file, std::size_t max_bytes = 16u << 20);

/// Replaces the file all at once: written beside it, synced and renamed. Throws FileError with the system's
/// reason, and then leaves nothing behind.
void write_file(const std::filesystem::path& file, const std::string& bytes);

}  // namespace bondscope
