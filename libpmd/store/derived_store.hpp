#pragma once

// Stores of distributions that were made from stored ones: sealed, with links to what they were made from.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/store/merge.hpp"
#include "libpmd/store/store.hpp"

namespace bondscope {

/// A row of a derived store, but for its distribution.
struct DerivedRow {
  RunParameters parameters;  ///< that it stands for
  Use use = Use::any;        ///< in learning
  std::vector<Link> links;   ///< at least one
};

/// A row's distribution.
struct DerivedDistribution {
  std::vector<float> pmd;   ///< [kx][ky] on the sources' axes
  Diagnostics diagnostics;  ///< yield, pmd_max and noise_floor are measured by write_derived()
};

/// A link to row `row` of `store`, which is entry number `source` of the sources. The run must be done, else
/// DataError.
Link link_to(const Store& store, std::size_t row, double weight, std::uint32_t source = 0);

/// The distribution of a done run. Throws DataError that names the run if it does not match its checksum.
std::vector<float> intact_pmd(const Store& store, std::size_t row);

/// The farm's runs behind a row: Derivation::roots, or the run's own payload checksum.
std::vector<std::uint64_t> roots_of(const Store& store, std::size_t row);

/// Whether the rows are the farm's own runs, or the compact form of these.
bool holds_single_runs(const Store& store);

/// Throws DataError unless the stores have the same axes and preset and mean the same model.
void check_compatible(const std::vector<const Store*>& sources);

/// Makes a sealed store of `rows`, whose distributions `make` delivers, called with 0, 1, 2, … once each.
/// Texts and axes are those of the first source, whose names and checksums go into the history; `method` is
/// Derivation::method. Throws what `make` throws, FileError (exists already, …), Interrupted, DataError if
/// the sources are not compatible. Nothing is left behind then.
void write_derived(const std::filesystem::path& output, const std::vector<const Store*>& sources,
                   const std::string& method, const std::vector<DerivedRow>& rows,
                   const std::function<DerivedDistribution(std::size_t)>& make,
                   const RowMonitor& monitor = {});

}  // namespace bondscope
