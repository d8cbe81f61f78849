#include "libpmd/average/average.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/rows.hpp"

namespace bondscope {
namespace {

/// Share of an average that may be negative before it is set to 0: a thousandth is a quarter of a grey level
/// at most. Ladders of ratio 1.2 have 1e-6.
constexpr double most_negative = 1e-3;

using Json = nlohmann::ordered_json;

void refuse_derived(const Store& store) {
  if (!holds_single_runs(store))
    throw DataError(fmt::format("{}: was derived from other stores itself; average the farm's runs",
                                store.path().string()));
}

/// Whether the runs behind the averages are there.
class Runs {
 public:
  explicit Runs(const Store& store) : store_(store), records_(store.commits()) {}

  bool done(std::size_t row) const { return records_[row].state == RunState::done; }

  /// "run 12 is pending"; empty if nothing is wrong. With `look`, damaged ones are found, too.
  std::string trouble(std::size_t row, bool look) {
    const std::string run = fmt::format("run {}", store_.description().numbers[row]);
    if (!records_[row].intact) return fmt::format("{} has a damaged commit record", run);
    if (!done(row)) return fmt::format("{} is {}", run, to_string(records_[row].state));
    if (!look) return {};
    auto [place, is_new] = damaged_.emplace(row, false);
    if (is_new) place->second = !sound(store_, row);
    return place->second ? run + " is damaged" : std::string();
  }

 private:
  const Store& store_;
  std::vector<CommitRecord> records_;
  std::map<std::size_t, bool> damaged_;
};

/// Takes what can be made; refuses or notes the rest.
void add(AveragePlan& plan, const Store& store, const RunParameters& point, const std::string& trouble,
         bool skip, const FocalAverage& average) {
  if (trouble.empty()) {
    plan.averages.push_back(average);
    return;
  }
  const std::string what = fmt::format("average at {}: {}", describe(point), trouble);
  if (!skip)
    throw DataError(
        fmt::format("{}: {}; --skip-incomplete leaves out such averages", store.path().string(), what));
  plan.left_out.push_back(what);
}

void check_any(const AveragePlan& plan, const Store& store) {
  if (plan.averages.empty())
    throw DataError(fmt::format("{}: none of the {} averages can be made; the first: {}",
                                store.path().string(), plan.left_out.size(), plan.left_out.front()));
}

/// Intensities are computed and rounded to ten digits: on another machine the last may be another.
bool same_run(const RunParameters& stored, const RunParameters& planned) {
  RunParameters other = stored;
  other.intensity_w_cm2 = planned.intensity_w_cm2;
  return other == planned &&
         std::abs(stored.intensity_w_cm2 - planned.intensity_w_cm2) < 1e-8 * planned.intensity_w_cm2;
}

DataSet data_set_of(const Store& store) {
  const auto config = Config::from_text(store.description().configuration, store.path().string());
  const auto section = config.section("dataset");
  if (!section.has("focal"))
    throw DataError(
        fmt::format("{}: its data set plans no averages (it has no section 'focal'); --peaks makes averages "
                    "of sweeps over the intensity",
                    store.path().string()));
  return DataSet::from_config(section, MoleculeFiles::refused);
}

using Sweep = std::map<double, std::size_t>;  // rows by intensity

std::vector<Sweep> sweeps_of(const Store& store, const Runs& runs) {
  std::map<RunParameters, std::size_t> places;  // of runs that differ in the intensity only
  std::vector<Sweep> sweeps;
  const auto& all = store.description().runs;
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (!runs.done(row)) continue;
    RunParameters but_intensity = all[row];
    but_intensity.intensity_w_cm2 = 0;
    const auto [place, is_new] = places.emplace(std::move(but_intensity), sweeps.size());
    if (is_new) sweeps.emplace_back();
    sweeps[place->second].emplace(all[row].intensity_w_cm2, row);
  }
  std::erase_if(sweeps, [](const Sweep& sweep) { return sweep.size() < least_sweep_intensities; });
  return sweeps;
}

void check_peaks(const std::vector<double>& peaks) {
  if (peaks.empty()) throw ConfigError("averages of sweeps: no peak intensity is given");
  std::set<double> known;
  for (const double peak : peaks) {
    if (!(peak > 0 && std::isfinite(peak)))
      throw ConfigError(
          fmt::format("peak intensity {}: expected a number above 0, in W/cm²", format_number(peak)));
    if (!known.insert(peak).second)
      throw ConfigError(fmt::format("peak intensity {} is given twice", format_number(peak)));
  }
}

/// Throws ConfigError where the sweep does not reach far enough.
FocalAverage average_of(const Sweep& sweep, const RunParameters& any, double peak,
                        const SweepAverages& wanted) {
  std::vector<double> intensities;
  for (const auto& [intensity, row] : sweep)
    intensities.push_back(intensity);
  FocalAverage average{any, wanted.lowest_w_cm2 > 0 ? wanted.lowest_w_cm2 : intensities.front(), {}};
  average.point.intensity_w_cm2 = peak;
  if (peak > intensities.back())
    throw ConfigError(
        fmt::format("the highest intensity stored is {} W/cm²", format_number(intensities.back())));
  const auto nodes = wanted.rule == SweepAverages::Rule::ladder
                         ? focal_interpolation(intensities, peak, average.lowest_w_cm2)
                         : focal_trapezoid(intensities, peak, average.lowest_w_cm2);
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
    if (node->weight != 0) average.terms.push_back({sweep.at(node->intensity), node->weight});
  return average;
}

}  // namespace

const char* to_string(SweepAverages::Rule rule) {
  return rule == SweepAverages::Rule::ladder ? "ladder" : "trapezoid";
}

