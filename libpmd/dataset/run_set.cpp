#include "libpmd/dataset/run_set.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/random/random_draws.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr const char* usual_molecule = "H2+";

struct Interval {
  double min = 0, max = 0;
};

/// The key that gives a parameter, and the unit of its number.
struct Key {
  std::string name;
  double unit = 1;
};

Key key_of(const Parameter& parameter, const Config& config) {
  const auto& [name, degrees] = std::tie(parameter.name, parameter.degrees_key);
  // Both are asked for, so that both count as known.
  const bool plain = config.has(name), in_degrees = !degrees.empty() && config.has(degrees);
  if (plain && in_degrees) config.fail(degrees, fmt::format("{} is given too; expected one of them", name));
  return in_degrees ? Key{degrees, units::degrees} : Key{name};
}

/// Of numbers in `unit`.
Range range_in(Range range, double unit) {
  if (unit == 1) return range;
  range.min /= unit;
  range.max /= unit;
  return range;
}

Interval read_interval(const Config& config, const Key& key, const Parameter& parameter) {
  const Range range = range_in(parameter.range, key.unit);
  if (!config.is_list(key.name)) {
    if (parameter.fallback && !config.has(key.name)) return {*parameter.fallback, *parameter.fallback};
    const double value = config.number(key.name, range) * key.unit;
    return {value, value};
  }
  const auto ends = config.numbers(key.name, 2, 2, range);
  if (ends[1] < ends[0])
    config.fail(key.name, fmt::format("[{}, {}] is empty; expected [smaller, larger]", format_number(ends[0]),
                                      format_number(ends[1])));
  return {ends[0] * key.unit, ends[1] * key.unit};
}

RunRanges read_ranges(const Config& config, const std::string& count_key, const Config& general,
                      const Molecule& molecule, const RunKeys& keys) {
  RunRanges ranges;
  ranges.min.molecule = ranges.max.molecule = molecule.name;
  ranges.runs = static_cast<std::size_t>(config.integer(count_key, 1, most_runs));
  for (const auto& parameter : keys.molecules.parameters_of(molecule, keys.declared)) {
    // Both are asked, so that a general value counts as known where a particular one is given, too.
    const Key of_all = key_of(parameter, general), own = key_of(parameter, config);
    const bool is_own = config.has(own.name) || !general.has(of_all.name);
    const auto interval = read_interval(is_own ? config : general, is_own ? own : of_all, parameter);
    parameter.set(ranges.min, interval.min);
    parameter.set(ranges.max, interval.max);
  }
  return ranges;
}

/// `fallback` of a parameter: its value where an item gives none; empty if it must.
template <class Fallback>
RunList read_list(const Config& config, const std::string& list_key, const std::string& molecule,
                  const RunKeys& keys, const Fallback& fallback) {
  RunList runs;
  for (const Config& item : config.sections(list_key)) {
    RunParameters run;
    const auto& own = keys.molecules.named_in(item, molecule);
    expect_run_keys(item, {}, keys);
    run.molecule = own.name;
    for (const auto& parameter : keys.molecules.parameters_of(own, keys.declared)) {
      const auto [key, unit] = key_of(parameter, item);
      const auto value = fallback(parameter);
      if (item.has(key) || !value)
        parameter.set(run, item.number(key, range_in(parameter.range, unit)) * unit);
      else
        parameter.set(run, *value);
    }
    runs.push_back(run);
  }
  if (runs.empty()) config.fail(list_key, "the list is empty");
  return runs;
}

double within(double min, double max, double u) {
  // fma, so that every compiler and processor rounds alike.
  return std::fma(u, max - min, min);
}

/// Which random numbers a declared parameter gets: its own, whichever others are declared beside it. Those of
/// the common ones come first.
std::uint32_t part_of(const std::string& name) {
  constexpr std::uint64_t of_common = 16;
  return static_cast<std::uint32_t>(of_common + Hash().add(name).value() % (0xffffffff - of_common));
}

void emit(YAML::Emitter& out, const RunRanges& ranges) {
  const auto least = values_of(ranges.min), largest = values_of(ranges.max);
  for (std::size_t i = 0; i < least.size(); ++i) {
    const auto min = format_number(least[i].value), max = format_number(largest[i].value);
    out << YAML::Key << least[i].name << YAML::Value;
    if (min == max)
      out << min;
    else
      out << YAML::Flow << YAML::BeginSeq << min << max << YAML::EndSeq;
  }
}

