#include "libpmd/model/parameter.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

const Range any_angle = Range::between(-1e6, 1e6);

auto place_of(auto& values, const std::string& name) {
  return std::lower_bound(
      values.begin(), values.end(), name,
      [](const DeclaredValue& one, const std::string& other) { return one.name < other; });
}

}  // namespace

std::span<const Parameter> common_parameters() {
  static const std::array<Parameter, 4> table{{
      {.name = "R",
       .title = "R",
       .symbol = "R",
       .unit = "a.u.",
       .meaning = "internuclear distance",
       .label = "internuclear distance R",
       .range = Range::positive_up_to(50),
       .shown_unit_name = "a.u.",
       .member = &RunParameters::R},
      {.name = "intensity_w_cm2",
       .title = "intensity",
       .symbol = "I",
       .unit = "W/cm^2",
       .meaning = "peak intensity",
       .label = "peak intensity I",
       .range = Range::positive_up_to(1e16),
       .shown_unit = 1e14,
       .shown_unit_name = "1e14 W/cm^2",
       .member = &RunParameters::intensity_w_cm2},
      {.name = "cep",
       .title = "cep",
       .symbol = "φ",
       .unit = "rad",
       .meaning = "carrier-envelope phase phi",
       .label = "carrier-envelope phase φ",
       .range = any_angle,
       .fallback = 0,
       .period = 2 * units::pi,
       .shown_unit_name = "rad",
       .member = &RunParameters::cep},
      {.name = "angle",
       .title = "angle",
       .symbol = "α",
       .unit = "rad",
       .meaning = "orientation angle alpha between molecular axis and polarisation (x)",
       .label = "orientation angle α",
       .range = any_angle,
       .fallback = 0,
       .period = 2 * units::pi,
       .degrees_key = "angle_deg",
       .shown_unit = units::degrees,
       .shown_unit_name = "degrees",
       .member = &RunParameters::angle},
  }};
  return table;
}

std::vector<Parameter> all_parameters(std::span<const Parameter> declared) {
  const auto common = common_parameters();
  std::vector<Parameter> all(common.begin(), common.end());
  all.insert(all.end(), declared.begin(), declared.end());
  return all;
}

double Parameter::of(const RunParameters& run) const {
  if (member) return run.*member;
  const auto at = place_of(run.declared, name);
  if (at == run.declared.end() || at->name != name) throw DataError(fmt::format("a run has no {}", name));
  return at->value;
}

void Parameter::set(RunParameters& run, double value) const {
  if (member) {
    run.*member = value;
    return;
  }
  const auto at = place_of(run.declared, name);
  if (at == run.declared.end() || at->name != name)
    run.declared.insert(at, {name, value});
  else
    at->value = value;
}

std::vector<DeclaredValue> values_of(const RunParameters& run) {
  std::vector<DeclaredValue> values;
  for (const auto& parameter : common_parameters())
    values.push_back({parameter.name, parameter.of(run)});
  values.insert(values.end(), run.declared.begin(), run.declared.end());
  return values;
}

std::string describe(const RunParameters& run, std::span<const std::string> unknown) {
  std::string text = run.molecule;
  const auto is_unknown = [&](const std::string& name) {
    return std::ranges::find(unknown, name) != unknown.end();
  };
  for (const auto& parameter : common_parameters()) {
    if (is_unknown(parameter.name)) {
      text += fmt::format(", {} unknown", parameter.symbol);
      continue;
    }
    const bool in_degrees = !parameter.degrees_key.empty();
    text += fmt::format(", {} = {:.4g}{}", parameter.symbol,
                        parameter.of(run) / (in_degrees ? units::degrees : 1.0),
                        in_degrees ? "°" : " " + parameter.unit);
  }
  for (const auto& [name, value] : run.declared)
    text += is_unknown(name) ? fmt::format(", {} unknown", name) : fmt::format(", {} = {:.4g}", name, value);
  return text;
}

}  // namespace bondscope
