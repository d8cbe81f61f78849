#include "libml/explain/cells.hpp"

#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {

std::vector<std::size_t> cells_of_pixels(int width, int height, int cells_kx, int cells_ky) {
  if (cells_kx < 1 || cells_kx > width || cells_ky < 1 || cells_ky > height)
    throw ConfigError(fmt::format("{} x {} cells of an image, expected 1 x 1 to {} x {}", cells_kx, cells_ky,
                                  width, height));
  std::vector<std::size_t> cells;
  cells.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
  for (int x = 0; x < width; ++x)
    for (int y = 0; y < height; ++y)
      cells.push_back(static_cast<std::size_t>(x * cells_kx / width * cells_ky + y * cells_ky / height));
  return cells;
}

std::vector<double> in_cells(std::span<const float> map, int width, int height, int cells_kx, int cells_ky,
                             bool sizes) {
  const auto cell_of = cells_of_pixels(width, height, cells_kx, cells_ky);
  if (map.size() != cell_of.size())
    throw DataError(fmt::format("a map of {} pixels, expected {} x {}", map.size(), width, height));
  std::vector<double> cells(static_cast<std::size_t>(cells_kx) * static_cast<std::size_t>(cells_ky));
  for (std::size_t pixel = 0; pixel < map.size(); ++pixel) {
    const auto value = static_cast<double>(map[pixel]);
    cells[cell_of[pixel]] += sizes ? std::abs(value) : value;
  }
  return cells;
}

std::vector<float> spread_over_pixels(std::span<const double> cells, std::span<const std::size_t> cell_of) {
  std::vector<double> pixels(cells.size());
  for (const auto cell : cell_of)
    pixels[cell] += 1;
  std::vector<float> map;
  map.reserve(cell_of.size());
  for (const auto cell : cell_of)
    map.push_back(static_cast<float>(cells[cell] / pixels[cell]));
  return map;
}

}  // namespace bondscope::ml
