#include "libpmd/dataset/single_run.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/model/pulse_parameters.hpp"

namespace bondscope {
namespace {

std::string quoted(const std::string& text) {
  YAML::Emitter out;
  out << YAML::DoubleQuoted << text;
  return out.c_str();
}

/// The keys that say where a molecule's centres are, "R: 2, bend: 1.8, ".
std::string geometry_of(const SingleRun& single) {
  const auto given = Config::from_text("molecule: " + quoted(single.run.molecule), "command line");
  Molecules molecules({}, given, MoleculeFiles::allowed);
  const bool has_R = molecules.named_in(given, {}).depends_on("R");
  std::string text;
  if (single.R || has_R) text += fmt::format("R: {}, ", format_number(single.R.value_or(2)));
  for (const auto& assignment : single.geometry) {
    const auto equals = assignment.find('=');
    const auto name = assignment.substr(0, equals);
    const auto value =
        equals == std::string::npos ? std::nullopt : read_number(assignment.substr(equals + 1));
    if (!value || name.find_first_not_of("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") !=
                      std::string::npos)
      throw ConfigError(
          fmt::format("--geometry {}: expected NAME=NUMBER with a parameter of the molecule", assignment));
    text += fmt::format("{}: {}, ", name, format_number(*value));
  }
  return text;
}

}  // namespace

std::string single_run_dataset(const SingleRun& single, const ModelParameters& model) {
  const auto& run = single.run;
  const auto yaml = fmt::format(R"(name: single run
pulse: {}
softening: {}
runs:
  - {{molecule: {}, {}intensity_w_cm2: {}, cep: {}, angle_deg: {}}}
)",
                                to_text(model.pulse), format_number(model.softening), quoted(run.molecule),
                                geometry_of(single), format_number(run.intensity_w_cm2),
                                format_number(run.cep), format_number(single.angle_deg));
  DataSet::from_config(Config::from_text(yaml, "command line"));
  return yaml;
}

}  // namespace bondscope
