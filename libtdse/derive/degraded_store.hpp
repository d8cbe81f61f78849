#pragma once

// Stores of degraded distributions.

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "libtdse/derive/degrade.hpp"
#include "libtdse/derive/interpolation.hpp"
#include "libtdse/store/merge.hpp"
#include "libtdse/store/store.hpp"

namespace tdse {

/// Makes a sealed store of the done runs of `store` as detected() shows them, one distribution for each, with
/// a link to its run and its `use`; returns their number. Random numbers belong to (seed, run number in
/// `store`).
///
/// Intensity jitter needs distributions at the intensities of the shots: `between` interpolates them, in
/// `store` itself or in another one, and the distributions are linked to those runs, too. Where it is `store`
/// itself, a run would have a part in what its neighbours become, so that all are for training only.
///
/// One for each and not several: learning leaves out runs of equal parameters. Several views of the same runs
/// are several stores with different seeds. Throws ConfigError (degradation, before anything is made),
/// DataError (no run is done, damaged run, shots outside of what `between` knows), FileError, Interrupted.
/// Nothing is left behind then.
std::size_t write_degraded(const std::filesystem::path& output, const Store& store,
                           const Degradation& degradation, std::uint64_t seed, const RowMonitor& monitor = {},
                           Interpolator* between = nullptr, Outside outside = Outside::refuse);

}  // namespace tdse
