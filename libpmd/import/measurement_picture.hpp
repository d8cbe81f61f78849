#pragma once

// A picture of what was understood of a measurement.

#include <filesystem>

#include "libpmd/import/measurement.hpp"

namespace bondscope {

/// On the left what was measured, as its file has it: log10 of the values over the largest, with the centre,
/// the direction of +kx, circles of momentum, the rim of the store's axes, the detector's edge and a ring
/// that was found; white where nothing was measured. On the right W = log10(PMD/max) on the store's axes,
/// grey where nothing was measured. Throws FileError.
void draw_measurement(const Measurement& measurement, const ImportSettings& settings,
                      const MomentumAxes& axes, const std::filesystem::path& png);

}  // namespace bondscope
