#pragma once

// Which runs are suspected of killing their farms. A death tells the less the more runs were in flight: a
// node that crashes or a job that is preempted takes down hundreds of innocent ones. So the more farms died
// of a run, the fewer others run beside it, and only a death that it died alone makes it one that kills.

#include <cstddef>
#include <cstdint>

namespace bondscope::tdse {

inline constexpr std::uint32_t suspect_deaths = 2;  ///< farms that died of a run which is then started last
inline constexpr std::uint32_t most_deaths = 5;     ///< farms that died of a run which then counts as failed
inline constexpr std::size_t few_in_flight = 8;     ///< runs in flight at a death that tells something

/// A suspect's count of deaths after its farm died with so many runs in flight, this one among them: `deaths`
/// with the last one, unless that was one of too many.
std::uint32_t charged(std::uint32_t deaths, std::size_t in_flight, std::uint32_t most = most_deaths);

/// How many runs may be in flight at most, itself included, when a run that farms died of is started.
std::size_t company(std::uint32_t deaths);

}  // namespace bondscope::tdse
