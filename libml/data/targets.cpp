#include "libml/data/targets.hpp"

#include <array>

#include "libtdse/base/error.hpp"

namespace ml {

std::span<const Target> all_targets() {
  static const std::array<Target, 2> targets{{
      {"R", "internuclear distance R", "a.u.", [](const tdse::RunParameters& run) { return run.R; }},
      {"intensity", "peak intensity I", "1e14 W/cm^2",
       [](const tdse::RunParameters& run) { return run.intensity_w_cm2 * 1e-14; }},
  }};
  return targets;
}

std::vector<std::string> target_names() {
  std::vector<std::string> names;
  for (const auto& target : all_targets())
    names.push_back(target.name);
  return names;
}

const Target& target(const std::string& name) {
  std::string known;
  for (const auto& target : all_targets()) {
    if (target.name == name) return target;
    known += (known.empty() ? "" : ", ") + target.name;
  }
  throw tdse::ConfigError("target '" + name + "' is unknown; there are: " + known);
}

}  // namespace ml
