#pragma once

// Many maps as one: averages over bins of R and the intensity, on momenta that are the same for all.

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/explain/map_sheet.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/model_parameters.hpp"

namespace bondscope::ml {

/// Maps of one bin, averaged, [kx][ky] of MapAverages.
struct MapBin {
  double R_min = 0, R_max = 0;                  ///< a.u.
  double intensity_min = 0, intensity_max = 0;  ///< 1e14 W/cm²
  double R = 0, intensity = 0, angle = 0;       ///< means over its runs; the angle in radians
  std::size_t count = 0;                        ///< maps in it; 0: nothing below has a meaning
  /// Mean of the maps, outside of an image's crop 0. Of maps that sum up it is a density, per a.u.² of
  /// momentum.
  std::vector<float> mean;
  /// Mean of the maps' sizes, each divided by its integral: where the attention is, per a.u.².
  std::vector<float> attention;
};

/// Of one method.
struct MapAverages {
  Extent extent;                      ///< that all bins cover: all crops lie in it
  std::size_t width = 0, height = 0;  ///< cells along kx and ky
  std::vector<MapBin> bins;           ///< R runs fastest
};

/// Averages of maps [sample of `chosen`][kx][ky], shaped as the samples' images, whose extents the samples
/// know. `density`: divide by the area of a pixel. Edges ascend; a run beyond them is in no bin. Throws
/// DataError if maps and samples do not fit, or there are none.
MapAverages average_maps(const SampleSet& samples, std::span<const std::size_t> chosen,
                         const std::vector<std::vector<float>>& maps, bool density,
                         std::span<const double> R_edges, std::span<const double> intensity_edges);

/// What physics says of runs' momenta.
class GuideMaker {
 public:
  /// Reads what the samples' store says of the pulse. Throws ConfigError where it cannot be.
  explicit GuideMaker(const SampleSet& samples);
  /// Up from the pulse (0 where the store does not say what it was), the run's distance and orientation.
  MomentumGuides of(const RunParameters& run) const;

 private:
  std::optional<ModelParameters> model_;
};

/// `parts` + 1 edges from `min` to `max`, evenly apart.
std::vector<double> even_edges(double min, double max, std::size_t parts);

}  // namespace bondscope::ml
