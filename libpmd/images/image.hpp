#pragma once

// The image that the network sees (Sec. II.A of the paper), any other representation of a momentum
// distribution, and the one-dimensional distribution.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "libpmd/images/image_settings.hpp"

namespace bondscope {

/// Rectangle of the momentum plane, a.u., from outer edge to outer edge: every sample of the axes stands for
/// a cell of one spacing around it. An image of w pixels thus has kx_min + (i + 1/2)(kx_max - kx_min)/w as
/// the centre of pixel i, whatever number of samples it was made from.
struct Extent {
  double kx_min = 0, kx_max = 0, ky_min = 0, ky_max = 0;  ///< outer edges

  /// Whether all members are equal.
  bool operator==(const Extent&) const = default;
};

/// What a representation makes of one distribution.
struct Image {
  int width = 0, height = 0;  ///< pixels along kx (energy, angle) and ky
  std::vector<float> pixels;  ///< [kx][ky], row-major; of bytes 0…255, not rounded
  /// Of the crop before resizing, the momentum scale that the image itself has lost, or of the fixed window.
  /// Of one dimension kx_min and kx_max are the edges along it (kx, energy, angle), the others 0.
  Extent extent;
};

/// log10(PMD/max PMD), cut off at `floor`, which is also what a negative value of a measured distribution
/// gets. Shape as `pmd`. Throws DataError if a value is not finite or none is positive; ConfigError if the
/// floor is not below 0.
std::vector<float> log_distribution(std::span<const float> pmd, double floor);

/// A representation of the distribution `pmd`, [kx][ky], on equidistant axes of at least two points.
///
/// Fixed window: the pixel i shows p_i, the probability in its cell, cells.hpp: a share of ∫∫ PMD dkx dky, of
/// ∫ dP/dE dE, of ∫ dP/dθ dθ. Divided by N = max p, Σ p or 1, as the normalisation says, it is scaled:
///   log:   W_i = max(log10(p_i/N), floor)
///   power: W_i = (p_i/N)^exponent
/// What noise leaves below a subtracted background is negative. It counts in all sums, and so in p; a p that
/// is negative gets W = floor, or 0 as a power (with the exponent 1 it stays).
///
/// Floats are W. Bytes are W mapped linearly, floor to 0 and the maximum to 255 (log), or 0 to 0 (power).
///
/// Crop: p is that of samples (PMD times their cell), and of those in the smallest rectangle with all
/// log10(PMD/max) > floor; W, as above, is resized by an antialiased bicubic kernel (as MATLAB's imresize:
/// the kernel widens when it shrinks). Floats are the result (of powers nothing below 0); bytes are it mapped
/// linearly so that the smallest value becomes 0 and the largest 255. Of the quadrant and the half the
/// samples are those not below 0, with a maximum of their own, and of dp_dkx distribution_1d() in 256 points.
/// The default is that of the paper.
///
/// Throws ConfigError (settings that cannot be), DataError: axes and distribution do not fit, a value is
/// not finite, or none is positive, the window reaches beyond the axes, a crop has no contrast.
Image make_image(std::span<const float> pmd, std::span<const double> kx, std::span<const double> ky,
                 const ImageSettings& settings = {});

/// The image of the view dp_dkx, cropped, from dP/dkx at equidistant momenta. Throws as make_image().
Image make_image_1d(std::span<const float> distribution, std::span<const double> kx,
                    const ImageSettings& settings);

/// The pixels as 8-bit grey levels, rounded to nearest.
std::vector<std::uint8_t> grey_levels(const Image& image);

/// What is kept of an image in files and learned from: grey levels or floats, as the settings say; the other
/// is empty.
struct KeptImage {
  std::vector<std::uint8_t> pixels;  ///< [kx][ky]
  std::vector<float> floats;         ///< [kx][ky]
  Extent extent;                     ///< of the image, as Image has it

  /// Whether all members are equal.
  bool operator==(const KeptImage&) const = default;
};
/// The image as files and networks have it.
KeptImage keep(Image image, PixelValues values);

/// dP/dkx = ∫ PMD dky, a.u.⁻¹, averaged over `points` equal intervals that tile the kx axis from its first to
/// its last sample. Averaging over intervals keeps ∫ dP/dkx dkx and every value non-negative: a negative sum
/// counts as 0. Throws DataError as make_image(), but admits a distribution that is zero everywhere.
std::vector<float> distribution_1d(std::span<const float> pmd, std::span<const double> kx,
                                   std::span<const double> ky, int points = 256);

/// Edges of the pixels' axis that is the same in all images of a fixed window: the first (kx, energy, angle)
/// and the second (ky; 0 to 0 of one dimension).
Extent window_extent(const ImageSettings& settings);

/// Centres of `cells` equal intervals that tile [min, max]: of the pixels of an image over its extent, of the
/// values of distribution_1d() over the kx axis.
std::vector<double> cell_centres(double min, double max, int cells);

/// How far two momentum distributions are apart in what a network sees, grey levels of the 8-bit image:
/// |ΔW|·255/|floor|, W = log10(PMD/max) cut off at the floor: one grey level is a 255th of the image's range.
struct GreyDifference {
  double mean = 0, rms = 0, largest = 0;  ///< over the samples compared
};

/// Compares samples, not resized images, over the smallest rectangle with all W > floor of the reference: the
/// crop of its image. Each distribution is normalised to its own maximum. Both are [kx][ky] on the same axes,
/// of which ky has `ky_points`. Throws DataError if the shapes do not fit, a value is not finite, or none
/// is positive; ConfigError if the floor is not below 0.
GreyDifference grey_difference(std::span<const float> reference, std::span<const float> other,
                               std::size_t ky_points, double floor = -5);

}  // namespace bondscope
