#pragma once

// Images and maps of explanations as panels of one picture, in momentum coordinates.

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libpmd/images/image.hpp"

namespace bondscope::ml {

/// Lines that physics draws into the momentum plane.
struct MomentumGuides {
  double ponderomotive_energy = 0;  ///< Up, a.u.: direct electrons end at |k| = 2√Up; 0: not drawn
  double R = 0;                     ///< a.u.; 0: not drawn
  /// Of the molecular axis to kx, radians. Two centres in phase interfere destructively at
  /// kx cos α + ky sin α = (2n + 1) π/R.
  double angle = 0;
};

/// One picture.
struct MapPanel {
  std::vector<std::string> title;     ///< up to two lines above it
  std::vector<float> values;          ///< [kx][ky]; nan is not drawn
  std::size_t width = 0, height = 0;  ///< values along kx and ky
  Extent extent;                      ///< that they cover, a.u.
  /// Colours: 0 to 255 of grey levels; of a map with a limit, -limit to limit, blue to red.
  std::optional<double> limit = {};
  bool sizes = false;  ///< a map that is nowhere negative: 0 to its limit, white to blue
  std::optional<MomentumGuides> guides = {};  ///< drawn over it
};

/// The size of a map's values that 99 % do not exceed: where the colours of maps may end; 1 where all are 0.
double readable_limit_of(std::span<const float> map);

/// Draws the panels in reading order, so many side by side; maps have a colour bar each, in `unit`. Throws
/// DataError without panels or for values that do not fit their size, ConfigError for more than 16384 pixels,
/// and FileError as Gnuplot::write().
void draw_map_sheet(const std::filesystem::path& png, const std::string& title,
                    std::span<const MapPanel> panels, std::size_t columns, const std::string& unit = "");

}  // namespace bondscope::ml
