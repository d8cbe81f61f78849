#pragma once

// What was observed, what the fit expects, and what is left of the difference.

#include <filesystem>
#include <string>

#include "libtdse/fit/fit.hpp"

namespace bondscope::tdse {

/// Three panels: both distributions as log10 of the brightest observed cell, and with counts the difference
/// in standard deviations, without in log10. Throws FileError.
void draw_fit(const Observation& observation, const FitResult& result, const std::string& title,
              const std::filesystem::path& png);

}  // namespace bondscope::tdse
