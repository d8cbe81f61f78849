#pragma once

// Plain properties of an image, by which a person can tell why it is like none that is known.

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// Of a thumbnail w [kx][ky], all divided by Σ |w|:
///   asymmetry_kx   Σ |w(kx) - w(-kx)|
///   asymmetry_ky   Σ |w(ky) - w(-ky)|, of views of the whole plane; else 0
///   roughness      Σ |4 w - its four neighbours|
///   mean_kx        Σ |w| |kx|, a.u.
///   mean_ky        Σ |w| |ky|, a.u.; of one dimension 0
struct Traits {
  /// In this order.
  static constexpr std::array names{"asymmetry_kx", "asymmetry_ky", "roughness", "mean_kx", "mean_ky"};
  std::array<double, names.size()> values{};  ///< as above
};

/// Of thumbnails (known_runs.hpp).
Traits traits_of(const SampleSet& small, std::size_t i);

/// What may be the reason, in words, for each trait in which an image lies outside nearly all (99 %) of the
/// calibration's runs.
std::vector<std::string> hints(const Traits& traits, std::span<const Traits> calibrated);

}  // namespace bondscope::ml
