#pragma once

// Stores of measured distributions.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "libpmd/import/measurement.hpp"
#include "libpmd/store/merge.hpp"

namespace bondscope {

/// Measures the files and makes a sealed store of them, a row for each, and returns what was measured. The
/// store declares Measurement::electrons as electrons_parameter (libpmd/model/electrons.hpp). Rows are marked
/// as measured; of the parameters that the settings do not know it is marked that they are unknown. The
/// configuration has the sections
///   preset    name: measured; momentum, the axes
///   dataset   name; pulse, if it is known
///   import    the settings, and for each file its name, size, hash, and what was found in it
/// `given` is the text that the settings came from. Throws what measure() throws, FileError (exists already,
/// …), Interrupted, ConfigError (no file, one given twice). Nothing is left behind then.
std::vector<Measurement> write_measured(const std::filesystem::path& output,
                                        const std::vector<std::filesystem::path>& files,
                                        const ImportSettings& settings, const std::string& given,
                                        const RowMonitor& monitor = {});

}  // namespace bondscope