AveragePlan planned_averages(const Store& store, bool skip_incomplete) {
  refuse_derived(store);
  const DataSet set = data_set_of(store);
  const std::vector<RunParameters> planned_runs = set.draw();
  const auto& d = store.description();
  Runs runs(store);
  AveragePlan plan;
  for (FocalAverage average : set.averages()) {
    std::string trouble;
    for (auto& term : average.terms) {
      const auto number = term.run;
      const auto place = std::lower_bound(d.numbers.begin(), d.numbers.end(), number);
      if (place == d.numbers.end() || *place != number) {
        trouble = fmt::format("run {} is not in this store", number);
        if (!d.part.empty())
          trouble += fmt::format(", which is part {} of the data set: merge the parts", d.part);
        break;
      }
      term.run = static_cast<std::size_t>(place - d.numbers.begin());
      if (!same_run(d.runs[term.run], planned_runs[number]))
        throw DataError(fmt::format(
            "{}: run {} is {}, but its data set plans {}; was it made by another version?",
            store.path().string(), number, describe(d.runs[term.run]), describe(planned_runs[number])));
      trouble = runs.trouble(term.run, skip_incomplete);
      if (!trouble.empty()) break;
    }
    add(plan, store, average.point, trouble, skip_incomplete, average);
  }
  check_any(plan, store);
  const auto& sweep = *set.focal;
  Json method{{"kind", "focal_average"}};
  if (sweep.ladder_ratio > 0)
    method.update({{"rule", "ladder"}, {"ladder_ratio", sweep.ladder_ratio}});
  else
    method.update({{"rule", to_string(sweep.rule)}, {"intensities", sweep.intensities}});
  method["lowest_w_cm2"] = sweep.lowest_w_cm2;
  plan.method = method.dump();
  return plan;
}

AveragePlan sweep_averages(const Store& store, const SweepAverages& wanted) {
  check_peaks(wanted.peaks_w_cm2);
  refuse_derived(store);
  Runs runs(store);
  const auto sweeps = sweeps_of(store, runs);
  if (sweeps.empty())
    throw DataError(
        fmt::format("{}: no runs that are equal in all but the intensity, of which it would take at least {} "
                    "done ones for an average",
                    store.path().string(), least_sweep_intensities));
  AveragePlan plan;
  for (const auto& sweep : sweeps) {
    const auto& any = store.description().runs[sweep.begin()->second];
    for (const double peak : wanted.peaks_w_cm2) {
      FocalAverage average{any, 0, {}};
      average.point.intensity_w_cm2 = peak;
      std::string trouble;
      try {
        average = average_of(sweep, any, peak, wanted);
      } catch (const ConfigError& error) {
        trouble = error.what();
      }
      for (const auto& term : average.terms)
        if (trouble.empty()) trouble = runs.trouble(term.run, wanted.skip_incomplete);
      add(plan, store, average.point, trouble, wanted.skip_incomplete, average);
    }
  }
  check_any(plan, store);
  Json method{{"kind", "focal_average"}, {"rule", to_string(wanted.rule)}, {"from", "sweeps"}};
  method["lowest_w_cm2"] = wanted.lowest_w_cm2 > 0 ? Json(wanted.lowest_w_cm2) : Json("lowest of the sweep");
  method["peaks_w_cm2"] = wanted.peaks_w_cm2;
  plan.method = method.dump();
  return plan;
}

void write_averages(const std::filesystem::path& output, const Store& store, const AveragePlan& plan,
                    const RowMonitor& monitor) {
  std::vector<DerivedRow> rows;
  for (const auto& average : plan.averages) {
    DerivedRow row{average.point, Use::any, {}};
    for (const auto& term : average.terms)
      row.links.push_back(link_to(store, term.run, term.weight));
    rows.push_back(std::move(row));
  }
  const auto& d = store.description();
  std::vector<double> sum(d.kx.size() * d.ky.size());
  const auto make = [&](std::size_t index) {
    const auto& terms = plan.averages[index].terms;
    DerivedDistribution made;
    std::fill(sum.begin(), sum.end(), 0);
    made.diagnostics.ground_state_energy = store.diagnostics(terms.front().run).ground_state_energy;
    for (const auto& term : terms) {
      const auto pmd = intact_pmd(store, term.run);
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += term.weight * pmd[i];
      const auto of_run = store.diagnostics(term.run);
      auto& of_all = made.diagnostics;
      of_all.ground_state_residual = std::max(of_all.ground_state_residual, of_run.ground_state_residual);
      of_all.absorbed += term.weight * of_run.absorbed;
      of_all.wall_seconds += of_run.wall_seconds;
      of_all.steps += of_run.steps;
    }
    made.pmd.reserve(sum.size());
    double kept = 0, lost = 0;
    for (const double value : sum) {
      (value > 0 ? kept : lost) += std::abs(value);
      made.pmd.push_back(static_cast<float>(std::max(value, 0.0)));
    }
    if (!(lost <= most_negative * kept)) {
      const auto& point = plan.averages[index].point;
      throw DataError(fmt::format(
          "{}: average at R = {}, I0 = {} W/cm²: {} % of it came out negative, because the stored "
          "intensities are too far apart to be interpolated between; expected steps of at most 20 "
          "%, or the rule trapezoid",
          store.path().string(), format_number(point.R), format_number(point.intensity_w_cm2),
          format_number(std::round(1000 * lost / kept) / 10)));
    }
    return made;
  };
  write_derived(output, {&store}, plan.method, rows, make, monitor);
}

}  // namespace bondscope
