#pragma once

// The inner loops of the transforms, compiled once for each set of vector instructions (kernels.cpp) and
// chosen at run time. Everything here is plain data and function pointers: a source file that is compiled for
// a newer processor must not instantiate anything that the linker could share with the others.

#include <cstddef>

namespace bondscope::tdse {

inline constexpr int lanes = 8;  ///< complex numbers in a Block

/// What the transforms work on: eight complex numbers, real parts first, so that vector instructions of any
/// width up to eight take them without shuffling.
template <class Real>
struct alignas(lanes * sizeof(Real)) BasicBlock {
  Real re[lanes];  ///< real parts
  Real im[lanes];  ///< imaginary parts
};
using Block = BasicBlock<double>;  ///< in double precision

/// One pass of a transform: `blocks` transforms of length radix·stride, decimated in frequency.
template <class Real>
struct BasicPass {
  int radix;             ///< size of the butterflies
  int stride;            ///< distance between the elements of a butterfly
  int blocks;            ///< radix·stride·blocks = length
  const Real* twiddles;  ///< exp(-2πi j p/(radix·stride)): [j < stride][1 <= p < radix](re, im)
};

/// The passes of a transform.
template <class Real>
struct BasicPassList {
  const BasicPass<Real>* passes;  ///< the first to the last
  int count;                      ///< how many
  int length;                     ///< of the transform
};
using Pass = BasicPass<double>;          ///< in double precision
using PassList = BasicPassList<double>;  ///< in double precision

/// What happens between a forward and a backward transform: the element of frequency m becomes
/// direct · itself + crossed · the element of frequency -m.
template <class Real>
struct BasicSpectralFactors {
  const Real* direct;        ///< (re, im), in the order in which the passes leave the elements
  const Real* crossed;       ///< the same; null: none
  const int* partner_group;  ///< with `crossed`, for each group of the last pass: that of the frequencies -m
};
using SpectralFactors = BasicSpectralFactors<double>;  ///< in double precision

/// What is compiled once for each set of vector instructions, in either precision.
template <class Real>
struct BasicKernels {
  using Block = BasicBlock<Real>;                      ///< what they work on
  using PassList = BasicPassList<Real>;                ///< of its precision
  using SpectralFactors = BasicSpectralFactors<Real>;  ///< of its precision

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
  /// The same of rows times real factors, row r's from factors[r · factor_stride] on.
  void (*gather_shares)(const Block* rows, std::ptrdiff_t row_stride, const Real* factors,
                        std::ptrdiff_t factor_stride, int blocks, Block* tile);
  /// out[r · row_stride + b] lane l <- tile[order[8 b + l]] lane r, for b < blocks.
  void (*scatter_rows)(const Block* tile, const int* order, int blocks, Block* out,
                       std::ptrdiff_t row_stride);

  /// tile[i] <- in[i · stride] · phases[i] for i < n.
  void (*turn)(const Block* in, std::ptrdiff_t stride, const Real* phases, int n, Block* tile);
  /// sum[i · stride] += tile[order[i]] · phases[i] · common for i < n.
  void (*accumulate)(const Block* tile, const int* order, const Real* phases, const Block& common, int n,
                     Block* sum, std::ptrdiff_t stride);

  /// tile[i] <- (1 - kept) · column[i · stride] and column <- kept · column, for i < n, with one number for
  /// each lane from kept[i · kept_stride] on.
  void (*take)(Block* column, std::ptrdiff_t stride, const Real* kept, std::ptrdiff_t kept_stride, int n,
               Block* tile);
  /// out[i · stride] <- Σ_t weights[taps · i + t] · in[first[i] + t], t < taps, for i < n.
  void (*interpolate)(const Block* in, const int* first, const Real* weights, int taps, int n, Block* out,
                      std::ptrdiff_t stride);
  /// sum[i] += (re + i·im) · term[i] for i < n.
  void (*add)(Block* sum, Real re, Real im, const Block* term, std::ptrdiff_t n);
};
using Kernels = BasicKernels<double>;  ///< in double precision

/// The tables; those of other instructions than generic only on x86-64.
extern const BasicKernels<double> generic_kernels, avx2_kernels, avx512_kernels;
/// In single precision.
namespace single {
/// As those in double precision.
extern const BasicKernels<float> generic_kernels, avx2_kernels, avx512_kernels;
}  // namespace single

}  // namespace bondscope::tdse
