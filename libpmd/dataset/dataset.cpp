#include "libpmd/dataset/dataset.hpp"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/pulse_parameters.hpp"

namespace bondscope {
namespace {

std::vector<RunParameters> plain_runs(const DataSet& set) {
  std::vector<RunParameters> runs;
  for (std::size_t i = 0; i < size(set.content); ++i)
    runs.push_back(run_of(set.content, set.seed, i));
  runs.insert(runs.end(), set.also.begin(), set.also.end());
  return with_displaced(std::move(runs), set.displaced, all_parameters(set.declared));
}

FocalSweep with_points(FocalSweep sweep, std::size_t points) {
  resize(sweep.points, points);
  return sweep;
}

/// As many points as `runs` suffice for.
void resize_averages(DataSet& set, std::size_t runs) {
  const auto needed = [&](std::size_t points) {
    return with_focal_runs({}, with_points(*set.focal, points), set.seed).runs.size();
  };
  const auto fit = [&](std::size_t points) { return needed(points) <= runs; };
  const bool listed = std::holds_alternative<RunList>(set.focal->points);
  // Points that share all their runs with others would fit without end.
  const std::size_t most = listed ? set.focal->size() : std::max(runs, set.focal->size());
  if (!fit(1))
    throw ConfigError(fmt::format(
        "--runs {}: one focal average of the data set '{}' alone needs {}; expected at least as many", runs,
        set.name, needed(1)));
  std::size_t enough = 1;
  while (2 * enough <= most && fit(2 * enough))
    enough *= 2;
  std::size_t too_many = std::min(2 * enough, most + 1);
  while (too_many - enough > 1) {
    const std::size_t middle = enough + (too_many - enough) / 2;
    (fit(middle) ? enough : too_many) = middle;
  }
  set.focal = with_points(*set.focal, enough);
}

template <class Set, class Visit>
void for_each_run_of(Set& set, const Visit& visit) {
  for_each_run(set.content, visit);
  std::ranges::for_each(set.also, visit);
  if (set.focal) for_each_run(set.focal->points, visit);
}

/// Whether a store's configuration must define the molecule: stores of before have none of those built in.
/// In these every molecule had the data set's softening, so that one without it says so.
bool must_be_defined(const Molecule& molecule, const ModelParameters& model) {
  const bool built_in = find_molecule({}, molecule.name) != nullptr;
  return !built_in || (!molecule.depends_on("softening") && model.softening != ModelParameters{}.softening);
}

/// Notes which molecules there are, and gives every run all parameters; those that its molecule does not have
/// are 0.
void settle(DataSet& set, const Molecules& molecules, const Config& config) {
  const auto names = set.molecules();
  molecules.expect_used(names, config);
  set.model.molecules.clear();
  for (const auto& name : names) {
    const auto& molecule = molecules.at(name);
    if (must_be_defined(molecule, set.model)) set.model.molecules.push_back(molecule);
    for (const auto& parameter : molecule.parameters) {
      const auto same = std::ranges::find(set.declared, parameter.name, &Parameter::name);
      if (same == set.declared.end())
        set.declared.push_back(parameter);
      else if (declarations_text({*same}) != declarations_text({parameter}))
        config.fail("molecule",
                    fmt::format("{} declares the parameter {} otherwise than the data set or another "
                                "molecule; expected another name for one of them",
                                name, parameter.name));
    }
  }
  if (set.declared.size() > most_declared)
    config.fail("molecule", fmt::format("the runs have {} declared parameters; expected at most {}",
                                        set.declared.size(), most_declared));
  for_each_run_of(set, [&](RunParameters& run) {
    std::vector<DeclaredValue> values;
    for (const auto& parameter : set.declared) {
      const auto given = std::ranges::find(run.declared, parameter.name, &DeclaredValue::name);
      values.push_back({parameter.name, given == run.declared.end() ? 0 : given->value});
    }
    std::ranges::sort(values, {}, &DeclaredValue::name);
    run.declared = std::move(values);
  });
}

/// Of the whole file, once its parameters are declared.
void expect_keys(const Config& config, const RunKeys& keys) {
  name_molecules(config, {"runs", "also"}, keys.molecules);
  std::vector<std::string> others{"name", "seed", "pulse",     "parameters", "molecules",
                                  "runs", "also", "displaced", "focal"};
  if (const auto present = config.keys(); std::ranges::find(present, "focal") != present.end()) {
    const Config focal = config.section("focal");
    name_molecules(focal, {"points"}, keys.molecules);
    expect_run_keys(focal, {"points", "peaks_per_R", "lowest_w_cm2", "ladder_ratio", "intensities", "rule"},
                    keys);
  }
  for (const auto& field : model_fields())
    others.emplace_back(field.key);
  expect_run_keys(config, others, keys);
}

/// Of the pairs beside the plain runs.
void expect_within_ranges(const DataSet& set, const Config& config) {
  const auto parameters = all_parameters(set.declared);
  for (const auto& displacement : set.displaced) {
    const auto& parameter = *std::ranges::find(parameters, displacement.parameter, &Parameter::name);
    const auto check = [&](const RunParameters& run) {
      for (const auto& one : displaced(run, displacement, parameters))
        if (!parameter.range.contains(parameter.of(one)))
          config.section("displaced")
              .fail(parameter.name,
                    fmt::format("{} from {} = {} is {}; expected {}", format_number(displacement.step),
                                parameter.name, format_number(parameter.of(run)),
                                format_number(parameter.of(one)), parameter.range.describe()));
    };
    for_each_run(set.content, check);
    std::ranges::for_each(set.also, check);
  }
}

/// Without those of molecules.
std::vector<Parameter> declared_here(const DataSet& set) {
  auto own = set.declared;
  std::erase_if(own, [&](const Parameter& parameter) {
    return std::ranges::any_of(set.model.molecules, [&](const Molecule& molecule) {
      return std::ranges::find(molecule.parameters, parameter.name, &Parameter::name) !=
             molecule.parameters.end();
    });
  });
  return own;
}

}  // namespace

DataSet DataSet::from_config(const Config& config, MoleculeFiles files) {
  DataSet set;
  read(config, set.model);
  set.declared = read_declarations(config, declarable_parameters(set.model.pulse));
  const auto own = set.declared;
  Molecules molecules(set.model.molecules, config, files);
  const RunKeys keys{own, molecules};
  expect_keys(config, keys);
  set.name = config.text("name");
  if (set.name.empty()) config.fail("name", "the name is empty");
  set.seed =
      static_cast<std::uint64_t>(config.integer("seed", 0, std::numeric_limits<std::int64_t>::max(), 0));
  const bool averages = config.has("focal");
  if (config.has("runs") || !averages)
    set.content = read_run_set(config, "runs", config, keys);
  else
    set.content = RunList();
  if (config.has("also")) {
    const auto* ranges = std::get_if<RunRanges>(&set.content);
    if (!ranges) config.fail("also", "is for runs beside draws; expected a number of draws as `runs`");
    set.also = read_further_runs(config, "also", *ranges, keys);
  }
  if (averages) set.focal = FocalSweep::from_config(config.section("focal"), config, keys);
  settle(set, molecules, config);
  if (config.has("displaced")) {
    if (bondscope::size(set.content) == 0)
      config.fail("displaced", "is for plain runs, and there are none; expected `runs`");
    set.displaced = read_displacements(config, all_parameters(set.declared));
    expect_within_ranges(set, config);
  }
  config.expect_all_known();
  return set;
}

std::string DataSet::to_yaml() const {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << name;
  out << YAML::Key << "seed" << YAML::Value << seed;
  out << YAML::Key << "pulse" << YAML::Value << YAML::BeginMap;
  bondscope::emit(out, model.pulse);
  out << YAML::EndMap;
  bondscope::emit(out, model_fields(), model, "");
  if (const auto own = declared_here(*this); !own.empty()) {
    out << YAML::Key << "parameters" << YAML::Value;
    bondscope::emit(out, own);
  }
  if (!model.molecules.empty()) {
    out << YAML::Key << "molecules" << YAML::Value << YAML::BeginMap;
    for (const auto& molecule : model.molecules) {
      out << YAML::Key << molecule.name << YAML::Value;
      molecule.emit(out);
    }
    out << YAML::EndMap;
  }
  if (bondscope::size(content) > 0) emit(out, content, "runs");
  if (!also.empty()) {
    out << YAML::Key << "also" << YAML::Value;
    bondscope::emit(out, also);
  }
  if (!displaced.empty()) {
    out << YAML::Key << "displaced" << YAML::Value;
    bondscope::emit(out, displaced);
  }
  if (focal) {
    out << YAML::Key << "focal" << YAML::Value;
    focal->emit(out);
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

std::vector<std::string> DataSet::molecules() const {
  std::set<std::string> names;
  for_each_run_of(*this, [&](const RunParameters& run) { names.insert(run.molecule); });
  return {names.begin(), names.end()};
}

std::size_t DataSet::size() const {
  if (focal) return draw().size();
  return (bondscope::size(content) + also.size()) * (1 + 2 * displaced.size());
}

void DataSet::resize(std::size_t runs) {
  if (runs == 0 || runs > most_runs)
    throw ConfigError(fmt::format("--runs {}: expected 1 to {}", runs, most_runs));
  if (const auto* list = std::get_if<RunList>(&content)) {
    if (list->empty()) return resize_averages(*this, runs);
    if (runs > list->size())
      throw ConfigError(
          fmt::format("--runs {}: the data set '{}' lists only {} runs", runs, name, list->size()));
  }
  bondscope::resize(content, runs);
}

std::vector<RunParameters> DataSet::draw() const {
  auto runs = plain_runs(*this);
  if (!focal) return runs;
  return with_focal_runs(std::move(runs), *focal, seed).runs;
}

std::vector<FocalAverage> DataSet::averages() const {
  if (!focal) return {};
  return with_focal_runs(plain_runs(*this), *focal, seed).averages;
}

bool is_set_list(const Config& config) {
  return config.has("sets");
}

std::vector<std::string> read_set_list(const Config& config) {
  auto names = config.texts("sets");
  config.expect_all_known();
  return names;
}

}  // namespace bondscope
