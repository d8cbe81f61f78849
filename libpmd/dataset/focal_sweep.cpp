#include "libpmd/dataset/focal_sweep.hpp"

#include <algorithm>
#include <map>
#include <string>

#include <fmt/format.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

constexpr std::int64_t most_points = 1'000'000;
const Range lowest_range = Range::between(1e9, 1e16);

/// The smallest and the largest peak intensity there can be.
std::pair<double, double> peaks(const RunSet& points) {
  if (const auto* ranges = std::get_if<RunRanges>(&points))
    return {ranges->min.intensity_w_cm2, ranges->max.intensity_w_cm2};
  const auto [least, largest] =
      std::ranges::minmax(std::get<RunList>(points), {}, &RunParameters::intensity_w_cm2);
  return {least.intensity_w_cm2, largest.intensity_w_cm2};
}

/// So that the numbers of a mistyped section are refused before they are drawn.
void check(const FocalSweep& sweep, const Config& section) {
  const auto [lowest_peak, highest_peak] = peaks(sweep.points);
  if (sweep.lowest_w_cm2 >= lowest_peak)
    section.fail("lowest_w_cm2",
                 fmt::format("{} is not below all peak intensities, which begin at {}; expected "
                             "a fraction of that, e.g. {}",
                             format_number(sweep.lowest_w_cm2), format_number(lowest_peak),
                             format_number(lowest_peak / 5)));
  std::size_t most_nodes = 0;
  try {
    most_nodes = sweep.nodes(highest_peak).size();
  } catch (const ConfigError& e) {
    section.fail(sweep.ladder_ratio > 0 ? "ladder_ratio" : "intensities", e.what());
  }
  if (sweep.size() > static_cast<std::size_t>(most_points) || sweep.size() * most_nodes > most_runs)
    section.fail("points",
                 fmt::format("{} points of up to {} runs are too many; expected at most {} points and "
                             "{} runs",
                             sweep.size(), most_nodes, most_points, most_runs));
}

}  // namespace

FocalSweep FocalSweep::from_config(const Config& section, const Config& dataset, const RunKeys& keys) {
  FocalSweep sweep;
  sweep.points = read_run_set(section, "points", dataset, keys);
  if (std::holds_alternative<RunRanges>(sweep.points))
    sweep.peaks_per_R = static_cast<std::uint64_t>(section.integer("peaks_per_R", 1, most_points, 1));
  sweep.lowest_w_cm2 = section.number("lowest_w_cm2", lowest_range, sweep.lowest_w_cm2);
  if (section.has("ladder_ratio")) {
    for (const char* key : {"intensities", "rule"})
      if (section.has(key))
        section.fail("ladder_ratio",
                     fmt::format("{} is given too; expected one of them: intensities and rule for "
                                 "intensities of each point's own, ladder_ratio for common ones",
                                 key));
    sweep.ladder_ratio = section.number("ladder_ratio", Range::between(1.01, 2));
  } else {
    sweep.intensities = static_cast<int>(section.integer("intensities", 2, 1000, sweep.intensities));
    const auto& rules = focal_rule_names();
    const std::string rule = section.choice("rule", rules, to_string(sweep.rule));
    sweep.rule = static_cast<FocalRule>(std::find(rules.begin(), rules.end(), rule) - rules.begin());
  }
  check(sweep, section);
  return sweep;
}

void FocalSweep::emit(YAML::Emitter& out) const {
  out << YAML::BeginMap;
  bondscope::emit(out, points, "points");
  if (std::holds_alternative<RunRanges>(points))
    out << YAML::Key << "peaks_per_R" << YAML::Value << peaks_per_R;
  out << YAML::Key << "lowest_w_cm2" << YAML::Value << format_number(lowest_w_cm2);
  if (ladder_ratio > 0)
    out << YAML::Key << "ladder_ratio" << YAML::Value << format_number(ladder_ratio);
  else
    out << YAML::Key << "intensities" << YAML::Value << intensities << YAML::Key << "rule" << YAML::Value
        << to_string(rule);
  out << YAML::EndMap;
}

RunParameters FocalSweep::point(std::uint64_t seed, std::size_t index) const {
  return run_of(points, seed, index, DrawPurpose::focal_points, peaks_per_R);
}

std::vector<FocalNode> FocalSweep::nodes(double peak) const {
  return ladder_ratio > 0 ? focal_ladder(peak, lowest_w_cm2, ladder_ratio)
                          : focal_nodes(rule, peak, lowest_w_cm2, intensities);
}

RunsAndAverages with_focal_runs(std::vector<RunParameters> plain, const FocalSweep& sweep,
                                std::uint64_t seed) {
  RunsAndAverages all{std::move(plain), {}};
  std::map<RunParameters, std::size_t> rows;
  for (std::size_t row = 0; row < all.runs.size(); ++row)
    rows.emplace(all.runs[row], row);
  all.averages.reserve(sweep.size());
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    FocalAverage average{sweep.point(seed, i), sweep.lowest_w_cm2, {}};
    for (const auto& node : sweep.nodes(average.point.intensity_w_cm2)) {
      RunParameters run = average.point;
      run.intensity_w_cm2 = node.intensity;
      const auto [place, added] = rows.emplace(run, all.runs.size());
      if (added) all.runs.push_back(run);
      average.terms.push_back({place->second, node.weight});
    }
    all.averages.push_back(std::move(average));
  }
  if (all.runs.size() > most_runs)
    throw ConfigError(
        fmt::format("the data set needs {} runs; expected at most {}", all.runs.size(), most_runs));
  return all;
}

}  // namespace bondscope
