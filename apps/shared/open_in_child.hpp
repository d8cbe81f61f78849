#pragma once

// Files from outside are opened in a child process first: what makes HDF5 crash or hang is an error message
// here.

#include <filesystem>
#include <functional>
#include <vector>

namespace bondscope {

/// Stores and images files. Call it before anything else reads them, and before there are threads. Throws
/// DataError that names the file if it makes the child crash, takes too long or too much memory; else what
/// survey() throws.
void open_in_child(const std::vector<std::filesystem::path>& files);

/// All .h5 files of a folder that may be read later, or not at all: errors are left to those who read them,
/// but for that DataError.
void open_all_in_child(const std::filesystem::path& folder);

/// The same for anything else that is read from `path`. Of a folder all files may be read whole: the child's
/// memory grows with them.
void open_in_child(const std::filesystem::path& path, const std::function<void()>& read);

}  // namespace bondscope
