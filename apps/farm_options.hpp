#pragma once

// The command line of tdse_farm.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "apps/shared/command_line.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/settings.hpp"

struct FarmOptions {
  bondscope::tdse::FarmSources sources;
  std::filesystem::path store;
  bondscope::tdse::FarmSettings settings;
  std::string ranks_per_run;  ///< empty: as the preset advises
  std::filesystem::path log;  ///< empty: none
  bool of_list = false;       ///< one of a list of data sets
  bool dry_run = false, grow = false, repair = false, retry_failed = false;

  bool threads_wanted() const { return settings.order.threads > 1; }
};

/// Empty if help or version was wanted. Throws bondscope::WrongCommandLine.
std::optional<FarmOptions> parse_farm_options(const bondscope::Arguments& arguments);

/// One for each data set if `options` names a list of them, with stores NAME.h5 in the folder `store`; else
/// `options` alone. Throws bondscope::ConfigError.
std::vector<FarmOptions> options_of_sets(const FarmOptions& options);
