#pragma once

// Runs beside others that differ from them in one parameter only, by a little, to either side: derivatives of
// distributions are taken from them.

#include <span>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/parameter.hpp"

namespace bondscope {

/// One parameter's pair of runs.
struct Displacement {
  std::string parameter;  ///< its name
  double step = 0;        ///< half the distance of the two, in the parameter's unit, > 0

  /// Whether all members are equal.
  bool operator==(const Displacement&) const = default;
};

/// Reads `displaced: {R: 0.005, intensity_w_cm2: 1e12}`, in the order of the file, for runs that have the
/// `parameters`. Throws ConfigError.
std::vector<Displacement> read_displacements(const Config& config, std::span<const Parameter> parameters);

/// Emits the mapping, readable by read_displacements().
void emit(YAML::Emitter& out, const std::vector<Displacement>& displacements);

/// The two runs of a displacement: below, above.
std::vector<RunParameters> displaced(const RunParameters& run, const Displacement& displacement,
                                     std::span<const Parameter> parameters);

/// The runs, then for each of them in order the pairs of all displacements.
std::vector<RunParameters> with_displaced(std::vector<RunParameters> runs,
                                          const std::vector<Displacement>& displacements,
                                          std::span<const Parameter> parameters);

}  // namespace bondscope
