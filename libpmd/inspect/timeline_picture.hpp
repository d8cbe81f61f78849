#pragma once

// The picture of a timeline: what every worker did when, and what that adds up to.

#include <filesystem>

#include "libpmd/inspect/timeline.hpp"

namespace bondscope {

/// Above a row for each worker, runs coloured by outcome (neighbouring ones in two shades), idle time pale,
/// nothing where there was no such worker. Below the number of busy workers and the runs done so far. The
/// title tells efficiency = busy time / (workers × duration). What is smaller than a pixel is averaged: more
/// than 700 workers share rows, short runs share columns; a failed run stays visible in its pixel however
/// short it was. Throws as Gnuplot::write().
void draw_timeline(const Timeline& timeline, const std::filesystem::path& png);

}  // namespace bondscope