void emit(YAML::Emitter& out, const RunParameters& run) {
  out << YAML::Flow << YAML::BeginMap << YAML::Key << "molecule" << YAML::Value << run.molecule;
  for (const auto& [name, value] : values_of(run))
    out << YAML::Key << name << YAML::Value << format_number(value);
  out << YAML::EndMap;
}

}  // namespace

void name_molecules(const Config& config, std::initializer_list<const char*> lists, Molecules& molecules) {
  molecules.named_in(config, usual_molecule);
  const auto present = config.keys();
  for (const char* list : lists)
    if (std::ranges::find(present, list) != present.end() && config.is_list(list))
      for (const Config& item : config.sections(list))
        molecules.named_in(item, usual_molecule);
}

void expect_run_keys(const Config& config, std::vector<std::string> others, const RunKeys& keys) {
  others.emplace_back("molecule");
  const auto& any = keys.molecules.named_in(config, usual_molecule);
  for (const auto& parameter : keys.molecules.parameters_of(any, keys.declared)) {
    others.push_back(parameter.name);
    if (!parameter.degrees_key.empty()) others.push_back(parameter.degrees_key);
  }
  config.expect_keys(others);
}

RunSet read_run_set(const Config& config, const std::string& count_key, const Config& general,
                    const RunKeys& keys) {
  const auto& of_all = keys.molecules.named_in(general, usual_molecule);
  const auto& molecule = keys.molecules.named_in(config, of_all.name);
  if (config.is_list(count_key))
    return read_list(config, count_key, molecule.name, keys,
                     [](const Parameter& parameter) { return parameter.fallback; });
  return read_ranges(config, count_key, general, molecule, keys);
}

RunList read_further_runs(const Config& config, const std::string& list_key, const RunRanges& ranges,
                          const RunKeys& keys) {
  // The draws' molecule may not have a parameter, and that of an item may not.
  return read_list(
      config, list_key, ranges.min.molecule, keys, [&](const Parameter& parameter) -> std::optional<double> {
        if (!parameter.member && std::ranges::find(ranges.min.declared, parameter.name,
                                                   &DeclaredValue::name) == ranges.min.declared.end())
          return parameter.fallback;
        const double min = parameter.of(ranges.min);
        if (min == parameter.of(ranges.max) && parameter.range.contains(min)) return min;
        if (parameter.range.max == parameter.range.min) return parameter.fallback;
        return {};
      });
}

void emit(YAML::Emitter& out, const RunList& runs) {
  out << YAML::BeginSeq;
  for (const auto& run : runs)
    emit(out, run);
  out << YAML::EndSeq;
}

void emit(YAML::Emitter& out, const RunSet& set, const std::string& count_key) {
  if (const auto* ranges = std::get_if<RunRanges>(&set)) {
    out << YAML::Key << "molecule" << YAML::Value << ranges->min.molecule;
    out << YAML::Key << count_key << YAML::Value << ranges->runs;
    emit(out, *ranges);
  } else {
    out << YAML::Key << count_key << YAML::Value;
    emit(out, std::get<RunList>(set));
  }
}

std::size_t size(const RunSet& set) {
  if (const auto* ranges = std::get_if<RunRanges>(&set)) return ranges->runs;
  return std::get<RunList>(set).size();
}

void resize(RunSet& set, std::size_t runs) {
  if (auto* ranges = std::get_if<RunRanges>(&set))
    ranges->runs = runs;
  else
    std::get<RunList>(set).resize(runs);
}

RunParameters run_of(const RunSet& set, std::uint64_t seed, std::size_t index, DrawPurpose purpose,
                     std::uint64_t share) {
  if (const auto* list = std::get_if<RunList>(&set)) return list->at(index);
  const auto& ranges = std::get<RunRanges>(set);
  // Every quantity has its own bits: fixing one or widening its range leaves the draws of the others alone.
  const auto draws = [&](std::uint64_t draw, std::uint32_t part) {
    return draw_pair(seed, draw, static_cast<std::uint32_t>(purpose), part);
  };
  RunParameters run = ranges.min;
  std::uint32_t position = 0;
  for (const auto& parameter : common_parameters()) {
    const bool shared = parameter.member != &RunParameters::intensity_w_cm2;
    const auto pair = draws(shared ? index / share : index, position / 2);
    parameter.set(run, within(parameter.of(ranges.min), parameter.of(ranges.max), pair[position % 2]));
    ++position;
  }
  for (std::size_t i = 0; i < run.declared.size(); ++i)
    run.declared[i].value = within(ranges.min.declared[i].value, ranges.max.declared[i].value,
                                   draws(index / share, part_of(run.declared[i].name))[0]);
  return run;
}

}  // namespace bondscope
