#pragma once

// A picture of where in the (R, I) plane an interpolation is good.

#include <filesystem>
#include <string>
#include <vector>

#include "libpmd/interpolation/leave_one_out.hpp"
#include "libpmd/interpolation/triangulation.hpp"

namespace bondscope {

/// The edges of the triangulation and its points, coloured by their mean difference in grey levels (a
/// logarithmic scale); those on the hull, which have none, are hollow. Throws FileError as Gnuplot::write().
void draw_interpolation_map(const Triangulation& triangulation, const std::vector<LeftOut>& left_out,
                            const std::string& title, const std::filesystem::path& png);

}  // namespace bondscope
