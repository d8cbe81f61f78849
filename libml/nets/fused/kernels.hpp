#pragma once

// The inner loops of the fused blocks, compiled once for each set of vector instructions (kernels.cpp) and
// chosen at run time. Everything here is plain data and function pointers: a source file that is compiled for
// a newer processor must not instantiate anything that the linker could share with the others.
//
// Every function works on one image [y][x][channel] and on one thread. Numbers of channels and filters are
// multiples of channel_multiple, heights and widths even.

#include <cstddef>

namespace bondscope::ml::fused {

inline constexpr int channel_multiple = 32;  ///< two vectors of the widest instructions

/// Numbers that a 3×3 filter becomes for tiles of 4×4 pixels: F(4×4, 3×3) of Lavin and Gray, "Fast Algorithms
/// for Convolutional Neural Networks", CVPR 2016. A quarter of the multiplications of the direct sum.
inline constexpr int frequencies = 36;

/// A convolution 3×3 with zero padding.
struct Convolution {
  int height, width, channels, filters;  ///< extents of a layer
};

/// The output of a convolution, [height][width][channels], before normalisation and pooling.
struct Plane {
  int height, width, channels;  ///< extents
};

/// Per channel: z = factor·x + offset is the normalised value.
struct Normalisation {
  const float* mean;    ///< by channel
  const float* factor;  ///< by channel
  const float* offset;  ///< by channel
};

/// Per channel: dL/dx = factor·dL/dz + slope·(x - mean) + shift.
struct BackwardNormalisation {
  const float* slope;  ///< by channel
  const float* shift;  ///< by channel
};

/// Sums over all pixels of one image of the 3×3 patches of its pixels, zeros outside.
struct PatchMoments {
  double first[9];      ///< sums over the taps
  double second[9][9];  ///< sums over pairs of taps
};

/// What is compiled once for each set of vector instructions.
struct Kernels {
  const char* name;  ///< of the set

  /// [3][3][channels][filters] -> [frequencies][channels][filters], and the transposed map for gradients.
  void (*transform_filters)(const float* filters, int channels, int count, float* transformed);
  /// The gradient of filters from that of transformed ones.
  void (*gather_filters)(const float* transformed, int channels, int count, float* filters);

  /// Floats of working memory that the two below need.
  std::size_t (*scratch)(const Convolution& of);
  /// out [height][width][filters] = convolution of `image` [height][width][channels] + bias (null: none).
  void (*convolve)(const Convolution& of, const float* image, const float* transformed, const float* bias,
                   float* scratch, float* out);
  /// transformed [frequencies][channels][filters] = gradient of a loss with respect to the transformed
  /// filters, for the gradient with respect to the output.
  void (*filter_gradient)(const Convolution& of, const float* image, const float* out_gradient,
                          float* scratch, float* transformed);

  /// Mean and sum of squared deviations from it, per channel.
  void (*statistics)(const Plane& of, const float* x, double* mean, double* squares);
  /// pooled [height/2][width/2][channels] = average over 2×2 of max(0, z).
  void (*pool)(const Plane& of, const float* x, const Normalisation& n, float* pooled);
  /// Sums of dL/dz and dL/dz·(x - mean), per channel, from dL/dpooled.
  void (*pool_sums)(const Plane& of, const float* x, const Normalisation& n, const float* pooled_gradient,
                    double* sum, double* weighted);
  /// dL/dx from dL/dpooled.
  void (*pool_gradient)(const Plane& of, const float* x, const Normalisation& n,
                        const BackwardNormalisation& b, const float* pooled_gradient, float* x_gradient);

  /// The three below: images with one channel and a border of one zero, [height + 2][width + 2]; Plane counts
  /// neither border, its channels are the filters.
  PatchMoments (*patch_moments)(const Plane& of, const float* padded);
  /// As `pool`, where z = convolution of `padded` with `filters` [9][channels] + offset.
  void (*convolve_and_pool)(const Plane& of, const float* padded, const float* filters, const float* offset,
                            float* pooled);
  /// Sums of dL/dz [channels] and of dL/dz·patch [9][channels].
  void (*convolve_and_pool_sums)(const Plane& of, const float* padded, const float* filters,
                                 const float* offset, const float* pooled_gradient, double* sum,
                                 double* weighted);
};

/// The tables; those of other instructions than generic only on x86-64.
extern const Kernels generic_kernels, avx2_kernels, avx512_kernels;

}  // namespace bondscope::ml::fused
