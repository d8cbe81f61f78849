#pragma once

// A sheet: momentum distributions, network images and one-dimensional distributions as panels of one PNG.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "libpmd/base/plot/axis.hpp"

namespace bondscope {

/// What a panel shows.
enum class PanelKind {
  distribution,  ///< W = log10(PMD/max) over kx and ky, equal scales on both axes
  image,         ///< grey levels 0…255 over the crop's kx and ky, shaped as the network sees it
  curve          ///< a positive function of kx, logarithmic
};

/// One picture of a sheet.
struct Panel {
  PanelKind kind = PanelKind::distribution;  ///< what is shown
  std::vector<std::string> title;            ///< up to two lines above the panel
  std::vector<double> kx, ky;                ///< positions of the values, a.u.; ky empty for curves
  std::vector<float> values;                 ///< [kx][ky], for curves [kx]
  std::string note;                          ///< if not empty: stands in the panel instead of the values
};

/// What all panels of a sheet have in common.
struct SheetSettings {
  int columns = 4;            ///< panels side by side, 1…16
  double floor = -5;          ///< lower end of W's colour bar, < 0
  PlotRange kx{-3, 3};        ///< shown by distributions and curves
  PlotRange ky{-2.5, 2.5};    ///< shown by distributions
  double image_aspect = 0.5;  ///< height over width of the images
};

/// Draws the panels in reading order, with one colour bar for each kind of map among them. Throws DataError
/// for panels whose values do not fit their axes, ConfigError for settings out of range or a sheet larger
/// than 16384 pixels, and FileError as Gnuplot::write().
void draw_sheet(const std::filesystem::path& png, std::span<const Panel> panels,
                const SheetSettings& settings);

}  // namespace bondscope
