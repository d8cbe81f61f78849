#pragma once

// A farm's progress in words.

#include <string>

#include "libtdse/farm/farm.hpp"
#include "libtdse/farm/teams.hpp"

namespace bondscope::tdse {

/// e.g. "117/240 done, 4 running, 119 waiting, 0 failed; 2.31 runs/s, 53 s left"
std::string progress_line(const FarmStatus& status);

/// e.g. "8 runs at a time, 2 ranks each of 4 threads (as asked for); 1 rank is left over"
std::string describe(const Teams& teams, int threads);

/// At the end: how much was done, and how fast.
std::string summary(const FarmResult& result);

/// Why a farm that ran into its time limit would do so for ever; empty if it would not.
std::string hopeless(const FarmResult& result, const WallTime& limit);

}  // namespace bondscope::tdse
