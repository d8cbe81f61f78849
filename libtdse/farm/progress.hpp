#pragma once

// A farm's progress in words.

#include <string>

#include "libtdse/farm/ledger.hpp"

namespace bondscope::tdse {

/// e.g. "117/240 done, 4 running, 119 waiting, 0 failed; 2.31 runs/s, 53 s left"
std::string progress_line(const FarmStatus& status);

}  // namespace bondscope::tdse
