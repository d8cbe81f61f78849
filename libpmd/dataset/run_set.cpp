#include "libpmd/dataset/run_set.hpp"

#include <cmath>

#include "libpmd/base/random/random_draws.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/molecule.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

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

/// "angle" or "angle_deg", whichever is given.
const char* angle_key(const Config& config) {
  const bool degrees = config.has("angle_deg"), radians = config.has("angle");
  if (degrees && radians) config.fail("angle_deg", "angle is given too; expected one of them");
  return degrees ? "angle_deg" : "angle";
}

double unit_of(const std::string& angle_key) {
  return angle_key == "angle_deg" ? units::degrees : 1;
}

RunRanges read_ranges(const Config& config, const std::string& count_key, const Config& general) {
  RunRanges ranges;
  // Both are asked, so that a general value counts as known where a particular one is given, too.
  const auto source = [&](const char* key) -> const Config& {
    const bool in_general = general.has(key);
    return config.has(key) || !in_general ? config : general;
  };
  const std::string molecule = general.choice("molecule", molecule_names(), "H2+");
  ranges.molecule = config.choice("molecule", molecule_names(), molecule);
  ranges.runs = static_cast<std::size_t>(config.integer(count_key, 1, most_runs));
  ranges.R = read_interval(source("R"), "R", distance_range, {});
  ranges.intensity_w_cm2 = read_interval(source("intensity_w_cm2"), "intensity_w_cm2", intensity_range, {});
  ranges.cep = read_interval(source("cep"), "cep", angle_range, 0.0);
  const char* const general_key = angle_key(general);
  const char* const own_key = angle_key(config);
  const bool own = config.has(own_key) || !general.has(general_key);
  const Interval angle = read_interval(own ? config : general, own ? own_key : general_key, angle_range, 0.0);
  const double unit = unit_of(own ? own_key : general_key);
  ranges.angle = {angle.min * unit, angle.max * unit};
  return ranges;
}

std::vector<RunParameters> read_list(const Config& config, const std::string& list_key,
                                     const Config& general) {
  const std::string of_all = general.choice("molecule", molecule_names(), "H2+");
  const std::string molecule = config.choice("molecule", molecule_names(), of_all);
  std::vector<RunParameters> runs;
  for (const Config& item : config.sections(list_key)) {
    RunParameters run;
    run.molecule = item.choice("molecule", molecule_names(), molecule);
    run.R = item.number("R", distance_range);
    run.intensity_w_cm2 = item.number("intensity_w_cm2", intensity_range);
    run.cep = item.number("cep", angle_range, 0.0);
    const char* const angle = angle_key(item);
    run.angle = item.number(angle, angle_range, 0.0) * unit_of(angle);
    runs.push_back(run);
  }
  if (runs.empty()) config.fail(list_key, "the list is empty");
  return runs;
}

double within(const Interval& interval, double u) {
  // fma, so that every compiler and processor rounds alike.
  return std::fma(u, interval.max - interval.min, interval.min);
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

RunSet read_run_set(const Config& config, const std::string& count_key, const Config& general) {
  if (config.is_list(count_key)) return read_list(config, count_key, general);
  return read_ranges(config, count_key, general);
}

void emit(YAML::Emitter& out, const RunSet& set, const std::string& count_key) {
  if (const auto* ranges = std::get_if<RunRanges>(&set)) {
    out << YAML::Key << "molecule" << YAML::Value << ranges->molecule;
    out << YAML::Key << count_key << YAML::Value << ranges->runs;
    emit(out, "R", ranges->R);
    emit(out, "intensity_w_cm2", ranges->intensity_w_cm2);
    emit(out, "cep", ranges->cep);
    emit(out, "angle", ranges->angle);
  } else {
    out << YAML::Key << count_key << YAML::Value << YAML::BeginSeq;
    for (const auto& run : std::get<std::vector<RunParameters>>(set))
      emit(out, run);
    out << YAML::EndSeq;
  }
}

std::size_t size(const RunSet& set) {
  if (const auto* ranges = std::get_if<RunRanges>(&set)) return ranges->runs;
  return std::get<std::vector<RunParameters>>(set).size();
}

RunParameters draw_run(const RunRanges& ranges, std::uint64_t seed, std::uint64_t index, DrawPurpose purpose,
                       std::uint64_t share) {
  // Every quantity has its own bits: fixing one or widening its range leaves the draws of the others alone.
  const auto draws = [&](std::uint64_t draw, std::uint32_t part) {
    return draw_pair(seed, draw, static_cast<std::uint32_t>(purpose), part);
  };
  const auto [cep, angle] = draws(index / share, 1);
  return {ranges.molecule, within(ranges.R, draws(index / share, 0)[0]),
          within(ranges.intensity_w_cm2, draws(index, 0)[1]), within(ranges.cep, cep),
          within(ranges.angle, angle)};
}

}  // namespace bondscope
