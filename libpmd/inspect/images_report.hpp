#pragma once

// What is in an images file and whether it is intact, as text for people and JSON for programs.

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/images/images_file.hpp"

namespace bondscope {

std::string images_text(const ImagesFile& file);
/// `configuration` (resolved) included on request.
std::string images_json(const ImagesFile& file, bool configuration);

struct DamagedImage {
  std::size_t row = 0;
  std::string message;
};
/// Reads every row. `progress` gets rows looked at and all of them.
std::vector<DamagedImage> find_damaged(const ImagesFile& file,
                                       const std::function<void(std::size_t, std::size_t)>& progress = {});
std::string damaged_text(const ImagesFile& file, const std::vector<DamagedImage>& damaged);
std::string damaged_json(const ImagesFile& file, const std::vector<DamagedImage>& damaged);

}  // namespace bondscope
