#pragma once

// Parameters that a data set declares beside those that every run has.

#include <span>
#include <string>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/model/parameter.hpp"

namespace bondscope {

/// Of one data set.
inline constexpr std::size_t most_declared = 32;

/// Reads the section `parameters` of a data set, whose keys are the names:
///
///   parameters:
///     ellipticity: {unit: "1", meaning: minor over major axis of the field, symbol: ε, range: [0, 1],
///     default: 0}
///
/// What it declares is then given as R is, a number or [min, max]: `ellipticity: [0, 0.5]`. Without `range`
/// any number is admissible, without `default` one must be given; `symbol` is the name if it is left out, and
/// `period` says that values so far apart mean the same. One in `rad` can be given in degrees as NAME_deg.
///
/// Those that are `known` need no declaration: a run, the draws or the focal averages name one and it is
/// declared
/// (`wavelength_nm: [800, 1600]`); a declaration may leave out what is known of it. Throws ConfigError, also
/// for names that mean something else already.
std::vector<Parameter> read_declarations(const Config& dataset, std::span<const Parameter> known = {});
/// Emits the section's mapping, readable by read_declarations().
void emit(YAML::Emitter& out, const std::vector<Parameter>& declared);
/// A document of that section alone, as files keep it.
std::string declarations_text(const std::vector<Parameter>& declared);
/// What declarations_text() wrote; nothing for an empty text. Throws ConfigError.
std::vector<Parameter> read_declarations(const std::string& text, const std::string& source);

}  // namespace bondscope
