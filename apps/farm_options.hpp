#pragma once

// The command line of tdse_farm.

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/settings.hpp"

struct FarmOptions {
  tdse::FarmSources sources;
  std::filesystem::path store;
  tdse::FarmSettings settings;
  std::string ranks_per_run;  ///< empty: as the preset advises
  std::filesystem::path log;  ///< empty: none
  bool dry_run = false, repair = false, retry_failed = false;

  bool threads_wanted() const { return settings.threads > 1; }
};

/// Empty if help was wanted. Throws Usage (command_line.hpp).
std::optional<FarmOptions> parse_farm_options(int argc, char** argv);

void print_farm_help(std::ostream& out);
