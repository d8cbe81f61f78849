#include "libml/predict/traits.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {
namespace {

struct Reason {
  const char *low, *high;
};
constexpr std::array<Reason, Traits::names.size()> reasons{{
    {"left and right are more alike than in the runs that it knows: many optical cycles, an average over "
     "phases, "
     "or a symmetrised image",
     "left and right differ more than in the runs that it knows: another carrier-envelope phase, unequal "
     "nuclei, "
     "or a wrong centre"},
    {"the sides of the polarisation axis are more alike than in the runs that it knows",
     "the sides of the polarisation axis differ more than in the runs that it knows: a tilted molecule, or a "
     "wrong centre or axis"},
    {"it is smoother than the runs that it knows: finite resolution, or an average over intensities, phases "
     "or "
     "orientations",
     "it is rougher than the runs that it knows: counting noise, or a structure finer than they have"},
    {"electrons are slower along the polarisation than in the runs that it knows: a lower intensity, a "
     "shorter "
     "wavelength, or a wrong momentum scale",
     "electrons are faster along the polarisation than in the runs that it knows: a higher intensity, a "
     "longer "
     "wavelength, a background, or a wrong momentum scale"},
    {"electrons are slower across the polarisation than in the runs that it knows: another molecule, or a "
     "wrong "
     "momentum scale",
     "electrons are faster across the polarisation than in the runs that it knows: another molecule, a tilt, "
     "a "
     "background, a projection instead of a slice, or finite resolution"},
}};

}  // namespace

Traits traits_of(const SampleSet& small, std::size_t i) {
  const auto pixels = small.floats_of(i);
  const auto width = static_cast<std::size_t>(small.image.width),
             height = static_cast<std::size_t>(small.image.height);
  const auto& extent = small.samples[i].extent;
  const auto w = [&](std::size_t x, std::size_t y) { return static_cast<double>(pixels[x * height + y]); };
  const auto place = [](double min, double max, std::size_t at, std::size_t count) {
    return min + (max - min) * (static_cast<double>(at) + 0.5) / static_cast<double>(count);
  };
  // Of views of a half nothing is known of the other side.
  const bool both_sides = small.image.view == View::plane && height > 1;
  double sum = 0, kx = 0, ky = 0, rough = 0, mean_kx = 0, mean_ky = 0;
  for (std::size_t x = 0; x < width; ++x)
    for (std::size_t y = 0; y < height; ++y) {
      const double here = w(x, y);
      sum += std::abs(here);
      kx += std::abs(here - w(width - 1 - x, y));
      if (both_sides) ky += std::abs(here - w(x, height - 1 - y));
      mean_kx += std::abs(here * place(extent.kx_min, extent.kx_max, x, width));
      if (height > 1) mean_ky += std::abs(here * place(extent.ky_min, extent.ky_max, y, height));
      if (x == 0 || x + 1 == width) continue;
      double difference = 2 * here - w(x - 1, y) - w(x + 1, y);
      if (y > 0 && y + 1 < height) difference += 2 * here - w(x, y - 1) - w(x, y + 1);
      rough += std::abs(difference);
    }
  if (!(sum > 0)) return {};
  if (small.image.view == View::first_quadrant) kx = 0;
  return {{kx / sum, ky / sum, rough / sum, mean_kx / sum, mean_ky / sum}};
}

std::vector<std::string> hints(const Traits& traits, std::span<const Traits> calibrated) {
  std::vector<std::string> all;
  if (calibrated.empty()) return all;
  constexpr double rare = 0.005;
  for (std::size_t t = 0; t < Traits::names.size(); ++t) {
    std::vector<double> known;
    for (const auto& one : calibrated)
      known.push_back(one.values[t]);
    // What is the same in all that is known (0 for want of a second side) differs by more than rounding.
    const double margin = 1e-3 * (std::abs(median(known)) + 1e-6);
    if (traits.values[t] < quantile(known, rare) - margin) all.push_back(reasons[t].low);
    if (traits.values[t] > quantile(known, 1 - rare) + margin) all.push_back(reasons[t].high);
  }
  return all;
}

}  // namespace bondscope::ml
