#include "libpmd/dataset/molecules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"

namespace bondscope {
namespace {

constexpr const char *key = "molecule", *section_key = "molecules";

Parameter always_zero(Parameter parameter) {
  parameter.range = Range::between(0, 0);
  parameter.fallback = 0;
  return parameter;
}

bool has(std::span<const Parameter> parameters, const std::string& name) {
  return std::ranges::find(parameters, name, &Parameter::name) != parameters.end();
}

}  // namespace

Molecules::Molecules(const std::vector<Molecule>& defined, const Config& dataset, MoleculeFiles files)
    : files_(files) {
  for (const auto& molecule : built_in_molecules())
    known_.emplace(molecule.name, molecule);
  for (const auto& molecule : defined) {
    add(dataset, section_key, molecule);
    defined_.push_back(molecule.name);
  }
}

const Molecule& Molecules::add(const Config& config, const char* where, const Molecule& molecule) {
  const auto [place, is_new] = known_.emplace(molecule.name, molecule);
  if (!is_new && !(place->second == molecule))
    config.fail(where, fmt::format("{} has another definition{}; expected another name for one of them",
                                   molecule.name,
                                   find_molecule({}, molecule.name) ? ", which is built in" : " already"));
  return place->second;
}

const Molecule& Molecules::named_in(const Config& config, const std::string& fallback) {
  const auto text = config.text(key, fallback);
  if (const auto known = known_.find(text); known != known_.end()) return known->second;
  if (const auto name = names_.find(text); name != names_.end()) return known_.at(name->second);
  if (files_ == MoleculeFiles::refused) {
    std::vector<std::string> all;
    for (const auto& [name, molecule] : known_)
      all.push_back(name);
    config.fail(key, fmt::format("'{}' is unknown; {}", text, expected_one_of(all, text)));
  }
  std::filesystem::path file;
  try {
    file = find_config(section_key, text);
  } catch (const Error& error) {
    config.fail(key, error.what());
  }
  const auto molecule = Molecule::from_file(file);
  if (file != text && molecule.name != text)
    config.fail(key,
                fmt::format("{} defines '{}'; expected a file of that name", file.string(), molecule.name));
  names_.emplace(text, molecule.name);
  return add(config, key, molecule);
}

std::vector<Parameter> Molecules::parameters_of(const Molecule& molecule,
                                                std::span<const Parameter> declared) const {
  std::vector<Parameter> parameters;
  for (const auto& parameter : common_parameters())
    parameters.push_back(parameter.member == &RunParameters::R && !molecule.depends_on(parameter.name)
                             ? always_zero(parameter)
                             : parameter);
  parameters.insert(parameters.end(), declared.begin(), declared.end());
  parameters.insert(parameters.end(), molecule.parameters.begin(), molecule.parameters.end());
  for (const auto& [name, other] : known_)
    for (const auto& parameter : other.parameters)
      if (!has(parameters, parameter.name)) parameters.push_back(always_zero(parameter));
  return parameters;
}

void Molecules::expect_used(const std::vector<std::string>& used, const Config& dataset) const {
  for (const auto& name : defined_)
    if (std::ranges::find(used, name) == used.end())
      dataset.section(section_key).fail(name, "no run is of this molecule");
}

}  // namespace bondscope
