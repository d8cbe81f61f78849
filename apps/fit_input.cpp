#include "apps/fit_input.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/store/counted_electrons.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

/// A measured distribution knows its pulse if its importer was told, and has no runs.
void read_measured(const Config& config, const Config& dataset, const FitOptions& options, FitInput& input) {
  const bool given = std::ranges::any_of(
      options.set, [](const std::string& one) { return one.starts_with("dataset.pulse."); });
  if (!dataset.has("pulse") && !given)
    throw WrongCommandLine(
        fmt::format("{}: the pulse is not known; expected --set dataset.pulse.wavelength_nm=… and "
                    "dataset.pulse.cycles=…",
                    input.name));
  read(dataset, input.common.model);
  input.run.declared.clear();
  if (input.arrays.counts.empty() || !config.has("import")) return;
  const auto import = config.section("import");
  if (import.has("background") || import.has("background_level"))
    throw ConfigError(
        fmt::format("{}: its counts have the background in them, which computed distributions have not; "
                    "expected a store imported without",
                    input.name));
}

/// Of those that the input's data set has, only the fitted run's counts.
void keep_one_molecule(FitInput& input) {
  auto& model = input.common.model;
  std::erase_if(model.molecules, [&](const Molecule& one) { return one.name != input.run.molecule; });
  const auto* molecule = find_molecule(model.molecules, input.run.molecule);
  if (!molecule || !molecule->depends_on("softening")) model.softening = ModelParameters{}.softening;
}

/// How the focal average was made that a derived store comes from, through however many steps; null: of none.
nlohmann::json focal_method(const StoreDescription& d) {
  auto method = d.derivation ? nlohmann::json::parse(d.derivation->method) : nlohmann::json();
  while (method.is_object() && method.value("kind", nlohmann::json()) != "focal_average")
    method = method.value("of", nlohmann::json());
  return method;
}

/// A single run is no model of an average. The lower cut of the average's focal integral.
double focal_lowest(const StoreDescription& d, const FitOptions& options, const std::string& name) {
  constexpr double usual = 2e13;
  const auto method = focal_method(d);
  if (!options.focal && method.is_object())
    throw WrongCommandLine(
        fmt::format("{} is an average over the focal volume; expected --focal N, the number of intensities "
                    "that each is computed from",
                    name));
  if (!options.focal && options.focal_lowest_w_cm2)
    throw WrongCommandLine("--focal-lowest is for averages over the focal volume; expected --focal N, too");
  const auto known = method.is_object() ? method.value("lowest_w_cm2", nlohmann::json()) : nlohmann::json();
  return options.focal_lowest_w_cm2.value_or(known.is_number() ? known.get<double>() : usual);
}

/// How many electrons a computed distribution was counted with; 0: none were counted. A computed distribution
/// is no model of what was blurred as well, or rounded after it was counted, unless it is told to be.
double electrons_counted(const StoreDescription& d, std::size_t row, const FitOptions& options,
                         const std::string& name) {
  // Of a measured density the number alone does not say how noisy it is: there may be a background in it.
  if (d.is_measured(row) || options.observation.electrons) return 0;
  const double electrons = electrons_of(d)[row];
  if (electrons <= 0 || !d.derivation) return electrons;
  const auto method = nlohmann::json::parse(d.derivation->method);
  std::vector<std::string> others;
  for (auto step = method; step.is_object(); step = step.value("of", nlohmann::json())) {
    const auto kind = step.value("kind", nlohmann::json());
    if (kind == "compact") others.emplace_back("compact");
    if (kind != "degradation") continue;
    const auto settings = step.value("settings", nlohmann::json());
    for (const auto& [setting, given] : settings.items())
      if (setting != "electrons" && given.is_object() && !given.value("value", nlohmann::json()).is_null())
        others.push_back(setting);
  }
  if (!others.empty())
    throw WrongCommandLine(fmt::format(
        "{}: its {:.3g} electrons were counted, and it was changed otherwise, too ({}), which computed "
        "distributions are not; expected --electrons {:.3g} to fit it all the same",
        name, electrons, fmt::join(others, ", "), electrons));
  return electrons;
}

}  // namespace

FitInput read_input(const FitOptions& options) {
  const auto store = Store::open(options.input, Store::Mode::read);
  const auto& d = store.description();
  const auto row = [&]() -> std::size_t {
    const auto numbers = numbers_of(d);
    if (!options.run) {
      if (numbers.size() != 1)
        throw WrongCommandLine(
            fmt::format("{} has {} runs; expected --run N", options.input.string(), numbers.size()));
      return 0;
    }
    const auto place = std::ranges::find(numbers, *options.run);
    if (place == numbers.end())
      throw WrongCommandLine(
          fmt::format("--run {}: {} has no such run", *options.run, options.input.string()));
    return static_cast<std::size_t>(place - numbers.begin());
  }();
  auto content = store.load(row);
  if (content.record.commit.state != RunState::done || !store.matches(row, content))
    throw DataError(store.name_of(row) + " is not done, or damaged");
  FitInput input;
  input.pmd = std::move(content.pmd);
  input.arrays = std::move(content.arrays);
  input.plane = plane_of(d.kx, d.ky);
  input.run = d.runs[row];
  if (!d.unknown.empty()) input.unknown = d.unknown[row];
  input.name = store.name_of(row);
  input.checksum = content.record.commit.payload_checksum;
  input.focal_lowest_w_cm2 = focal_lowest(d, options, input.name);
  input.electrons = electrons_counted(d, row, options, input.name);
  if (!d.configuration.empty()) {
    const auto config = Config::from_text(d.configuration, options.input.string());
    if (config.has("dataset")) {
      const auto dataset = config.section("dataset");
      if (d.is_measured(row)) {
        read_measured(config, dataset, options, input);
      } else {
        input.common.model = DataSet::from_config(dataset, MoleculeFiles::refused).model;
        input.common.declared = d.declared;
      }
    }
  }
  if (options.molecule) input.run.molecule = *options.molecule;
  keep_one_molecule(input);
  input.common.preset = options.preset;
  input.common.set = options.set;
  input.parameters = all_parameters(input.common.declared);
  return input;
}
