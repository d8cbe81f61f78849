#include "libtdse/farm/dataset.hpp"

#include <cmath>

#include <Random123/philox.h>

#include "libtdse/base/error.hpp"
#include "libtdse/model/molecule.hpp"
#include "libtdse/model/units.hpp"

namespace tdse {
namespace {

constexpr std::size_t most_runs = 10'000'000;
const Range distance_range = Range::positive_up_to(50);
const Range intensity_range = Range::positive_up_to(1e16);
const Range angle_range = Range::between(-1e6, 1e6);

Interval read_interval(const Config& config, const std::string& key, Range range,
                       std::optional<double> fallback) {
  if (!config.is_list(key)) {
    const double value = config.number(key, range, fallback);
    return {value, value};
  }
  const auto ends = config.numbers(key, 2, 2, range);
  if (ends[1] < ends[0])
    config.fail(key, "[" + format_number(ends[0]) + ", " + format_number(ends[1]) +
                         "] is empty; expected [smaller, larger]");
  return {ends[0], ends[1]};
}

bool angle_in_degrees(const Config& config) {
  const bool degrees = config.has("angle_deg");
  if (degrees && config.has("angle")) config.fail("angle_deg", "angle is given too; expected one of them");
  return degrees;
}

RunRanges read_ranges(const Config& config) {
  RunRanges ranges;
  ranges.molecule = config.choice("molecule", molecule_names(), "H2+");
  ranges.runs = static_cast<std::size_t>(config.integer("runs", 1, most_runs));
  ranges.R = read_interval(config, "R", distance_range, {});
  ranges.intensity_w_cm2 = read_interval(config, "intensity_w_cm2", intensity_range, {});
  ranges.cep = read_interval(config, "cep", angle_range, 0.0);
  if (angle_in_degrees(config)) {
    const Interval degrees = read_interval(config, "angle_deg", angle_range, {});
    ranges.angle = {degrees.min * units::degrees, degrees.max * units::degrees};
  } else {
    ranges.angle = read_interval(config, "angle", angle_range, 0.0);
  }
  return ranges;
}

std::vector<RunParameters> read_list(const Config& config) {
  const std::string molecule = config.choice("molecule", molecule_names(), "H2+");
  std::vector<RunParameters> runs;
  for (const Config& item : config.sections("runs")) {
    RunParameters run;
    run.molecule = item.choice("molecule", molecule_names(), molecule);
    run.R = item.number("R", distance_range);
    run.intensity_w_cm2 = item.number("intensity_w_cm2", intensity_range);
    run.cep = item.number("cep", angle_range, 0.0);
    run.angle = angle_in_degrees(item) ? item.number("angle_deg", angle_range) * units::degrees
                                       : item.number("angle", angle_range, 0.0);
    runs.push_back(run);
  }
  if (runs.empty()) config.fail("runs", "the list is empty");
  return runs;
}

/// 53 random bits as a number in [0, 1).
double unit(std::uint32_t high, std::uint32_t low) {
  return static_cast<double>((std::uint64_t{high} << 32 | low) >> 11) * 0x1p-53;
}

double within(const Interval& interval, double u) {
  // fma, so that every compiler and processor rounds alike.
  return std::fma(u, interval.max - interval.min, interval.min);
}

RunParameters draw_run(const RunRanges& ranges, std::uint64_t seed, std::uint64_t run) {
  // Every quantity has its own bits: fixing one or widening its range leaves the draws of the others alone.
  const r123::Philox4x32 philox;
  const r123::Philox4x32::key_type key{
      {static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)}};
  const auto block = [&](std::uint32_t index) {
    return philox({{static_cast<std::uint32_t>(run), static_cast<std::uint32_t>(run >> 32), index, 0}}, key);
  };
  const auto first = block(0), second = block(1);
  return {ranges.molecule, within(ranges.R, unit(first[0], first[1])),
          within(ranges.intensity_w_cm2, unit(first[2], first[3])),
          within(ranges.cep, unit(second[0], second[1])), within(ranges.angle, unit(second[2], second[3]))};
}

void emit(YAML::Emitter& out, const char* key, const Interval& interval) {
  out << YAML::Key << key << YAML::Value;
  if (interval.min == interval.max)
    out << format_number(interval.min);
  else
    out << YAML::Flow << YAML::BeginSeq << format_number(interval.min) << format_number(interval.max)
        << YAML::EndSeq;
}

void emit(YAML::Emitter& out, const RunParameters& run) {
  out << YAML::Flow << YAML::BeginMap << YAML::Key << "molecule" << YAML::Value << run.molecule;
  out << YAML::Key << "R" << YAML::Value << format_number(run.R);
  out << YAML::Key << "intensity_w_cm2" << YAML::Value << format_number(run.intensity_w_cm2);
  out << YAML::Key << "cep" << YAML::Value << format_number(run.cep);
  out << YAML::Key << "angle" << YAML::Value << format_number(run.angle) << YAML::EndMap;
}

}  // namespace

