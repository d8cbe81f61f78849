#include "libtdse/solver/preset.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/text/number.hpp"

namespace bondscope::tdse {
namespace {

constexpr const char* automatic = "automatic";
constexpr std::size_t most_molecules = 1000;  // each is looked for among all

/// A number, or `automatic`, which is 0.
double read_time_step(const Config& config, double fallback) {
  if (!config.has("time_step")) return fallback;
  if (config.text("time_step") == automatic) return 0;
  return config.number("time_step", Range::positive_up_to(10));
}

std::string time_step_text(double step) {
  return step == 0 ? automatic : format_number(step);
}

/// A number, or `automatic`, which is 0.
int read_ranks_per_run(const Config& config) {
  constexpr const char* key = "ranks_per_run";
  constexpr int most = 10000;
  if (!config.has(key)) return 1;
  if (config.text(key) == automatic) return 0;
  return static_cast<int>(config.integer(key, 1, most));
}

/// A number for both directions, or {x: …, y: …}.
RollOff read_roll_off(const Config& config, RollOff fallback) {
  constexpr const char* key = "roll_off";
  const Range range{.min = 0.2, .max = 1};
  if (!config.has(key)) return fallback;
  if (!config.is_mapping(key)) return config.number(key, range);
  const Config section = config.section(key);
  section.expect_keys({"x", "y"});
  return {section.number("x", range), section.number("y", range)};
}

/// The keys of a block with a discretisation, and what else that has.
void expect_discretisation(const Config& block, std::vector<std::string> keys) {
  keys.insert(keys.end(), {"spacing", "roll_off", "time_step"});
  block.expect_keys(keys);
}

/// Keys that are missing keep the values of `general`.
Discretisation read_discretisation(const Config& grid, const Config& time, const Discretisation& general) {
  Discretisation d;
  d.spacing = grid.number("spacing", Range::positive_up_to(2), general.spacing);
  d.roll_off = read_roll_off(grid, general.roll_off);
  d.time_step = read_time_step(time, general.time_step);
  d.band_limited = general.band_limited;
  return d;
}

std::vector<LateStage> read_late_stages(const Config& config, const Discretisation& general) {
  std::vector<LateStage> stages;
  if (!config.has("after_pulse")) return stages;
  for (const Config& section : config.sections("after_pulse")) {
    expect_discretisation(section, {"delay", "absorber_interval"});
    LateStage stage;
    stage.delay = section.number("delay", Range::between(0, 1e6));
    stage.discretisation = read_discretisation(section, section, general);
    if (stage.discretisation.time_step == 0) section.fail("time_step", "a late stage needs a number");
    stage.absorber_interval = section.number("absorber_interval", Range::positive_up_to(100));
    if (!stages.empty() && stage.delay <= stages.back().delay)
      section.fail("delay", fmt::format("{} is not later than that of the stage before, {}",
                                        format_number(stage.delay), format_number(stages.back().delay)));
    stages.push_back(stage);
  }
  return stages;
}

std::optional<OuterGrid> read_outer_grid(const Config& config, const Discretisation& general) {
  if (!config.has("outer")) return {};
  const Config section = config.section("outer");
  expect_discretisation(section, {"least_radius", "mask_width"});
  OuterGrid outer;
  outer.discretisation = read_discretisation(section, section, general);
  if (outer.discretisation.time_step == 0) section.fail("time_step", "the outer grid needs a number");
  outer.least_radius = section.number("least_radius", Range::positive_up_to(1e4));
  outer.mask_width = section.number("mask_width", Range::positive_up_to(1e3));
  return outer;
}

std::vector<DistanceRule> read_distance_rules(const Config& config, const Discretisation& general) {
  std::vector<DistanceRule> rules;
  if (!config.has("by_distance")) return rules;
  for (const Config& section : config.sections("by_distance")) {
    expect_discretisation(section, {"from"});
    const DistanceRule rule{section.number("from", Range::between(0, 1e3)),
                            read_discretisation(section, section, general)};
    if (!rules.empty() && rule.from <= rules.back().from)
      section.fail("from", fmt::format("{} is not larger than that of the entry before, {}",
                                       format_number(rule.from), format_number(rules.back().from)));
    rules.push_back(rule);
  }
  return rules;
}

/// The keys of a section that has some of what is observed, and what else it has.
void expect_observation(const Config& config, std::string_view section, std::vector<std::string> keys) {
  for (const auto& field : observation_fields())
    if (field.section == section) keys.emplace_back(field.key);
  config.expect_keys(keys);
}

/// Before any value is read, so that a misspelt key is named, and not another one missed.
void expect_keys(const Config& config) {
  expect_observation(config, "",
                     {"name", "grid", "time_step", "band_limited_potential", "absorber", "momentum",
                      "corrected_potential", "mechanisms", "outer", "after_pulse", "by_distance", "molecules",
                      "transforms", "amplitude", "ranks_per_run"});
  config.section("grid").expect_keys({"spacing", "roll_off", "half_width_x", "half_width_y"});
  expect_observation(config.section("absorber"), "absorber", {"interval"});
  expect_observation(config.section("momentum"), "momentum", {});
  config.section("mechanisms").expect_keys({"even_symmetry", "growing_box", "sparse_sampling"});
}

void put(YAML::Emitter& out, const RollOff& roll_off) {
  out << YAML::Key << "roll_off" << YAML::Value;
  if (roll_off.x == roll_off.y)
    out << format_number(roll_off.x);
  else
    out << YAML::BeginMap << YAML::Key << "x" << YAML::Value << format_number(roll_off.x) << YAML::Key << "y"
        << YAML::Value << format_number(roll_off.y) << YAML::EndMap;
}

void put(YAML::Emitter& out, const Discretisation& d) {
  out << YAML::Key << "spacing" << YAML::Value << format_number(d.spacing);
  put(out, d.roll_off);
  out << YAML::Key << "time_step" << YAML::Value << time_step_text(d.time_step);
}

}  // namespace

const Discretisation& Preset::discretisation_of(const std::string& molecule, double R) const {
  const auto own = per_molecule.find(molecule);
  if (own != per_molecule.end()) return own->second;
  const auto beyond = std::find_if(by_distance.rbegin(), by_distance.rend(),
                                   [&](const DistanceRule& rule) { return R >= rule.from; });
  return beyond == by_distance.rend() ? discretisation : beyond->discretisation;
}

Preset Preset::from_config(const Config& config) {
  expect_keys(config);
  Preset p;
  p.name = config.text("name");
  const Config grid = config.section("grid");
  for (const char* key : {"spacing", "roll_off", "half_width_x", "half_width_y"})
    if (!grid.has(key)) grid.fail(key, "this key is required but missing");
  if (!config.has("time_step")) config.fail("time_step", "this key is required but missing");
  p.discretisation =
      read_discretisation(grid, config, {.band_limited = config.flag("band_limited_potential", false)});
  p.half_width_x = grid.number("half_width_x", Range::positive_up_to(4000));
  p.half_width_y = grid.number("half_width_y", Range::positive_up_to(4000));
  read(config, p);
  p.absorber_interval = config.section("absorber").number("interval", Range::positive_up_to(100));
  p.corrected_potential = config.flag("corrected_potential");
  if (config.has("mechanisms")) {
    const Config mechanisms = config.section("mechanisms");
    p.mechanisms.even_symmetry = mechanisms.flag("even_symmetry");
    // Presets of before have it; a box that grew gave the same distributions.
    if (mechanisms.has("growing_box")) mechanisms.flag("growing_box");
    p.mechanisms.sparse_sampling = mechanisms.flag("sparse_sampling");
  }
  p.outer = read_outer_grid(config, p.discretisation);
  p.late_stages = read_late_stages(config, p.discretisation);
  if (!p.late_stages.empty() && !p.corrected_potential)
    config.fail("after_pulse", "late stages need corrected_potential: true");
  p.by_distance = read_distance_rules(config, p.discretisation);
  const Config molecules = config.section("molecules");
  const auto names = molecules.keys();
  if (names.size() > most_molecules)
    config.fail("molecules", fmt::format("names {}; expected at most {}", names.size(), most_molecules));
  for (const auto& name : names) {
    const Config own = molecules.section(name);
    expect_discretisation(own, {});
    p.per_molecule[name] = read_discretisation(own, own, p.discretisation);
  }
  if (config.has("transforms") && config.choice("transforms", {"own", "fftw"}) == "fftw")
    p.transforms = Transforms::fftw;
  p.amplitude = config.has("amplitude") && config.flag("amplitude");
  p.ranks_per_run = read_ranks_per_run(config);
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
  put(out, discretisation.roll_off);
  out << YAML::Key << "half_width_x" << YAML::Value << number(half_width_x);
  out << YAML::Key << "half_width_y" << YAML::Value << number(half_width_y) << YAML::EndMap;
  out << YAML::Key << "time_step" << YAML::Value << time_step_text(discretisation.time_step);
  emit<Observation>(out, observation_fields(), *this, "");
  out << YAML::Key << "absorber" << YAML::Value << YAML::BeginMap;
  emit<Observation>(out, observation_fields(), *this, "absorber");
  out << YAML::Key << "interval" << YAML::Value << number(absorber_interval) << YAML::EndMap;
  out << YAML::Key << "corrected_potential" << YAML::Value << corrected_potential;
  // Presets of before do not have it.
  if (discretisation.band_limited) out << YAML::Key << "band_limited_potential" << YAML::Value << true;
  out << YAML::Key << "momentum" << YAML::Value << YAML::BeginMap;
  emit<Observation>(out, observation_fields(), *this, "momentum");
  out << YAML::EndMap;
  out << YAML::Key << "mechanisms" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "even_symmetry" << YAML::Value << mechanisms.even_symmetry;
  out << YAML::Key << "sparse_sampling" << YAML::Value << mechanisms.sparse_sampling << YAML::EndMap;
  // Stores of before do not have these.
  if (transforms == Transforms::fftw) out << YAML::Key << "transforms" << YAML::Value << "fftw";
  if (amplitude) out << YAML::Key << "amplitude" << YAML::Value << true;
  if (outer) {
    out << YAML::Key << "outer" << YAML::Value << YAML::BeginMap;
    put(out, outer->discretisation);
    out << YAML::Key << "least_radius" << YAML::Value << number(outer->least_radius);
    out << YAML::Key << "mask_width" << YAML::Value << number(outer->mask_width) << YAML::EndMap;
  }
  if (!late_stages.empty()) {
    out << YAML::Key << "after_pulse" << YAML::Value << YAML::BeginSeq;
    for (const auto& stage : late_stages) {
      out << YAML::BeginMap << YAML::Key << "delay" << YAML::Value << number(stage.delay);
      put(out, stage.discretisation);
      out << YAML::Key << "absorber_interval" << YAML::Value << number(stage.absorber_interval)
          << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  if (!by_distance.empty()) {
    out << YAML::Key << "by_distance" << YAML::Value << YAML::BeginSeq;
    for (const auto& [from, own] : by_distance) {
      out << YAML::BeginMap << YAML::Key << "from" << YAML::Value << number(from);
      put(out, own);
      out << YAML::EndMap;
    }
    out << YAML::EndSeq;
  }
  if (!per_molecule.empty()) {
    out << YAML::Key << "molecules" << YAML::Value << YAML::BeginMap;
    for (const auto& [molecule, own] : per_molecule) {
      out << YAML::Key << molecule << YAML::Value << YAML::BeginMap;
      put(out, own);
      out << YAML::EndMap;
    }
    out << YAML::EndMap;
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

}  // namespace bondscope::tdse
