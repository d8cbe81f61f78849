#pragma once

// Images as few numbers: their parts along the directions in which those that were learned from differ most.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/baselines/regressor.hpp"
#include "libml/data/mirrors.hpp"
#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// Of images, by Gaussians along both axes; what is beyond the edges is taken to be mirrored there.
struct Blur {
  double kx = 0, ky = 0;  ///< standard deviations in pixels

  /// Whether there is any.
  bool any() const { return kx > 0 || ky > 0; }
  /// Whether all members are equal.
  bool operator==(const Blur&) const = default;
};

/// Principal components of images of bytes or floats, the one of the largest variance first. With mirrors it
/// is as if all mirrored copies had been learned from, too: then every component is its own mirror image or
/// the negative of it (even or odd), so that a mirrored image has the same numbers, odd ones with the other
/// sign. With a blur they are those of blurred images, of which fewer say as much. Their numbers have 16 bits
/// (arrays/rounded.hpp).
class PrincipalComponents {
 public:
  PrincipalComponents() = default;
  /// Of the images at these positions, at most `most`, and no more than they span. `threads` share the work;
  /// the result does not depend on them.
  PrincipalComponents(const SampleSet& samples, std::span<const std::size_t> chosen, Mirrors mirrors,
                      std::size_t most, int threads, Blur blur = {});

  /// Number of components.
  std::size_t size() const { return odd_.size(); }
  /// Forgets all but the first `count`.
  void keep(std::size_t count);
  /// Of all images before they are looked at.
  Blur blur() const { return blur_; }
  /// [image][component], rounded to floats.
  Features project(const SampleSet& samples, std::span<const std::size_t> chosen, int threads) const;
  /// A component, [kx][ky], of length 1.
  std::span<const float> direction(std::size_t component) const {
    return std::span(components_).subspan(component * mean_.size(), mean_.size());
  }
  /// Along which axes the component is odd.
  Mirrors odd(std::size_t component) const { return odd_[component]; }
  /// Of the images that were learned from, [kx][ky].
  std::span<const float> mean() const { return mean_; }

  /// The squared distance of two of the images that the first `count` components span, after both were
  /// blurred, is (z - z')ᵀ M (z - z') with their components z: M [row][column]. Of `all` blur that of the
  /// components is a part, which is not applied again.
  std::vector<double> blurred_metric(std::size_t count, Blur all, const ImageSettings& image) const;

  /// As mean_image [kx][ky], components [component][kx][ky] (add_rounded()) and odd [component][2] int64, 1
  /// of those that change their sign along kx and along ky; with a blur also the settings
  /// blur_kx and blur_ky.
  void save(Learned& into, const ImageSettings& image) const;
  /// As it was when save() was called. Throws DataError if that cannot be.
  PrincipalComponents(const Learned& from, const ImageSettings& image);

 private:
  std::vector<float> mean_;        ///< [kx][ky]
  std::vector<float> components_;  ///< [component][kx][ky], of length 1
  std::vector<Mirrors> odd_;
  Blur blur_;
};

/// Of the settings PREFIXblur_kx and PREFIXblur_ky in what was learned; none if neither is there. Throws
/// DataError if one is missing or no number of pixels.
Blur blur_from(const Learned& from, const std::string& prefix);

}  // namespace bondscope::ml
