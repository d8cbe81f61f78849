#pragma once

// Stores of degraded distributions.

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "libpmd/detector/degrade.hpp"
#include "libpmd/interpolation/interpolation.hpp"
#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// Makes a sealed store of the done runs of `store` as detected() shows them, one distribution for each, with
/// a link to its run and its `use`; returns their number. Random numbers belong to (seed, run number in
/// `store`).
///
/// Intensity jitter needs distributions at the intensities of the shots: `between` interpolates them, in
/// `store` itself or in another one. All that is seen of a run of `store` are then its parameters (a link of
/// weight 0); what the distribution is made of are the runs of `between`. So distributions for training and
/// for tests must not go through the same `between`: a store with both is refused, and so is one for tests of
/// which a run is in `between`; a store of which runs are in `between` is for training only afterwards. Shots
/// outside the hull of `between` are refused, or with Outside::clip take the nearest intensity that is inside
/// at the same R; the mean intensity must be inside.
///
/// One for each and not several: learning leaves out runs of equal parameters. Several views of the same runs
/// are several stores with different seeds. Throws ConfigError (degradation, before anything is made),
/// DataError (no run is done, damaged run, shots outside of what `between` knows), FileError, Interrupted.
/// Nothing is left behind then.
std::size_t write_degraded(const std::filesystem::path& output, const Store& store,
                           const Degradation& degradation, std::uint64_t seed, const RowMonitor& monitor = {},
                           Interpolator* between = nullptr, Outside outside = Outside::refuse);

}  // namespace bondscope
