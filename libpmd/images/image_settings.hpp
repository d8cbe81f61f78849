#pragma once

// What an image shows of a momentum distribution, and how: a representation. The default is the paper's
// (Sec. II.A).

#include <array>
#include <string>
#include <utility>

#include "libpmd/base/text/named.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {

/// What of a momentum distribution an image shows. The last three have one dimension: images one pixel high.
enum class View {
  plane,           ///< all of it
  upper_half,      ///< ky ≥ 0: all that there is to know where PMD(kx, -ky) = PMD(kx, ky)
  first_quadrant,  ///< kx ≥ 0 and ky ≥ 0 (Sec. VI)
  dp_dkx,          ///< dP/dkx, integrated along ky (Sec. III)
  energy,          ///< dP/dE, E = (kx² + ky²)/2
  angular          ///< dP/dθ, kx = k cos θ, ky = k sin θ, θ from -π to π
};
/// The momenta that an image covers.
enum class Window {
  crop,  ///< each image its own: the smallest rectangle with all log10(PMD/max) > floor
  fixed  ///< the same for all: ranges of kx and ky, or of the energy; all angles
};
/// What becomes of the probabilities.
enum class Scale {
  log,   ///< log10, cut off at the floor
  power  ///< a power of them; the square root gives counts the same noise everywhere
};
/// What probabilities are divided by before they are scaled.
enum class Normalisation {
  maximum,  ///< the image's largest
  sum,      ///< the sum of the image
  none      ///< nothing: what is brighter has ionised more
};
/// How pixels are kept.
enum class PixelValues {
  bytes,  ///< grey levels, 0…255
  floats  ///< the scaled values themselves
};

/// Names in recipes and files.
template <>
constexpr auto names_of<View>() {
  return std::array{std::pair{View::plane, "plane"},
                    std::pair{View::upper_half, "upper_half"},
                    std::pair{View::first_quadrant, "first_quadrant"},
                    std::pair{View::dp_dkx, "dp_dkx"},
                    std::pair{View::energy, "energy"},
                    std::pair{View::angular, "angular"}};
}
/// Names in recipes and files.
template <>
constexpr auto names_of<Window>() {
  return std::array{std::pair{Window::crop, "crop"}, std::pair{Window::fixed, "fixed"}};
}
/// Names in recipes and files.
template <>
constexpr auto names_of<Scale>() {
  return std::array{std::pair{Scale::log, "log"}, std::pair{Scale::power, "power"}};
}
/// Names in recipes and files.
template <>
constexpr auto names_of<Normalisation>() {
  return std::array{std::pair{Normalisation::maximum, "maximum"}, std::pair{Normalisation::sum, "sum"},
                    std::pair{Normalisation::none, "none"}};
}
/// Names in recipes and files.
template <>
constexpr auto names_of<PixelValues>() {
  return std::array{std::pair{PixelValues::bytes, "bytes"}, std::pair{PixelValues::floats, "floats"}};
}

/// A representation: what of the momentum plane an image shows, and how.
struct ImageSettings {
  double floor = -5;                      ///< W = log10(PMD/max) is cut off below this, and crops at it; < 0
  int width = 256;                        ///< pixels along kx, or along energy or angle
  int height = 128;                       ///< pixels along ky; 1 for what has one dimension
  View view = View::plane;                ///< which part of the plane, or which spectrum
  Window window = Window::crop;           ///< a rectangle of each image's own, or one for all
  Interval kx{-2.6, 2.6}, ky{-1.5, 1.5};  ///< of a fixed window, a.u., outer edges; halves cut at 0
  Interval energy{0, 3};                  ///< of View::energy, hartree, outer edges
  Scale scale = Scale::log;               ///< logarithms or powers
  double exponent = 0.5;                  ///< of Scale::power
  /// What values are divided by before they are scaled.
  Normalisation normalisation = Normalisation::maximum;
  PixelValues values = PixelValues::bytes;  ///< grey levels or the scaled values

  /// Whether the image is one pixel high.
  bool one_dimensional() const { return view >= View::dp_dkx; }
  /// Whether all members are equal.
  bool operator==(const ImageSettings&) const = default;
};

/// The same with everything that has no influence set to its default: equal for equal images.
ImageSettings significant(const ImageSettings& settings);

/// e.g. "256 x 128 pixels, floor -5", with whatever else differs from the paper's.
std::string to_string(const ImageSettings& settings);

/// The largest images that are kept or learned from: eight times the pixels of the paper's.
inline constexpr int most_pixels_per_side = 1024;
inline constexpr int most_pixels_per_image = 1 << 18;  ///< width × height
/// Throws ConfigError if images of these settings exceed that or are none at all, a number is out of range,
/// or settings exclude each other: images of one dimension are one pixel high; spectra of energy and angle
/// have a fixed window; bytes need the normalisation to the maximum, which says what is white.
void check_image_settings(const ImageSettings& settings);

/// Calls fields.field(key, value, what it may be …) for each of the settings: the keys of `image:` in
/// recipes and of a representation.
template <class Fields, class SettingsOrConst>
void visit_image_settings(Fields& fields, SettingsOrConst& s) {
  const Range momentum = Range::between(-100, 100);
  fields.field("view", s.view);
  fields.field("window", s.window);
  fields.field("kx", s.kx, momentum);
  fields.field("ky", s.ky, momentum);
  fields.field("energy", s.energy, Range::between(0, 1e4));
  fields.field("scale", s.scale);
  fields.field("floor", s.floor, Range{.min = -30, .max = 0, .max_open = true});
  fields.field("exponent", s.exponent, Range::positive_up_to(1));
  fields.field("normalisation", s.normalisation);
  fields.field("values", s.values);
  fields.field("width", s.width, 1, most_pixels_per_side);
  fields.field("height", s.height, 1, most_pixels_per_side);
}

}  // namespace bondscope
