#include "libtdse/farm/blame.hpp"

#include <algorithm>
#include <limits>

namespace bondscope::tdse {

std::uint32_t charged(std::uint32_t deaths, std::size_t in_flight, std::uint32_t most) {
  if (in_flight <= 1) return deaths;
  return std::min(deaths, in_flight <= few_in_flight ? most - 1 : suspect_deaths);
}

std::size_t company(std::uint32_t deaths) {
  if (deaths < suspect_deaths) return std::numeric_limits<std::size_t>::max();
  return deaths + 1 < most_deaths ? few_in_flight : 1;
}

}  // namespace bondscope::tdse
