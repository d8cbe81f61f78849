#include "libml/explain/lime.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Dense>
#include <fmt/format.h>

#include "libml/explain/cells.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"

namespace bondscope::ml {
namespace {

/// Of which cells which copies show: 256 MiB, and there are two such tables.
constexpr int most_numbers = 1 << 25;

void check_lime(const LimeSettings& settings, std::size_t pixels, int width, int height) {
  const auto expect = [](const char* name, int value, int least, int most) {
    if (value < least || value > most)
      throw ConfigError(fmt::format("LIME: {}={}, expected {} to {}", name, value, least, most));
  };
  if (width < 1 || height < 1 || pixels != static_cast<std::size_t>(width) * static_cast<std::size_t>(height))
    throw DataError(fmt::format("LIME: an image of {} pixels, expected {} x {}", pixels, width, height));
  expect("cells_kx", settings.cells_kx, 1, width);
  expect("cells_ky", settings.cells_ky, 1, height);
  const int cells = settings.cells_kx * settings.cells_ky;
  if (cells > 4096) throw ConfigError("LIME: more than 4096 cells; expected fewer cells_kx or cells_ky");
  expect("samples", settings.samples, cells + 2, std::min(1 << 20, most_numbers / cells));
  expect("batch", settings.batch, 1, 1 << 16);
  if (!(settings.width > 0) || !(settings.ridge >= 0))
    throw ConfigError("LIME: expected a positive width and a ridge that is not negative");
}

}  // namespace

std::vector<float> lime_map(const Answers& answers, std::span<const float> image, int width, int height,
                            std::size_t output, const LimeSettings& settings) {
  check_lime(settings, image.size(), width, height);
  const auto cell_of = cells_of_pixels(width, height, settings.cells_kx, settings.cells_ky);
  const auto cells =
      static_cast<std::size_t>(settings.cells_kx) * static_cast<std::size_t>(settings.cells_ky);
  const auto samples = static_cast<std::size_t>(settings.samples);

  // The first copy is the image itself; the first column is β_0's.
  Random random(settings.seed, "lime");
  Eigen::MatrixXd shown = Eigen::MatrixXd::Ones(settings.samples, static_cast<Eigen::Index>(cells) + 1);
  Eigen::VectorXd weights(settings.samples), target(settings.samples);
  for (Eigen::Index s = 0; s < settings.samples; ++s) {
    double sum = 0;
    for (Eigen::Index c = 1; c < shown.cols(); ++c) {
      if (s > 0 && random.below(2) == 0) shown(s, c) = 0;
      sum += shown(s, c);
    }
    const double distance = 1 - std::sqrt(sum / static_cast<double>(cells));
    weights(s) = std::exp(-distance * distance / (settings.width * settings.width));
  }
  for (std::size_t first = 0; first < samples; first += static_cast<std::size_t>(settings.batch)) {
    const auto count = std::min(static_cast<std::size_t>(settings.batch), samples - first);
    std::vector<float> copies;
    copies.reserve(count * image.size());
    for (std::size_t s = first; s < first + count; ++s)
      for (std::size_t i = 0; i < image.size(); ++i)
        copies.push_back(image[i] * static_cast<float>(shown(static_cast<Eigen::Index>(s),
                                                             static_cast<Eigen::Index>(cell_of[i]) + 1)));
    const auto asked = ask(answers, copies, count, output);
    for (std::size_t s = 0; s < count; ++s)
      target(static_cast<Eigen::Index>(first + s)) = static_cast<double>(asked[s]);
  }

  const Eigen::MatrixXd weighted = weights.asDiagonal() * shown;
  Eigen::MatrixXd normal = weighted.transpose() * shown;
  const double penalty = settings.ridge * weights.sum();
  for (Eigen::Index c = 1; c < normal.cols(); ++c)
    normal(c, c) += penalty;
  const Eigen::VectorXd beta = normal.ldlt().solve(weighted.transpose() * target);

  return spread_over_pixels(std::vector<double>(beta.begin() + 1, beta.end()), cell_of);
}

}  // namespace bondscope::ml
