#pragma once

// Everything a farm computes from: a data set and a preset, with the overrides of the command line.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/dataset/dataset.hpp"
#include "libpmd/store/description.hpp"
#include "libtdse/farm/solver.hpp"
#include "libtdse/solver/plan.hpp"
#include "libtdse/solver/preset.hpp"

namespace bondscope::tdse {

/// What the user asked for.
struct FarmSources {
  std::string dataset;                ///< file or name of configs/datasets; with a text: where that is from
  std::string preset;                 ///< file or name of configs/presets
  std::vector<std::string> set;       ///< "preset.KEY=VALUE" or "dataset.KEY=VALUE"
  std::optional<std::size_t> runs;    ///< instead of the data set's
  std::optional<std::uint64_t> seed;  ///< instead of the data set's
  std::optional<std::string> dataset_text = {};  ///< YAML instead of a file
  DataSetPart part = {};                         ///< of the data set
};

/// What the runs of a farm will need, from their plans.
struct Forecast {
  std::vector<double> costs;        ///< Plan::cost() of every run
  std::uint64_t bytes_per_run = 0;  ///< memory of the largest run on one rank, roughly
};

/// A data set with the numerics of its runs.
struct FarmConfiguration {
  DataSet dataset;        ///< which runs
  Preset preset;          ///< with which numerics
  std::string given;      ///< texts of both files and the overrides
  DataSetPart part = {};  ///< of the data set

  /// Throws ConfigError, FileError.
  static FarmConfiguration load(const FarmSources& sources);
  /// Reads what resolved() wrote. Throws ConfigError.
  static FarmConfiguration from_resolved(const std::string& yaml, const std::string& source);

  /// YAML with the sections `preset` and `dataset`, all keys with their values.
  std::string resolved() const;

  /// The description of a new store: the part's runs drawn, provenance of this program and machine.
  StoreDescription describe() const;

  /// Throws ConfigError.
  Plan plan(const RunParameters& run) const { return {run, dataset.model, preset}; }

  /// Plans every run. Throws ConfigError that names the run whose plan is refused.
  Forecast forecast(const std::vector<RunParameters>& runs) const;
};

/// The real solver for the configuration that a store carries.
Solver tdse_solver(const std::string& resolved, const Team& team = {});

}  // namespace bondscope::tdse
