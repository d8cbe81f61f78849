#include "libpmd/dataset/dataset.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/declarations.hpp"
#include "libpmd/model/fields.hpp"

namespace bondscope {
namespace {

std::vector<RunParameters> plain_runs(const DataSet& set) {
  std::vector<RunParameters> runs;
  for (std::size_t i = 0; i < size(set.content); ++i)
    runs.push_back(run_of(set.content, set.seed, i));
  runs.insert(runs.end(), set.also.begin(), set.also.end());
  return runs;
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

}  // namespace

DataSet DataSet::from_config(const Config& config) {
  DataSet set;
  set.name = config.text("name");
  if (set.name.empty()) config.fail("name", "the name is empty");
  set.seed =
      static_cast<std::uint64_t>(config.integer("seed", 0, std::numeric_limits<std::int64_t>::max(), 0));
  read(config, set.model);
  set.declared = read_declarations(config);
  const auto parameters = all_parameters(set.declared);
  const bool averages = config.has("focal");
  if (config.has("runs") || !averages)
    set.content = read_run_set(config, "runs", config, parameters);
  else
    set.content = RunList();
  if (config.has("also")) {
    const auto* ranges = std::get_if<RunRanges>(&set.content);
    if (!ranges) config.fail("also", "is for runs beside draws; expected a number of draws as `runs`");
    set.also = read_further_runs(config, "also", *ranges, parameters);
  }
  if (averages) set.focal = FocalSweep::from_config(config.section("focal"), config, parameters);
  config.expect_all_known();
  return set;
}

std::string DataSet::to_yaml() const {
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "name" << YAML::Value << name;
  out << YAML::Key << "seed" << YAML::Value << seed;
  out << YAML::Key << "pulse" << YAML::Value << YAML::BeginMap;
  bondscope::emit(out, model_fields(), model, "pulse");
  out << YAML::EndMap;
  bondscope::emit(out, model_fields(), model, "");
  if (!declared.empty()) {
    out << YAML::Key << "parameters" << YAML::Value;
    bondscope::emit(out, declared);
  }
  if (bondscope::size(content) > 0) emit(out, content, "runs");
  if (!also.empty()) {
    out << YAML::Key << "also" << YAML::Value;
    bondscope::emit(out, also);
  }
  if (focal) {
    out << YAML::Key << "focal" << YAML::Value;
    focal->emit(out);
  }
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

std::size_t DataSet::size() const {
  return focal ? draw().size() : bondscope::size(content) + also.size();
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
