#pragma once

// The command line of tdse_farm.

#include <optional>
#include <vector>

#include "apps/shared/command_line.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/generate.hpp"

struct FarmOptions {
  bondscope::tdse::FarmSources sources;
  bondscope::tdse::GenerateOptions generate;
  bool of_list = false;  ///< one of a list of data sets
  bool dry_run = false;
};

/// Empty if help or version was wanted. Throws bondscope::WrongCommandLine.
std::optional<FarmOptions> parse_farm_options(const bondscope::Arguments& arguments,
                                              const bondscope::tdse::SlurmJobs& jobs);

/// One for each data set if `options` names a list of them, with stores NAME.h5 in the folder `store`; else
/// `options` alone. Throws bondscope::ConfigError.
std::vector<FarmOptions> options_of_sets(const FarmOptions& options);
