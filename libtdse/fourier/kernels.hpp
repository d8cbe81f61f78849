#pragma once

// The inner loops of the transforms, compiled once for each set of vector instructions (kernels.cpp) and
// chosen at run time. Everything here is plain data and function pointers: a source file that is compiled for
// a newer processor must not instantiate anything that the linker could share with the others.

#include <cstddef>

namespace bondscope::tdse {

inline constexpr int lanes = 8;  ///< complex numbers in a Block

/// What the transforms work on: eight complex numbers, real parts first, so that vector instructions of any
/// width up to eight take them without shuffling.
struct alignas(64) Block {
  double re[lanes];  ///< real parts
  double im[lanes];  ///< imaginary parts
};

/// One pass of a transform: `blocks` transforms of length radix·stride, decimated in frequency.
struct Pass {
  int radix;               ///< size of the butterflies
  int stride;              ///< distance between the elements of a butterfly
  int blocks;              ///< radix·stride·blocks = length
  const double* twiddles;  ///< exp(-2πi j p/(radix·stride)): [j < stride][1 <= p < radix](re, im)
};

/// The passes of a transform.
struct PassList {
  const Pass* passes;  ///< the first to the last
  int count;           ///< how many
  int length;          ///< of the transform
};

/// What happens between a forward and a backward transform: the element of frequency m becomes
/// direct · itself + crossed · the element of frequency -m.
struct SpectralFactors {
  const double* direct;      ///< (re, im), in the order in which the passes leave the elements
  const double* crossed;     ///< the same; null: none
  const int* partner_group;  ///< with `crossed`, for each group of the last pass: that of the frequencies -m
};

/// What is compiled once for each set of vector instructions.
struct Kernels {
  const char* name;  ///< of the set

  /// For the columns of Blocks first … last-1 of a field of `transform.length` rows: forward, factors,
  /// backward. `tile` holds transform.length Blocks.
  void (*columns)(const PassList& transform, const SpectralFactors& factors, Block* field,
                  std::ptrdiff_t row_stride, int first, int last, Block* tile);

  /// For eight rows, 8·g … 8·g+7 for first <= g < last: multiply by kick (laid out as the field; null: not),
  /// then forward, factors, backward along the row.
  void (*rows)(const PassList& transform, const SpectralFactors& factors, Block* field, const Block* kick,
               std::ptrdiff_t row_stride, int first, int last, Block* tile);

  /// The forward transform of a tile in place; its elements end up in the order of the passes.
  void (*forward)(const PassList& transform, Block* tile);

  /// tile[8 b + l] lane r <- rows[r · row_stride + b] lane l, for b < blocks: eight rows become lanes.
  void (*gather_rows)(const Block* rows, std::ptrdiff_t row_stride, int blocks, Block* tile);
  /// out[r · row_stride + b] lane l <- tile[order[8 b + l]] lane r, for b < blocks.
  void (*scatter_rows)(const Block* tile, const int* order, int blocks, Block* out,
                       std::ptrdiff_t row_stride);

  /// tile[i] <- in[i · stride] · phases[i] for i < n.
  void (*turn)(const Block* in, std::ptrdiff_t stride, const double* phases, int n, Block* tile);
  /// sum[i · stride] += tile[order[i]] · phases[i] · common for i < n.
  void (*accumulate)(const Block* tile, const int* order, const double* phases, const Block& common, int n,
                     Block* sum, std::ptrdiff_t stride);
};

/// The tables; those of other instructions than generic only on x86-64.
extern const Kernels generic_kernels, avx2_kernels, avx512_kernels;

}  // namespace bondscope::tdse
