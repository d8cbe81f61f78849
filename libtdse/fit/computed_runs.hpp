#pragma once

// Distributions at parameters that are not known beforehand: each is computed once by a farm, and kept in a
// store that grows.

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libpmd/base/process/signals.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/model/parameter.hpp"
#include "libtdse/farm/generate.hpp"

namespace bondscope::tdse {

/// What all computed runs have in common.
struct RunsInCommon {
  ModelParameters model;                 ///< pulse, softening, molecules
  std::vector<Parameter> declared = {};  ///< what the runs have beside common_parameters()
  std::string preset;                    ///< the numerics: a file or one of configs/presets
  std::vector<std::string> set = {};     ///< "preset.KEY=VALUE" or "dataset.KEY=VALUE"
};

/// A growing store of runs, and the farm that computes what is missing.
class ComputedRuns {
 public:
  /// Continues the store if there is one. `workers` and `signals` must outlive this. Throws what
  /// Store::open() throws.
  ComputedRuns(std::filesystem::path store, RunsInCommon common, Workers& workers, const SignalWatch& signals,
               GenerateListener listener);

  /// A run as the store will name it (its molecule may be a file), and the plane that it is computed on.
  /// Throws ConfigError for a run that cannot be computed.
  std::pair<RunParameters, MomentumPlane> resolved(const RunParameters& run) const;
  /// Distributions of these runs, [kx][ky]: those that the store lacks are computed first, all together.
  /// Throws Interrupted (the same call continues later), NumericsError (a run failed), ConfigError (it cannot
  /// be computed, or the store was made with other settings).
  std::vector<std::vector<float>> distributions(const std::vector<RunParameters>& runs);

  /// Number of runs in the store.
  std::size_t size() const { return known_.size(); }
  /// Those of them that were computed by this.
  std::size_t computed() const { return computed_; }

 private:
  FarmSources sources(const std::vector<RunParameters>& runs) const;

  std::filesystem::path store_;
  RunsInCommon common_;
  Workers& workers_;
  const SignalWatch& signals_;
  GenerateListener listener_;
  std::vector<RunParameters> known_;
  std::size_t computed_ = 0;
};

}  // namespace bondscope::tdse
