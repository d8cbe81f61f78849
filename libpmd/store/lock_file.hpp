#pragma once

// FILE.lock: its name, its one line of JSON, the lock on it.

#include <filesystem>
#include <optional>

#include "libpmd/base/files/file.hpp"
#include "libpmd/store/lock.hpp"

namespace bondscope {

/// Whoever comes by another link to the same store must meet the same lock.
std::filesystem::path lock_name(const std::filesystem::path& store);

/// The lock file, made if need be. Throws FileError.
File open_lock(const std::filesystem::path& name);

/// What the operating system says to a lock on the file.
enum class Locked { by_us, by_another, unknown };
/// Tries to lock it; unknown: the file system has no locks.
Locked try_lock(const File& file);

/// Whom the file names. Empty if it is empty, or not of this kind: of an earlier version, or damaged.
std::optional<LockHolder> read_holder(const File& file);
/// In one write, always of the same length. False if it fails.
bool write_holder(const File& file, const LockHolder& holder);

}  // namespace bondscope
