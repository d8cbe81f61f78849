#pragma once

// How far a momentum distribution is from a reference, in grey levels of the 8-bit image: 51 levels are one
// unit of W = log10(PMD/max), black is W = -5.
//
// Images are compared on the same crop, the reference's. The crop is the smallest rectangle with all W > -5;
// where a distribution is so flat at its rim that one sample just above or just below -5 moves an edge, the
// whole picture shifts with it. What that makes of the images stands in fields of its own.

#include <span>
#include <vector>

#include "libpmd/model/diagnostics.hpp"

namespace bondscope::tdse::bench {

struct Distribution {
  std::vector<float> pmd;  ///< [kx][ky]
  Diagnostics diagnostics;
};

struct Comparison {
  double image_mean = 0;       ///< of all pixels, 8-bit values
  double image_largest = 0;    ///< of pixels with W > -4 in the reference, not rounded
  double samples_mean = 0;     ///< of the samples with W > -5 in either, grey levels
  double samples_largest = 0;  ///< of the samples with W > -4 in the reference, grey levels
  double own_crop_mean = 0;    ///< as image_mean, each with its own crop
  double crop_edge = 0;        ///< the farthest that an edge of the crop moved, a.u.
  double energy = 0;           ///< E0 less the reference's, hartree
};

/// Both on the same axes.
Comparison compare(const Distribution& candidate, const Distribution& reference, std::span<const double> kx,
                   std::span<const double> ky);

}  // namespace bondscope::tdse::bench
