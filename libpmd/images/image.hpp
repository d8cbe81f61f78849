#pragma once

// The image that the network sees (Sec. II.A of the paper), and the one-dimensional distribution.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bondscope {

/// What of a momentum distribution an image shows.
enum class View {
  plane,           ///< all of it
  first_quadrant,  ///< kx ≥ 0 and ky ≥ 0 (Sec. VI)
  dp_dkx           ///< integrated along ky, distribution_1d(): images one pixel high (Sec. III)
};
const char* to_string(View view);
std::vector<std::string> view_names();
/// Throws ConfigError that lists the names.
View view_of(const std::string& name);

struct ImageSettings {
  double floor = -5;  ///< W = log10(PMD/max) is cut off below this; < 0
  int width = 256;    ///< pixels along kx
  int height = 128;   ///< pixels along ky; 1 for dp_dkx
  View view = View::plane;

  bool operator==(const ImageSettings&) const = default;
};
/// e.g. "256 x 128 pixels, floor -5", with the view unless that is the plane
std::string to_string(const ImageSettings& settings);

/// The largest images that are kept or learned from: eight times the pixels of the paper's.
inline constexpr int most_pixels_per_side = 1024;
inline constexpr int most_pixels_per_image = 1 << 18;
/// Throws ConfigError if images of these settings exceed that or are none at all, the floor is not below 0,
/// or images of dp_dkx are not one pixel high.
void check_image_settings(const ImageSettings& settings);

/// Rectangle of the momentum plane, a.u., from outer edge to outer edge: every sample of the axes stands for
/// a cell of one spacing around it. An image of w pixels thus has kx_min + (i + 1/2)(kx_max - kx_min)/w as
/// the centre of pixel i, whatever number of samples it was made from.
struct Extent {
  double kx_min = 0, kx_max = 0, ky_min = 0, ky_max = 0;

  bool operator==(const Extent&) const = default;
};

struct Image {
  int width = 0, height = 0;
  std::vector<float> pixels;  ///< [kx][ky], row-major, 0…255 (not rounded)
  Extent extent;  ///< of the crop before resizing: the momentum scale that the image itself has lost
};

/// log10(PMD/max PMD), cut off at `floor`. Shape as `pmd`. Throws DataError if a value is negative or not
/// finite, or none is positive; ConfigError if the floor is not below 0.
std::vector<float> log_distribution(std::span<const float> pmd, double floor);

/// W, cropped to the smallest rectangle with all W > floor, resized by an antialiased bicubic kernel (as
/// MATLAB's imresize: the kernel widens when it shrinks), mapped linearly so that the smallest value becomes
/// 0 and the largest 255. `pmd` is [kx][ky] on equidistant axes of at least two points. Of the other views W
/// is that of the first quadrant, with its own maximum, or of distribution_1d() in 256 points. Throws as
/// log_distribution(), and DataError if axes and distribution do not fit or the crop has no contrast.
Image make_image(std::span<const float> pmd, std::span<const double> kx, std::span<const double> ky,
                 const ImageSettings& settings = {});

/// The image of the view dp_dkx from dP/dkx at equidistant momenta. Throws as make_image().
Image make_image_1d(std::span<const float> distribution, std::span<const double> kx,
                    const ImageSettings& settings);

/// The pixels as 8-bit grey levels, rounded to nearest: what is kept in files and learned from.
std::vector<std::uint8_t> grey_levels(const Image& image);

/// dP/dkx = ∫ PMD dky, a.u.⁻¹, averaged over `points` equal intervals that tile the kx axis from its first to
/// its last sample. Averaging over intervals keeps ∫ dP/dkx dkx and every value non-negative. Throws
/// DataError as make_image(), but admits a distribution that is zero everywhere.
std::vector<float> distribution_1d(std::span<const float> pmd, std::span<const double> kx,
                                   std::span<const double> ky, int points = 256);

/// Centres of `cells` equal intervals that tile [min, max]: of the pixels of an image over its extent, of the
/// values of distribution_1d() over the kx axis.
std::vector<double> cell_centres(double min, double max, int cells);

/// How far two momentum distributions are apart in what a network sees, grey levels of the 8-bit image:
/// |ΔW|·255/|floor|, W = log10(PMD/max) cut off at the floor: one grey level is a 255th of the image's range.
struct GreyDifference {
  double mean = 0, rms = 0, largest = 0;
};

/// Compares samples, not resized images, over the smallest rectangle with all W > floor of the reference: the
/// crop of its image. Each distribution is normalised to its own maximum. Both are [kx][ky] on the same axes,
/// of which ky has `ky_points`. Throws DataError if the shapes do not fit, a value is negative or not finite,
/// or none is positive; ConfigError if the floor is not below 0.
GreyDifference grey_difference(std::span<const float> reference, std::span<const float> other,
                               std::size_t ky_points, double floor = -5);

}  // namespace bondscope
