#pragma once

// Stores of degraded distributions.

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "libtdse/derive/degrade.hpp"
#include "libtdse/store/merge.hpp"
#include "libtdse/store/store.hpp"

namespace tdse {

/// Makes a sealed store of the done runs of `store` as detected() shows them, one distribution for each, with
/// a link to its run and its `use`; returns their number. Random numbers belong to (seed, run number in
/// `store`). Intensity jitter needs distributions that `at` delivers; without it `at` is not used.
///
/// One for each and not several: learning leaves out runs of equal parameters. Several views of the same runs
/// are several stores with different seeds. Throws ConfigError (degradation, before anything is made),
/// DataError (no run is done, damaged run), FileError, Interrupted. Nothing is left behind then.
std::size_t write_degraded(const std::filesystem::path& output, const Store& store,
                           const Degradation& degradation, std::uint64_t seed, const RowMonitor& monitor = {},
                           const DistributionAt& at = {});

}  // namespace tdse
