#pragma once

// Model folders of earlier formats.

#include <filesystem>

namespace bondscope::ml {

/// Writes the model in `from`, of any format, as one of the newest into `to`, which must be new or empty:
/// with the same answers, all other files that it has, and a card. Throws as load_model(), and FileError.
void upgrade_model(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace bondscope::ml
