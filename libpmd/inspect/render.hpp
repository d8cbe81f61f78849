#pragma once

// Pictures of stored runs.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "libpmd/images/image.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// What a sheet of pictures shows.
struct RenderSettings {
  bool distributions = true;        ///< W over kx and ky
  bool images = false;              ///< what the network sees
  bool curves = false;              ///< dP/dkx
  int columns = 0;                  ///< panels side by side; 0: chosen by their number
  std::size_t runs_per_sheet = 12;  ///< more continue on another sheet
  ImageSettings image{};            ///< of the network's images; its floor is that of all panels
};

/// One distribution of one of several stores.
struct StoredRun {
  const Store* store = nullptr;  ///< that has the run
  std::size_t run = 0;           ///< row of the store
  std::string label{};           ///< in front of the panel's title
};

/// Draws the runs, each on its own axes, as sheets and returns the names of the files: `png` itself, or
/// name_01.png, name_02.png, … if they do not fit on one sheet. All sheets show the same range of momenta:
/// what any of the runs reaches with W > floor. A run that makes no picture (damaged, constant) gets a panel
/// that says why. Throws ConfigError for settings out of range, and as draw_sheet().
std::vector<std::filesystem::path> render(std::span<const StoredRun> runs, const RenderSettings& settings,
                                          const std::filesystem::path& png);

/// Lines for above a panel, e.g. {"H₂⁺   R = 2.00 a.u.   I = 3.90·10¹⁴ W/cm²", "run 7   φ = 0.00   α
/// = 90.0°"} where `what` is "run 7".
/// Parameters whose names are among the `unknown` are left out.
std::vector<std::string> panel_title(const std::string& what, const RunParameters& parameters,
                                     std::span<const std::string> unknown = {});

}  // namespace bondscope
