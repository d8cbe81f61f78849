#pragma once

// Named representations: what an images file has of its runs, one or several.

#include <span>
#include <string>

#include "libpmd/images/image_settings.hpp"

namespace bondscope {

/// A representation with the name that files know it by.
struct Representation {
  std::string name;     ///< letters, digits and underscores, at most 40
  ImageSettings image;  ///< what it shows, and how

  /// Whether all members are equal.
  bool operator==(const Representation&) const = default;
};

inline constexpr std::size_t most_representations = 64;  ///< that an images file may have
/// Throws ConfigError: none, too many, a name that is none or there twice, or check_image_settings() does.
void check_representations(std::span<const Representation> representations);

/// Of a YAML file, or a name in configs/representations: the file's name and its settings. Throws FileError,
/// ConfigError.
Representation load_representation(const std::string& name_or_file);

/// The first that makes the same images as these settings; nullptr: none.
const Representation* find_representation(std::span<const Representation> representations,
                                          const ImageSettings& image);

}  // namespace bondscope
