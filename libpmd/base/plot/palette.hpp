#pragma once

// Colours of pictures: maps whose steps look equal, and line colours that stay apart for colour-blind
// readers.

#include <array>

namespace bondscope {

/// For Paper::colours(), of momentum distributions: matplotlib's inferno, sampled at nine equidistant points.
inline constexpr const char* distribution_palette =
    "set palette defined (0 '#000004', 1 '#1f0c48', 2 '#57106e', 3 '#8a226a', 4 '#bc3754', 5 '#e35933', "
    "6 '#f98e09', 7 '#f9cb35', 8 '#fcffa4')";

/// Of grey levels.
inline constexpr const char* grey_palette = "set palette defined (0 '#000000', 1 '#ffffff')";

/// Of densities of points: matplotlib's viridis, its bright end darkened to be seen on white.
inline constexpr const char* density_palette =
    "set palette defined (0 '#440154', 1 '#472d7b', 2 '#3b528b', 3 '#2c728e', 4 '#21918c', 5 '#28ae80', "
    "6 '#5ec962', 7 '#addc30', 8 '#e6dc20')";

/// Of points on white: from dark to bright would hide one end, so blue over violet to orange.
inline constexpr const char* point_palette =
    "set palette defined (0 '#0d0887', 1 '#7e03a8', 2 '#cc4778', 3 '#f89540', 4 '#fdca26')";

/// Of fractions, from white over light to dark blue: told apart by lightness alone.
inline constexpr const char* fraction_palette = "set palette defined (0 '#ffffff', 1 '#6baed6', 2 '#08306b')";

/// Of lines and points on white (Okabe & Ito).
inline constexpr std::array<const char*, 8> line_colours{"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                         "#56b4e9", "#e69f00", "#000000", "#7f7f7f"};
inline constexpr const char* grey = "#777777";

}  // namespace bondscope
