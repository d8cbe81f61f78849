#pragma once

// What the transforms work on: eight complex numbers, real parts first, so that vector instructions of any
// width up to eight take them without shuffling.

namespace bondscope::tdse {

inline constexpr int lanes = 8;

struct alignas(64) Block {
  double re[lanes];
  double im[lanes];
};

}  // namespace bondscope::tdse
