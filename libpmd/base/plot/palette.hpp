#pragma once

// Colours of pictures: maps whose steps look equal, and line colours that stay apart for colour-blind
// readers.

#include <string>

namespace bondscope {

/// "set palette …" for momentum distributions: matplotlib's inferno, sampled at nine equidistant points.
inline std::string distribution_palette() {
  return "set palette defined (0 '#000004', 1 '#1f0c48', 2 '#57106e', 3 '#8a226a', 4 '#bc3754', 5 '#e35933', "
         "6 '#f98e09', 7 '#f9cb35', 8 '#fcffa4')";
}

/// "set palette …" for pictures in grey levels.
inline std::string grey_palette() {
  return "set palette defined (0 '#000000', 1 '#ffffff')";
}

/// Of a single line on white.
inline constexpr const char* curve_colour = "#0072b2";

}  // namespace bondscope
