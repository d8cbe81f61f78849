#pragma once

// One data set into a store of its own, from the configuration to the last run; and what that would cost.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/base/process/signals.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/farm.hpp"
#include "libtdse/farm/settings.hpp"
#include "libtdse/farm/slurm_jobs.hpp"
#include "libtdse/farm/teams.hpp"

namespace bondscope::tdse {

/// Where a data set goes, and how the farm goes about it.
struct GenerateOptions {
  std::filesystem::path store;  ///< its file
  std::filesystem::path log;    ///< the journal; empty: none
  std::string ranks_per_run;    ///< a number or "auto"; empty: as the preset advises
  FarmSettings settings;        ///< of the farm
  SlurmJobs jobs{};             ///< what Slurm says, if there is one
  bool grow = false;            ///< a store with fewer runs of the data set
  bool repair = false;          ///< compute damaged runs again
  bool retry_failed = false;    ///< compute those that failed before, and nothing else
};

/// A data set on its way into a store: configuration, description, expected cost.
struct Generation {
  GenerateOptions options;       ///< as they were given
  FarmConfiguration farm;        ///< data set and preset
  StoreDescription description;  ///< of the store
  Forecast forecast;             ///< of time and memory

  /// Throws ConfigError, FileError.
  static Generation load(const FarmSources& sources, const GenerateOptions& options);
};

/// Whom the farm tells how it goes.
struct GenerateListener {
  /// Gets lines for the user.
  std::function<void(const std::string&)> line;
  std::function<void(const Ledger&)> progress;  ///< called often: Ledger::status() takes time
};

/// What generate() has done.
struct Generated {
  FarmResult result;      ///< of the farm
  std::size_t to_do = 0;  ///< runs, before
};

/// Makes the store or continues it. Throws what prepare_store() and run_farm() throw.
Generated generate(const Generation& generation, Workers& workers, const SignalWatch& signals,
                   Afterwards afterwards, const GenerateListener& listener);

/// What one run that was tried tells about all.
struct Calibration {
  std::size_t run = 0;       ///< which run was tried
  double fraction = 0;       ///< how much of it
  double run_seconds = 0;    ///< what all of it would take
  double total_seconds = 0;  ///< what all runs would take one after the other, by their expected costs
};

/// Tries the run of median cost for about `budget` seconds (its start state may take longer; it cannot be cut
/// short). Empty if the run ends without ever having reported a fraction. Throws what the run throws.
std::optional<Calibration> calibrate(const Solver& solver, const std::vector<RunParameters>& runs,
                                     const std::vector<double>& costs, double budget = 3);

/// What generate() would take.
struct CostEstimate {
  Teams teams;                      ///< how ranks form teams
  std::optional<Calibration> time;  ///< empty if the run that was tried told nothing
  double longest_seconds = 0;       ///< of the longest run, if there is a time
  double wall_seconds = 0;          ///< of all, if each rank has a core of its own
  bool longest_fits = true;         ///< into the time limit, or can be continued
};

/// Tries one run for a few seconds. Throws Interrupted after a signal, and what the run throws.
CostEstimate estimate_cost(const Generation& generation, int ranks, const SignalWatch& signals);

}  // namespace bondscope::tdse
