#include "libtdse/solver/preset.hpp"

#include <algorithm>
#include <cmath>

#include "libtdse/base/error.hpp"
#include "libtdse/model/molecule.hpp"

namespace tdse {
namespace {

constexpr double most_momentum_points = 4096;

std::vector<double> symmetric_axis(double max, double spacing) {
  const int last = static_cast<int>(std::floor(max / spacing + 1e-9));
  std::vector<double> axis;
  for (int j = -last; j <= last; ++j)
    axis.push_back(j * spacing);
  return axis;
}

/// Keys that are missing keep the values of `general`.
Discretisation read_discretisation(const Config& grid, const Config& time, const Discretisation& general) {
  Discretisation d;
  d.spacing = grid.number("spacing", Range::positive_up_to(2), general.spacing);
  d.roll_off = grid.number("roll_off", Range{.min = 0.2, .max = 1}, general.roll_off);
  d.time_step = time.number("time_step", Range::positive_up_to(10), general.time_step);
  return d;
}

void check_axis(const Config& momentum, const std::string& axis, double max, double spacing) {
  if (spacing > max)
    momentum.fail(axis + "_spacing",
                  format_number(spacing) + " is larger than " + axis + "_max = " + format_number(max));
  if (2 * max / spacing + 1 > most_momentum_points)
    momentum.fail(axis + "_spacing", format_number(spacing) + " makes more than " +
                                         format_number(most_momentum_points) + " points; expected at least " +
                                         format_number(2 * max / (most_momentum_points - 1)));
}

}  // namespace

std::vector<double> MomentumAxes::kx() const {
  return symmetric_axis(kx_max, kx_spacing);
}
std::vector<double> MomentumAxes::ky() const {
  return symmetric_axis(ky_max, ky_spacing);
}

const Discretisation& Preset::discretisation_of(const std::string& molecule) const {
  const auto own = per_molecule.find(molecule);
  return own == per_molecule.end() ? discretisation : own->second;
}

Preset Preset::from_config(const Config& config) {
  Preset p;
  p.name = config.text("name");
  const Config grid = config.section("grid");
  for (const char* key : {"spacing", "roll_off", "half_width_x", "half_width_y"})
    if (!grid.has(key)) grid.fail(key, "this key is required but missing");
  if (!config.has("time_step")) config.fail("time_step", "this key is required but missing");
  p.discretisation = read_discretisation(grid, config, {});
  p.half_width_x = grid.number("half_width_x", Range::positive_up_to(4000));
  p.half_width_y = grid.number("half_width_y", Range::positive_up_to(4000));
  p.duration = config.number("duration", Range::between(1, 100));
  const Config absorber = config.section("absorber");
  p.absorber_radius = absorber.number("radius", Range::positive_up_to(4000));
  p.absorber_beta = absorber.number("beta", Range::positive_up_to(1));
  p.absorber_reference_step = absorber.number("reference_step", Range::positive_up_to(10));
  p.absorber_interval = absorber.number("interval", Range::positive_up_to(100));
  p.corrected_potential = config.flag("corrected_potential");
  const Config momentum = config.section("momentum");
  p.momentum.kx_max = momentum.number("kx_max", Range::positive_up_to(50));
  p.momentum.kx_spacing = momentum.number("kx_spacing", Range::positive_up_to(1));
  p.momentum.ky_max = momentum.number("ky_max", Range::positive_up_to(50));
  p.momentum.ky_spacing = momentum.number("ky_spacing", Range::positive_up_to(1));
  check_axis(momentum, "kx", p.momentum.kx_max, p.momentum.kx_spacing);
  check_axis(momentum, "ky", p.momentum.ky_max, p.momentum.ky_spacing);
  const Config molecules = config.section("molecules");
  for (const auto& name : molecule_names())
    if (molecules.has(name)) {
      const Config own = molecules.section(name);
      p.per_molecule[name] = read_discretisation(own, own, p.discretisation);
    }
  config.expect_all_known();
  return p;
}

std::string Preset::to_yaml() const {
  YAML::Emitter out;
  const auto number = [](double v) { return format_number(v); };
  out << YAML::BeginMap;
  out << YAML::Key << "name" << YAML::Value << name;
  out << YAML::Key << "grid" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "spacing" << YAML::Value << number(discretisation.spacing);
  out << YAML::Key << "roll_off" << YAML::Value << number(discretisation.roll_off);
  out << YAML::Key << "half_width_x" << YAML::Value << number(half_width_x);
  out << YAML::Key << "half_width_y" << YAML::Value << number(half_width_y) << YAML::EndMap;
  out << YAML::Key << "time_step" << YAML::Value << number(discretisation.time_step);
  out << YAML::Key << "duration" << YAML::Value << number(duration);
  out << YAML::Key << "absorber" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "radius" << YAML::Value << number(absorber_radius);
  out << YAML::Key << "beta" << YAML::Value << number(absorber_beta);
  out << YAML::Key << "reference_step" << YAML::Value << number(absorber_reference_step);
  out << YAML::Key << "interval" << YAML::Value << number(absorber_interval) << YAML::EndMap;
  out << YAML::Key << "corrected_potential" << YAML::Value << corrected_potential;
  out << YAML::Key << "momentum" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "kx_max" << YAML::Value << number(momentum.kx_max);
  out << YAML::Key << "kx_spacing" << YAML::Value << number(momentum.kx_spacing);
  out << YAML::Key << "ky_max" << YAML::Value << number(momentum.ky_max);
  out << YAML::Key << "ky_spacing" << YAML::Value << number(momentum.ky_spacing) << YAML::EndMap;
  if (!per_molecule.empty()) {
    out << YAML::Key << "molecules" << YAML::Value << YAML::BeginMap;
    for (const auto& [molecule, own] : per_molecule) {
      out << YAML::Key << molecule << YAML::Value << YAML::BeginMap;
      out << YAML::Key << "spacing" << YAML::Value << number(own.spacing);
      out << YAML::Key << "roll_off" << YAML::Value << number(own.roll_off);
      out << YAML::Key << "time_step" << YAML::Value << number(own.time_step) << YAML::EndMap;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace tdse
