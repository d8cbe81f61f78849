#include "libml/data/targets.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope::ml {

namespace {

/// "cos_2_angle" as its part and multiple; the rest is the parameter's title.
struct SplitName {
  Part part = Part::itself;
  int multiple = 1;
  std::string title;
};

SplitName split_name(const std::string& name) {
  SplitName split{.title = name};
  if (name.starts_with("cos_")) split.part = Part::cosine;
  if (name.starts_with("sin_")) split.part = Part::sine;
  if (split.part == Part::itself) return split;
  split.title = name.substr(4);
  if (split.title.size() > 2 && split.title[1] == '_' && split.title[0] >= '2' && split.title[0] <= '9') {
    split.multiple = split.title[0] - '0';
    split.title = split.title.substr(2);
  }
  return split;
}

Target part_of(const Parameter& parameter, const SplitName& split, const std::string& name) {
  const auto label = fmt::format("{} {}{}", split.part == Part::cosine ? "cos" : "sin",
                                 split.multiple > 1 ? std::to_string(split.multiple) : "", parameter.symbol);
  return {name, label, "", parameter, split.part, split.multiple};
}

}  // namespace

double Target::value(const RunParameters& run) const {
  if (part != Part::itself) {
    const double angle = parameter.of(run) * multiple * 2 * std::numbers::pi / parameter.period;
    return part == Part::cosine ? std::cos(angle) : std::sin(angle);
  }
  // Not divided: the last bits of what older models were tested on are those of the product.
  return parameter.of(run) * (1 / parameter.shown_unit);
}

Target target(const std::string& name, std::span<const Parameter> declared) {
  const auto parameters = all_parameters(declared);
  const auto split = split_name(name);
  std::vector<std::string> known;
  for (const auto& parameter : parameters) {
    if (parameter.title == name)
      return {parameter.title, parameter.label, parameter.shown_unit_name, parameter};
    known.push_back(parameter.title);
  }
  for (const auto& parameter : parameters) {
    if (!(parameter.period > 0)) continue;
    if (split.part != Part::itself && parameter.title == split.title) return part_of(parameter, split, name);
    known.push_back("cos_" + parameter.title);
    known.push_back("sin_" + parameter.title);
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
