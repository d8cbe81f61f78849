#include "libpmd/dataset/displacements.hpp"

#include <algorithm>

#include "libpmd/base/text/number.hpp"

namespace bondscope {

std::vector<Displacement> read_displacements(const Config& config, std::span<const Parameter> parameters) {
  const Config section = config.section("displaced");
  std::vector<std::string> names;
  for (const auto& parameter : parameters)
    names.push_back(parameter.name);
  section.expect_keys(names);
  std::vector<Displacement> all;
  for (const auto& name : section.keys())
    all.push_back({name, section.number(name, Range::positive())});
  if (all.empty())
    config.fail("displaced", "names no parameter; expected steps to either side as {R: 0.005}");
  return all;
}

void emit(YAML::Emitter& out, const std::vector<Displacement>& displacements) {
  out << YAML::Flow << YAML::BeginMap;
  for (const auto& [parameter, step] : displacements)
    out << YAML::Key << parameter << YAML::Value << format_number(step);
  out << YAML::EndMap;
}

std::vector<RunParameters> displaced(const RunParameters& run, const Displacement& displacement,
                                     std::span<const Parameter> parameters) {
  const auto& parameter = *std::ranges::find(parameters, displacement.parameter, &Parameter::name);
  std::vector<RunParameters> pair;
  for (const double step : {-displacement.step, displacement.step}) {
    pair.push_back(run);
    parameter.set(pair.back(), parameter.of(run) + step);
  }
  return pair;
}

std::vector<RunParameters> with_displaced(std::vector<RunParameters> runs,
                                          const std::vector<Displacement>& displacements,
                                          std::span<const Parameter> parameters) {
  const std::size_t centres = runs.size();
  for (std::size_t i = 0; i < centres; ++i)
    for (const auto& displacement : displacements) {
      const auto pair = displaced(runs[i], displacement, parameters);
      runs.insert(runs.end(), pair.begin(), pair.end());
    }
  return runs;
}

}  // namespace bondscope
