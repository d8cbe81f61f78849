#pragma once

// How many electrons a distribution was counted with, which says how noisy it is.

#include <cstddef>
#include <vector>

#include "libpmd/store/description.hpp"

namespace bondscope {

/// Of each row: what the data set declares as its number (electrons_parameter), or of a degraded store the
/// mean number that it was made with; 0 of densities that were not counted. Throws DataError if the
/// derivation's text is not readable.
std::vector<double> electrons_of(const StoreDescription& description);

}  // namespace bondscope
