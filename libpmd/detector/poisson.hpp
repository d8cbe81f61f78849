#pragma once

// Random numbers with the Poisson distribution.

#include "libpmd/base/random/random_draws.hpp"

namespace bondscope {

inline constexpr double largest_poisson_mean = 1e12;

/// A draw with this mean, exact up to the 53 bits of the uniform numbers: below a mean of 10 by inversion,
/// from there on by transformed rejection with squeeze, PTRS of W. Hörmann, Insurance: Mathematics and
/// Economics 12, 39 (1993). A whole number. Throws DataError unless 0 <= mean <= largest_poisson_mean.
double poisson(double mean, RandomDraws& draws);

/// ln of the probability of `count` (a whole number >= 0) at `mean` > 0, as a difference of small terms, so
/// that it keeps its digits at any mean.
double log_poisson_probability(double count, double mean);

}  // namespace bondscope
