#pragma once

// What is in an images file and whether it is intact, as text for people and JSON for programs.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/images/images_file.hpp"

namespace bondscope {

/// What `pmd_store info` prints.
std::string images_text(const ImagesFile& file);
/// `configuration` (resolved) included on request.
std::string images_json(const ImagesFile& file, bool configuration);

/// A row that does not match its checksum.
struct DamagedImage {
  std::size_t row = 0;  ///< of the file
  std::string message;  ///< what is wrong
};
/// Reads every row. `progress` gets rows looked at and all of them.
std::vector<DamagedImage> find_damaged(const ImagesFile& file,
                                       const std::function<void(std::size_t, std::size_t)>& progress = {});
/// What `pmd_store verify` prints.
std::string damaged_text(const ImagesFile& file, const std::vector<DamagedImage>& damaged);
/// The same for programs.
std::string damaged_json(const ImagesFile& file, const std::vector<DamagedImage>& damaged);

}  // namespace bondscope
