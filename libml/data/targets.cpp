#include "libml/data/targets.hpp"

#include <algorithm>
#include <array>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {

std::span<const Target> all_targets() {
  static const std::array<Target, 2> targets{{
      {"R", "internuclear distance R", "a.u.", [](const RunParameters& run) { return run.R; }},
      {"intensity", "peak intensity I", "1e14 W/cm^2",
       [](const RunParameters& run) { return run.intensity_w_cm2 * 1e-14; }},
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
  throw ConfigError("target '" + name + "' is unknown; there are: " + known);
}

std::size_t class_of(double value, std::span<const double> edges) {
  if (!(value >= edges.front() && value <= edges.back()))
    throw DataError(format_number(value) + " lies in none of the classes from " +
                    format_number(edges.front()) + " to " + format_number(edges.back()));
  const auto after = std::upper_bound(edges.begin(), edges.end() - 1, value);
  return static_cast<std::size_t>(after - edges.begin()) - 1;
}

std::vector<std::string> class_names(std::span<const double> edges) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < edges.size(); ++i)
    names.push_back(format_number(edges[i]) + "-" + format_number(edges[i + 1]));
  return names;
}

}  // namespace bondscope::ml
