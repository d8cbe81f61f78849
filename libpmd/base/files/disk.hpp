#pragma once

// Durability and room on disk.

#include <cstdint>
#include <filesystem>
#include <string>

namespace bondscope {

/// The folder that `file` lies in, "." if its name has none.
std::filesystem::path folder_of(const std::filesystem::path& file);

/// Throws FileError if the folder of `file` is missing or does not allow new files, as far as that can be
/// told without making one.
void check_folder_writable(const std::filesystem::path& file);

/// Bytes that an ordinary user may still write in `folder`.
std::uint64_t free_bytes(const std::filesystem::path& folder);

/// Bytes of an existing file that have no disk space yet (files may be sparse).
std::uint64_t unallocated_bytes(const std::filesystem::path& file);

/// Claims disk space for the whole file. Where the file system cannot reserve space the
/// file stays sparse. Throws FileError, also if the space is not there.
void reserve(const std::filesystem::path& file);

/// A file's content or a folder's list of names. Throws FileError.
void force_to_disk(const std::filesystem::path& path);

/// e.g. "1.42 GB"
std::string format_bytes(std::uint64_t bytes);

}  // namespace bondscope
