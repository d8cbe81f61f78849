#include "libpmd/model/observation.hpp"

#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

namespace bondscope {
namespace {

constexpr double most_momentum_points = 4096;

std::vector<double> symmetric_axis(double max, double spacing) {
  const int last = static_cast<int>(std::floor(max / spacing + 1e-9));
  std::vector<double> axis;
  for (int j = -last; j <= last; ++j)
    axis.push_back(j * spacing);
  return axis;
}

void check_axis(const Config& momentum, const std::string& axis, double max, double spacing) {
  const auto key = axis + "_spacing", text = format_number(spacing);
  if (spacing > max)
    momentum.fail(key, fmt::format("{} is larger than {}_max = {}", text, axis, format_number(max)));
  if (2 * max / spacing + 1 > most_momentum_points)
    momentum.fail(key, fmt::format("{} makes more than {} points; expected at least {}", text,
                                   format_number(most_momentum_points),
                                   format_number(2 * max / (most_momentum_points - 1))));
}

}  // namespace

std::vector<double> MomentumAxes::kx() const {
  return symmetric_axis(kx_max, kx_spacing);
}
std::vector<double> MomentumAxes::ky() const {
  return symmetric_axis(ky_max, ky_spacing);
}

std::span<const ObservationField> observation_fields() {
  using O = Observation;
  static const std::array<ObservationField, 8> fields{{
      {"", "duration", Range::between(1, 100), [](O& o) -> double& { return o.duration; }},
      {"absorber", "radius", Range::positive_up_to(4000), [](O& o) -> double& { return o.absorber_radius; }},
      {"absorber", "beta", Range::positive_up_to(1), [](O& o) -> double& { return o.absorber_beta; }},
      {"absorber", "reference_step", Range::positive_up_to(10),
       [](O& o) -> double& { return o.absorber_reference_step; }},
      {"momentum", "kx_max", Range::positive_up_to(50), [](O& o) -> double& { return o.momentum.kx_max; }},
      {"momentum", "kx_spacing", Range::positive_up_to(1),
       [](O& o) -> double& { return o.momentum.kx_spacing; }},
      {"momentum", "ky_max", Range::positive_up_to(50), [](O& o) -> double& { return o.momentum.ky_max; }},
      {"momentum", "ky_spacing", Range::positive_up_to(1),
       [](O& o) -> double& { return o.momentum.ky_spacing; }},
  }};
  return fields;
}

void read(const Config& preset, Observation& observation) {
  for (const auto& field : observation_fields())
    field.in(observation) =
        (*field.section ? preset.section(field.section) : preset).number(field.key, field.range);
  const auto momentum = preset.section("momentum");
  const auto& axes = observation.momentum;
  check_axis(momentum, "kx", axes.kx_max, axes.kx_spacing);
  check_axis(momentum, "ky", axes.ky_max, axes.ky_spacing);
}

void emit(YAML::Emitter& out, const Observation& observation, std::string_view section) {
  Observation copy = observation;
  for (const auto& field : observation_fields())
    if (section == field.section)
      out << YAML::Key << field.key << YAML::Value << format_number(field.in(copy));
}

}  // namespace bondscope
