#include "libtdse/farm/configuration.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>
#include <mpi.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/process/build_info.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"
#include "libtdse/farm/solve.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"

namespace bondscope::tdse {
namespace {

void apply_overrides(const std::vector<std::string>& assignments, Config& preset, Config& dataset) {
  for (const auto& assignment : assignments) {
    const auto dot = assignment.find('.');
    const auto section = assignment.substr(0, dot);
    if (dot == std::string::npos || dot > assignment.find('=') ||
        (section != "preset" && section != "dataset"))
      throw ConfigError(fmt::format(
          "--set {}: expected preset.KEY=VALUE or dataset.KEY=VALUE, e.g. --set preset.time_step=0.1",
          assignment));
    (section == "preset" ? preset : dataset).set(assignment.substr(dot + 1));
  }
}

std::string library_versions() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> mpi{};
  int length = 0;
  MPI_Get_library_version(mpi.data(), &length);
  std::string mpi_version(mpi.data());
  mpi_version = mpi_version.substr(0, mpi_version.find_first_of(",\n"));
  return fmt::format("HDF5 {}.{}.{}; {}; {}; transforms with {} instructions", major, minor, release,
                     mpi_version, compiler(), chosen_kernels().name);
}

/// Some lines of YAML as a section of a file.
std::string section(const std::string& key, const std::string& yaml) {
  std::string text = key + ":\n";
  std::istringstream lines(yaml);
  for (std::string line; std::getline(lines, line);)
    text += "  " + line + "\n";
  return text;
}

/// What a user's data set and preset say of molecules must have a meaning.
void check_molecules(const Config& dataset, const DataSet& set, const Preset& preset) {
  const auto depends = [&](const std::string& name) {
    return find_molecule(set.model.molecules, name)->depends_on("softening");
  };
  auto names = set.molecules();
  if (set.model.softening != ModelParameters{}.softening && std::ranges::none_of(names, depends))
    dataset.fail("softening", fmt::format("{} has no influence: no centre of {} depends on it; leave it out",
                                          format_number(set.model.softening), fmt::join(names, ", ")));
  const auto known = config_names("molecules");
  names.insert(names.end(), known.begin(), known.end());
  for (const auto& [name, own] : preset.per_molecule)
    if (std::ranges::find(names, name) == names.end())
      throw ConfigError(fmt::format("preset '{}': molecules.{}: no such molecule; {}", preset.name, name,
                                    expected_one_of(names, name)));
}

/// What --set changes must reach one of the data set's molecules: they may have settings of their own.
void check_overrides(const std::vector<std::string>& assignments, const Config& preset,
                     const std::vector<std::string>& molecules) {
  for (const auto& assignment : assignments)
    for (const auto& [key, own] :
         {std::pair{"grid.spacing", "spacing"}, {"grid.roll_off", "roll_off"}, {"time_step", "time_step"}}) {
      if (!assignment.starts_with(fmt::format("preset.{}=", key))) continue;
      const Config blocks = preset.section("molecules");
      const auto has_own = [&](const std::string& name) {
        return blocks.has(name) && blocks.section(name).has(own);
      };
      if (!molecules.empty() && std::ranges::all_of(molecules, has_own))
        throw ConfigError(
            fmt::format("--set {}: has no influence: this preset has a {} of its own for {}; expected "
                        "preset.molecules.{}.{}",
                        assignment, own, fmt::join(molecules, ", "), molecules.front(), own));
    }
}

}  // namespace

FarmConfiguration FarmConfiguration::load(const FarmSources& sources) {
  const std::string dataset_source =
      sources.dataset_text ? sources.dataset : find_config("datasets", sources.dataset).string();
  const std::string dataset_text =
      sources.dataset_text ? *sources.dataset_text : read_text_file(dataset_source);
  const auto preset_file = find_config("presets", sources.preset);
  const std::string preset_text = read_text_file(preset_file);
  Config dataset = Config::from_text(dataset_text, dataset_source);
  Config preset = Config::from_text(preset_text, preset_file.string());
  apply_overrides(sources.set, preset, dataset);

  FarmConfiguration farm{DataSet::from_config(dataset), Preset::from_config(preset), {}, sources.part};
  check_method(farm.preset);
  check_molecules(dataset, farm.dataset, farm.preset);
  check_overrides(sources.set, preset, farm.dataset.molecules());
  if (sources.runs) farm.dataset.resize(*sources.runs);
  if (sources.seed) farm.dataset.seed = *sources.seed;

  farm.given = fmt::format("# ---- data set: {}\n{}\n# ---- preset: {}\n{}\n", dataset_source, dataset_text,
                           preset_file.string(), preset_text);
  for (const auto& assignment : sources.set)
    farm.given += fmt::format("# ---- --set {}\n", assignment);
  if (sources.runs) farm.given += fmt::format("# ---- --runs {}\n", *sources.runs);
  if (sources.seed) farm.given += fmt::format("# ---- --seed {}\n", *sources.seed);
  return farm;
}

FarmConfiguration FarmConfiguration::from_resolved(const std::string& yaml, const std::string& source) {
  const Config config = Config::from_text(yaml, source);
  return {DataSet::from_config(config.section("dataset"), MoleculeFiles::refused),
          Preset::from_config(config.section("preset")),
          {},
          {}};
}

std::string FarmConfiguration::resolved() const {
  return section("preset", preset.to_yaml()) + section("dataset", dataset.to_yaml());
}

StoreDescription FarmConfiguration::describe() const {
  StoreDescription d;
  d.dataset = dataset.name;
  d.preset = preset.name;
  d.seed = dataset.seed;
  d.configuration = resolved();
  d.configuration_given = given;
  d.code_version = code_version();
  d.libraries = library_versions();
  d.machine = machine();
  d.created = utc_now();
  d.kx = preset.momentum.kx();
  d.ky = preset.momentum.ky();
  d.declared = dataset.declared;
  if (preset.amplitude) d.arrays = {"amplitude"};
  const auto all = dataset.draw();
  d.part = to_string(part);
  d.numbers = run_numbers(part, all.size());
  for (const auto number : d.numbers)
    d.runs.push_back(all[number]);
  return d;
}

Forecast FarmConfiguration::forecast(const std::vector<RunParameters>& runs) const {
  Forecast forecast;
  forecast.costs.reserve(runs.size());
  for (std::size_t i = 0; i < runs.size(); ++i)
    try {
      const Plan planned = plan(runs[i]);
      forecast.costs.push_back(planned.cost());
      forecast.bytes_per_run = std::max(forecast.bytes_per_run, planned.bytes());
    } catch (const ConfigError& e) {
      throw ConfigError(fmt::format("run {} ({}): {}", i, bondscope::describe(runs[i]), e.what()));
    }
  return forecast;
}

Solver tdse_solver(const std::string& resolved, const Team& team) {
  chosen_kernels();  // what is wrong with them on this rank alone, it must say before others wait for it
  const auto farm = FarmConfiguration::from_resolved(resolved, "the store's configuration");
  return [farm, team](const RunParameters& parameters, const RunMonitor& monitor,
                      const Checkpointing& checkpointing) {
    return solve(farm.plan(parameters), monitor, team, checkpointing);
  };
}

}  // namespace bondscope::tdse
