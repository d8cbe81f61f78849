#pragma once

// The compact form of a momentum distribution: fourth roots in bytes, for what one mails instead of a store.
//
// With q = round(levels · (PMD/max)^¼), 0 … levels <= 255, a value is restored as PMD = (q · scale)^4, where
// the scale makes the sum over all momenta that of the original. The root makes the relative error small
// where the distribution is, and the step fade out where it is not: 1e-9 of the maximum is the first that
// becomes 0. The axes are those of the original: neighbouring samples are independent (the ky axis resolves
// the waves just so), and every second one gone would cost 20 times the error; benchmarks/formats has the
// table.
//
// What is deflated are differences along kx, modulo 256; and of a distribution that equals its own mirror
// image along ky, bit for bit, only the half with ky >= 0.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bondscope {

/// A distribution as bytes: PMD = (q · scale)⁴.
struct CompactDistribution {
  /// [kx][ky]: q(kx, ky) - q(kx - 1, ky) modulo 256, with q = 0 before the first kx; if mirrored, 0 for the
  /// first half of ky, rounded down.
  std::vector<std::uint8_t> differences;
  double scale = 0;       ///< a.u.^-½; 0 of a distribution that is zero everywhere
  bool mirrored = false;  ///< q(kx, ky) of the first half of ky is q(kx, -ky)
};

/// `pmd` is [kx][ky], finite and not negative, with `ky_points` along ky; 1 <= levels <= 255. Throws
/// DataError if not.
CompactDistribution compact(std::span<const float> pmd, std::size_t ky_points, int levels);

/// The distribution, [kx][ky]: the same bits everywhere.
std::vector<float> expand(const CompactDistribution& compact, std::size_t ky_points);

/// What a distribution lost when it became compact.
struct CompactError {
  double grey_mean = 0;        ///< grey levels of 255 over five decades, as grey_difference() has them
  double grey_largest = 0;     ///< likewise
  double total_variation = 0;  ///< ½ Σ |PMD - PMD'| / Σ PMD: no event's probability changes by more

  /// Whether all members are equal.
  bool operator==(const CompactError&) const = default;
};

/// One of CompactError's members, for whoever writes or prints it.
struct CompactErrorField {
  const char* name;              ///< of its column in /compact
  const char* unit;              ///< of the column
  const char* meaning;           ///< in words
  double CompactError::*member;  ///< where its value is
};

/// All of them in the order of files.
inline constexpr std::array<CompactErrorField, 3> compact_error_fields{{
    {"grey_mean", "1", "mean error, grey levels of the image with 255 over five decades",
     &CompactError::grey_mean},
    {"grey_largest", "1", "largest error, grey levels", &CompactError::grey_largest},
    {"total_variation", "1", "half the sum of all differences over the sum", &CompactError::total_variation},
}};

}  // namespace bondscope
