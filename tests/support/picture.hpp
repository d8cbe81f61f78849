#pragma once

// Reading PNGs back, to look at what was drawn. Link PNG::PNG.

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <utility>
#include <vector>

#include <png.h>

namespace bondscope {

/// Eight-bit red, green, blue; row 0 on top.
struct Picture {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;

  /// Mean of the three channels, 0 (black) to 1 (white).
  double brightness(int x, int y) const {
    const auto* pixel = &rgb.at(3 * (static_cast<std::size_t>(y) * width + x));
    return (pixel[0] + pixel[1] + pixel[2]) / 765.0;
  }
};

inline Picture read_png(const std::filesystem::path& file) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&image, file.c_str()))
    throw std::runtime_error(file.string() + ": " + image.message);
  image.format = PNG_FORMAT_RGB;
  Picture picture;
  picture.width = static_cast<int>(image.width);
  picture.height = static_cast<int>(image.height);
  picture.rgb.resize(std::size_t{3} * image.width * image.height);
  const png_color white{255, 255, 255};
  if (!png_image_finish_read(&image, &white, picture.rgb.data(), 0, nullptr))
    throw std::runtime_error(file.string() + ": " + image.message);
  return picture;
}

inline std::pair<int, int> png_size(const std::filesystem::path& file) {
  const auto picture = read_png(file);
  return {picture.width, picture.height};
}

}  // namespace bondscope
