#pragma once

// Detection of electrons one by one, and the Poisson-distributed random numbers for it.

#include <optional>
#include <span>
#include <vector>

#include "libpmd/base/random/random_draws.hpp"
#include "libpmd/model/momentum_plane.hpp"

namespace bondscope {

inline constexpr double largest_poisson_mean = 1e12;  ///< that poisson() draws from

/// A draw with this mean, exact up to the 53 bits of the uniform numbers: below a mean of 10 by inversion,
/// from there on by transformed rejection with squeeze, PTRS of W. Hörmann, Insurance: Mathematics and
/// Economics 12, 39 (1993). A whole number. Throws DataError unless 0 <= mean <= largest_poisson_mean.
double poisson(double mean, RandomDraws& draws);

/// ln of the probability of `count` (a whole number >= 0) at `mean` > 0, as a difference of small terms, so
/// that it keeps its digits at any mean.
double log_poisson_probability(double count, double mean);

inline constexpr double most_electrons = 1e12;  ///< that a distribution can be counted with

/// Throws ConfigError unless detector cells of this side (a.u.) are at least as large as a sample's.
void check_cell(double cell_au, const MomentumPlane& plane);

/// What is seen when `electrons` electrons are detected on average. The plane is tiled by detector cells; a
/// cell's number of electrons is Poisson-distributed with mean electrons · ∫cell PMD / ∫PMD, independent of
/// all others, and the result is that number as a density, with the unit and, on average, the values of PMD.
/// Without `cell_au` each sample has a detector cell of its own. With it cells are squares of that side
/// (a.u.), the centre of one at k = 0; a sample belongs to the cell that its position lies in, and all
/// samples of a cell get the same value: the detector does not know more. Cells whose side is no multiple of
/// the spacing differ in size by one sample; each density is that of the cell as it is.
///
/// The draws belong to (seed, run, cell). A distribution of zeros stays as it is. Throws DataError
/// (distribution does not fit or has bad values), ConfigError (electrons not in [1, 1e12], cell smaller than
/// a spacing).
std::vector<float> counted(std::span<const float> pmd, const MomentumPlane& plane, double electrons,
                           const RandomKey& key, std::optional<double> cell_au = {});

}  // namespace bondscope