DataSet DataSet::from_config(const Config& config) {
  DataSet set;
  set.name = config.text("name");
  if (set.name.empty()) config.fail("name", "the name is empty");
  set.seed =
      static_cast<std::uint64_t>(config.integer("seed", 0, std::numeric_limits<std::int64_t>::max(), 0));
  const Config pulse = config.section("pulse");
  set.model.wavelength_nm =
      pulse.number("wavelength_nm", Range::between(10, 100000), set.model.wavelength_nm);
  set.model.cycles = static_cast<int>(pulse.integer("cycles", 1, 100, set.model.cycles));
  set.model.softening = config.number("softening", Range::positive_up_to(100), set.model.softening);
  if (config.is_list("runs"))
    set.content = read_list(config);
  else
    set.content = read_ranges(config);
  config.expect_all_known();
  return set;
}

std::string DataSet::to_yaml() const {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << name;
  out << YAML::Key << "seed" << YAML::Value << seed;
  out << YAML::Key << "pulse" << YAML::Value << YAML::BeginMap;
  out << YAML::Key << "wavelength_nm" << YAML::Value << format_number(model.wavelength_nm);
  out << YAML::Key << "cycles" << YAML::Value << model.cycles << YAML::EndMap;
  out << YAML::Key << "softening" << YAML::Value << format_number(model.softening);
  if (const auto* ranges = std::get_if<RunRanges>(&content)) {
    out << YAML::Key << "molecule" << YAML::Value << ranges->molecule;
    out << YAML::Key << "runs" << YAML::Value << ranges->runs;
    emit(out, "R", ranges->R);
    emit(out, "intensity_w_cm2", ranges->intensity_w_cm2);
    emit(out, "cep", ranges->cep);
    emit(out, "angle", ranges->angle);
  } else {
    out << YAML::Key << "runs" << YAML::Value << YAML::BeginSeq;
    for (const auto& run : std::get<std::vector<RunParameters>>(content))
      emit(out, run);
    out << YAML::EndSeq;
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

std::size_t DataSet::size() const {
  if (const auto* ranges = std::get_if<RunRanges>(&content)) return ranges->runs;
  return std::get<std::vector<RunParameters>>(content).size();
}

void DataSet::resize(std::size_t runs) {
  if (runs == 0 || runs > most_runs)
    throw ConfigError("--runs " + std::to_string(runs) + ": expected 1 to " + std::to_string(most_runs));
  if (auto* ranges = std::get_if<RunRanges>(&content)) {
    ranges->runs = runs;
    return;
  }
  auto& list = std::get<std::vector<RunParameters>>(content);
  if (runs > list.size())
    throw ConfigError("--runs " + std::to_string(runs) + ": the data set '" + name + "' lists only " +
                      std::to_string(list.size()) + " runs");
  list.resize(runs);
}

std::vector<RunParameters> DataSet::draw() const {
  if (const auto* list = std::get_if<std::vector<RunParameters>>(&content)) return *list;
  const auto& ranges = std::get<RunRanges>(content);
  std::vector<RunParameters> runs;
  runs.reserve(ranges.runs);
  for (std::size_t i = 0; i < ranges.runs; ++i)
    runs.push_back(draw_run(ranges, seed, i));
  return runs;
}

}  // namespace tdse
