#pragma once

// Mirror images of what is learned from, which are distributions of the same molecules (model/symmetry.hpp),
// and what becomes of the targets.

#include <algorithm>
#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"
#include "libml/data/targets.hpp"

namespace bondscope::ml {

/// A mirror image, or which of them there are to be: kx → -kx, which is φ + π and π - α, and ky → -ky, -α.
struct Mirrors {
  bool along_kx = false;  ///< kx → -kx
  bool along_ky = false;  ///< ky → -ky

  /// Whether anything is mirrored.
  bool any() const { return along_kx || along_ky; }
  /// Whether all members are equal.
  bool operator==(const Mirrors&) const = default;
};

/// The image as it is, first, and its copies by these mirrors: one, two or four.
std::vector<Mirrors> copies(Mirrors mirrors);

/// The image [kx][ky] of that height, mirrored in place.
template <class Pixel>
void mirror(std::span<Pixel> image, std::size_t height, Mirrors mirrors) {
  const std::size_t width = image.size() / height;
  if (mirrors.along_kx)
    for (std::size_t x = 0; x < width / 2; ++x)
      std::swap_ranges(&image[x * height], &image[x * height] + height, &image[(width - 1 - x) * height]);
  if (mirrors.along_ky)
    for (std::size_t x = 0; x < width; ++x)
      std::reverse(&image[x * height], &image[x * height] + height);
}

/// The extent of the mirror image.
Extent mirrored(Extent extent, Mirrors mirrors);

/// Whether each target is the same of a mirrored run, 1, or its negative, -1, by target.
struct TargetSigns {
  std::vector<double> along_kx, along_ky;  ///< of each mirror; all 1 where it is not asked for

  /// Of a copy.
  double of(std::size_t target, Mirrors copy) const {
    return (copy.along_kx ? along_kx[target] : 1) * (copy.along_ky ? along_ky[target] : 1);
  }
  /// Whether all members are equal.
  bool operator==(const TargetSigns&) const = default;
};

/// The targets, whatever is mirrored, as they are.
TargetSigns unchanged(std::size_t targets);

/// Asks mirror_runs() about every sample. Throws ConfigError that begins with `source` and names the key
/// (augmentation.flip_kx, flip_ky) and a sample's run: if the mirror image of its distribution is none of its
/// molecule at any angle and phase, or a target becomes neither itself nor its negative, or not the same in
/// all samples.
TargetSigns target_signs(const SampleSet& samples, const std::vector<Target>& targets, Mirrors mirrors,
                         const std::string& source);

/// Signs of the targets as model.json keeps them among its settings: TARGET.sign_kx and TARGET.sign_ky, where
/// they are -1.
std::map<std::string, double> settings_of(const TargetSigns& signs, const std::vector<std::string>& targets);
/// From these. Throws DataError for other values.
TargetSigns signs_from(const std::map<std::string, double>& settings,
                       const std::vector<std::string>& targets);

}  // namespace bondscope::ml
