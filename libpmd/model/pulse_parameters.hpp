#pragma once

// The pulse of a data set in YAML, and those of its numbers that a run may have a value of its own of.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/parameter.hpp"
#include "libpmd/model/pulse_shape.hpp"

namespace bondscope {

/// A number of the pulse that may be different in each run.
struct PulseParameter {
  Parameter parameter;         ///< name, unit, meaning, range
  double PulseShape::*member;  ///< where a data set's pulse has it
};

/// wavelength_nm, cycles, relative_intensity, relative_phase: keys of the section `pulse`, and names of
/// declared parameters of runs.
std::span<const PulseParameter> pulse_parameters();
/// The same as declarations (model/declarations.hpp); a run that has no value of its own has that of `shape`.
std::vector<Parameter> declarable_parameters(const PulseShape& shape);

/// All keys of the section `pulse`.
const std::vector<std::string>& pulse_keys();
inline constexpr const char* envelope_key = "envelope";  ///< the one whose value is a word and no number
/// The value of a key where a configuration of before there was this key has none; empty for wavelength_nm
/// and cycles.
std::optional<std::string> usual_pulse_value(const std::string& key);

/// The run's own pulse: what it declares comes before what the data set's pulse says.
PulseShape shape_of(const RunParameters& run, const PulseShape& shape);

/// Reads the mapping
///
///   {wavelength_nm: 800, cycles: 2, envelope: sin2, harmonic: 2, relative_intensity: 0, relative_phase: 0}
///
/// in which everything may be left out; these are the defaults. Throws ConfigError.
void read(const Config& pulse, PulseShape& shape);
/// Emits keys and values: the first two always, the others where they are not the defaults, so that the texts
/// of one-colour sin² pulses stay what they were before there were others.
void emit(YAML::Emitter& out, const PulseShape& shape);
/// The same in one line: "{wavelength_nm: 800, cycles: 2}".
std::string to_text(const PulseShape& shape);

}  // namespace bondscope
