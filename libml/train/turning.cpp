#include "libml/train/turning.hpp"

#include <cmath>
#include <numbers>

#include <torch/torch.h>

#include "libpmd/base/random/random_draws.hpp"

namespace bondscope::ml {

namespace functional = torch::nn::functional;

torch::Tensor turned(const torch::Tensor& images, std::span<const Extent> extents,
                     std::span<const double> degrees) {
  // From a pixel of the turned image to the place in the image where its value is, both from -1 to 1 along
  // ky, the last axis, and kx.
  auto maps = torch::empty({images.size(0), 2, 3}, torch::kFloat32);
  auto map = maps.accessor<float, 3>();
  for (std::int64_t i = 0; i < images.size(0); ++i) {
    const auto& extent = extents[static_cast<std::size_t>(i)];
    const double angle = degrees[static_cast<std::size_t>(i)] * std::numbers::pi / 180;
    const double c = std::cos(angle), s = std::sin(angle);
    const double x = (extent.kx_max + extent.kx_min) / 2, y = (extent.ky_max + extent.ky_min) / 2;
    const double half_x = (extent.kx_max - extent.kx_min) / 2, half_y = (extent.ky_max - extent.ky_min) / 2;
    const double along_ky[3] = {c, -s * half_x / half_y, ((c - 1) * y - s * x) / half_y};
    const double along_kx[3] = {s * half_y / half_x, c, ((c - 1) * x + s * y) / half_x};
    for (std::int64_t j = 0; j < 3; ++j) {
      map[i][0][j] = static_cast<float>(along_ky[j]);
      map[i][1][j] = static_cast<float>(along_kx[j]);
    }
  }
  const auto places = functional::affine_grid(maps.to(images.device()), images.sizes().vec(), false);
  return functional::grid_sample(images, places,
                                 functional::GridSampleFuncOptions()
                                     .mode(torch::kBilinear)
                                     .padding_mode(torch::kBorder)
                                     .align_corners(false));
}

std::vector<double> random_angles(std::size_t count, double deviation_deg, std::uint64_t seed,
                                  std::uint64_t turn) {
  std::vector<double> angles(count);
  for (std::size_t i = 0; i < count; ++i) {
    RandomDraws draws({seed, turn}, RandomPurpose::rotation, i);
    angles[i] = deviation_deg * normal(draws);
  }
  return angles;
}

}  // namespace bondscope::ml
