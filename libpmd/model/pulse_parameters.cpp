#include "libpmd/model/pulse_parameters.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

const std::vector<std::string> envelope_names{"sin2", "gaussian"};

std::string value_of(const std::string& key, const PulseShape& shape) {
  if (key == envelope_key) return envelope_names[static_cast<std::size_t>(shape.envelope)];
  if (key == "harmonic") return std::to_string(shape.harmonic);
  for (const auto& [parameter, member] : pulse_parameters())
    if (parameter.name == key) return format_number(shape.*member);
  return {};
}

}  // namespace

std::span<const PulseParameter> pulse_parameters() {
  static const std::array<PulseParameter, 4> table{{
      {{.name = "wavelength_nm",
        .title = "wavelength_nm",
        .symbol = "λ",
        .unit = "nm",
        .meaning = "wavelength of the pulse",
        .label = "wavelength of the pulse λ",
        .range = Range::between(10, 100000),
        .shown_unit_name = "nm"},
       &PulseShape::wavelength_nm},
      {{.name = "cycles",
        .title = "cycles",
        .symbol = "n",
        .unit = "1",
        .meaning = "optical cycles: of a whole sin2 pulse, or in the FWHM of the intensity of a Gaussian one",
        .label = "optical cycles n",
        .range = Range::between(0.5, 100),
        .shown_unit_name = "1"},
       &PulseShape::cycles},
      {{.name = "relative_intensity",
        .title = "relative_intensity",
        .symbol = "ρ",
        .unit = "1",
        .meaning = "intensity of the second colour over that of the first",
        .label = "relative intensity of the second colour ρ",
        .range = Range::between(0, 1),
        .shown_unit_name = "1"},
       &PulseShape::relative_intensity},
      {{.name = "relative_phase",
        .title = "relative_phase",
        .symbol = "Δ",
        .unit = "rad",
        .meaning = "phase of the second colour relative to the first",
        .label = "relative phase of the second colour Δ",
        .range = Range::between(-1e6, 1e6),
        .period = 2 * units::pi,
        .degrees_key = "relative_phase_deg",
        .shown_unit_name = "rad"},
       &PulseShape::relative_phase},
  }};
  return table;
}

std::vector<Parameter> declarable_parameters(const PulseShape& shape) {
  std::vector<Parameter> all;
  for (const auto& [parameter, member] : pulse_parameters()) {
    all.push_back(parameter);
    all.back().fallback = shape.*member;
  }
  return all;
}

PulseShape shape_of(const RunParameters& run, const PulseShape& shape) {
  PulseShape own = shape;
  for (const auto& [name, value] : run.declared)
    for (const auto& [parameter, member] : pulse_parameters())
      if (parameter.name == name) own.*member = value;
  return own;
}

void read(const Config& pulse, PulseShape& shape) {
  pulse.expect_keys(pulse_keys());
  for (const auto& [parameter, member] : pulse_parameters())
    shape.*member = pulse.number(parameter.name, parameter.range, shape.*member);
  const auto name =
      pulse.choice(envelope_key, envelope_names, envelope_names[static_cast<std::size_t>(shape.envelope)]);
  shape.envelope =
      static_cast<Envelope>(std::distance(envelope_names.begin(), std::ranges::find(envelope_names, name)));
  shape.harmonic = static_cast<int>(pulse.integer("harmonic", 2, 10, shape.harmonic));
}

const std::vector<std::string>& pulse_keys() {
  static const std::vector<std::string> keys{"wavelength_nm",      "cycles",        envelope_key, "harmonic",
                                             "relative_intensity", "relative_phase"};
  return keys;
}

std::optional<std::string> usual_pulse_value(const std::string& key) {
  if (key == "wavelength_nm" || key == "cycles") return {};
  return value_of(key, {});
}

void emit(YAML::Emitter& out, const PulseShape& shape) {
  for (const auto& key : pulse_keys()) {
    const auto value = value_of(key, shape);
    if (value != usual_pulse_value(key)) out << YAML::Key << key << YAML::Value << value;
  }
}

std::string to_text(const PulseShape& shape) {
  YAML::Emitter out;
  out << YAML::Flow << YAML::BeginMap;
  emit(out, shape);
  out << YAML::EndMap;
  return out.c_str();
}

}  // namespace bondscope
