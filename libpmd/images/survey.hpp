#pragma once

// What may go wrong inside HDF5 when a file is read, gone through without reading the distributions: for a
// child process (base/process/child.hpp) that goes first.

#include <filesystem>

namespace bondscope {

/// Opens a store or an images file, reads its description and its records, opens every object in it and looks
/// up where each chunk lies. Throws what Store::open() and ImagesFile::open() throw; damage to single runs is
/// left to those who read them.
void survey(const std::filesystem::path& file);

}  // namespace bondscope
