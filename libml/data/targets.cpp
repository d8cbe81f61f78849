#include "libml/data/targets.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {

double Target::value(const RunParameters& run) const {
  // Not divided: the last bits of what older models were tested on are those of the product.
  return parameter.of(run) * (1 / parameter.shown_unit);
}

Target target(const std::string& name, std::span<const Parameter> declared) {
  std::vector<std::string> known;
  for (const auto& parameter : all_parameters(declared)) {
    if (parameter.title == name)
      return {parameter.title, parameter.label, parameter.shown_unit_name, parameter};
    known.push_back(parameter.title);
  }
  throw ConfigError(fmt::format("targets: '{}' is unknown; {}", name, expected_one_of(known, name)));
}

std::vector<Target> targets(const std::vector<std::string>& names, std::span<const Parameter> declared) {
  std::vector<Target> found;
  for (const auto& name : names)
    found.push_back(target(name, declared));
  return found;
}

const std::vector<std::string>& measured_targets() {
  static const std::vector<std::string> names{"R", "intensity"};
  return names;
}

std::size_t class_of(double value, std::span<const double> edges) {
  if (!(value >= edges.front() && value <= edges.back()))
    throw DataError(fmt::format("{} lies in none of the classes from {} to {}", format_number(value),
                                format_number(edges.front()), format_number(edges.back())));
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
