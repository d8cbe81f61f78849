#include "libpmd/inspect/sensitivity.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <tuple>

#include <Eigen/Dense>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/store/derived_store.hpp"

namespace bondscope {
namespace {

/// What displaced runs have in common with their centre.
using Others = std::tuple<std::string, std::vector<double>>;

Others others_of(const RunParameters& run, std::span<const Parameter> parameters, std::size_t but) {
  std::vector<double> values;
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (i != but) values.push_back(parameters[i].of(run));
  return {run.molecule, values};
}

/// Steps of the two sides are sums with roundings.
bool equal_steps(double below, double above) {
  constexpr double rounding = 1e-6;
  return std::abs(below - above) <= rounding * above;
}

/// The nearest pair around each run of a line, whose values increase. Neighbours come first, so that what is
/// looked at is the pair itself, not all of the line.
void add_pairs(const std::vector<std::pair<double, std::size_t>>& line, const Parameter& parameter,
               std::map<std::size_t, std::vector<DisplacedPair>>& pairs) {
  for (std::size_t c = 1; c + 1 < line.size(); ++c) {
    std::size_t below = c, above = c;
    while (below > 0 && above + 1 < line.size()) {
      const double left = line[c].first - line[below - 1].first;
      const double right = line[above + 1].first - line[c].first;
      if (left > 0 && equal_steps(left, right)) {
        pairs[line[c].second].push_back(
            {parameter, line[below - 1].second, line[above + 1].second, (left + right) / 2});
        break;
      }
      if (left < right)
        --below;
      else
        ++above;
    }
  }
}

/// Shares of one electron's probability, of samples.
std::vector<double> shares_of(const Store& store, std::size_t row) {
  const auto pmd = intact_pmd(store, row);
  const double sum = std::accumulate(pmd.begin(), pmd.end(), 0.0);
  if (!(sum > 0)) throw DataError(store.name_of(row) + ": the distribution is empty");
  std::vector<double> all(pmd.begin(), pmd.end());
  for (auto& share : all)
    share /= sum;
  return all;
}

/// The shares, scores in the parameters' units and changes of a run.
struct Slopes {
  std::vector<double> share;
  std::vector<std::vector<double>> scores;
  std::vector<double> changes;
};

Slopes slopes_of(const Store& store, const DisplacedRuns& runs, double floor) {
  Slopes slopes{shares_of(store, runs.centre), {}, {}};
  const double darkest = *std::ranges::max_element(slopes.share) * std::pow(10, floor);
  for (const auto& pair : runs.pairs) {
    const auto below = shares_of(store, pair.below), above = shares_of(store, pair.above);
    auto& score = slopes.scores.emplace_back(below.size());
    double change = 0;
    for (std::size_t k = 0; k < below.size(); ++k) {
      const double difference = above[k] - below[k];
      change += std::abs(difference) / 2;
      if (slopes.share[k] > darkest) score[k] = difference / (2 * pair.step * slopes.share[k]);
    }
    slopes.changes.push_back(change);
  }
  return slopes;
}

double cell_of(const Store& store) {
  const auto plane = plane_of(store.description().kx, store.description().ky);
  return plane.dkx * plane.dky;
}

Sensitivity sensitivity_of(const Store& store, const DisplacedRuns& runs, double floor) {
  const auto& d = store.description();
  const auto slopes = slopes_of(store, runs, floor);
  const auto n = static_cast<Eigen::Index>(runs.pairs.size());
  Sensitivity one{runs.centre, d.numbers[runs.centre], d.runs[runs.centre],        {},
                  {},          slopes.changes,         Eigen::MatrixXd::Zero(n, n)};
  for (const auto& pair : runs.pairs) {
    one.displaced.push_back(pair.parameter);
    one.steps.push_back(pair.step);
  }
  for (Eigen::Index a = 0; a < n; ++a)
    for (Eigen::Index b = 0; b < n; ++b) {
      const auto &left = slopes.scores[static_cast<std::size_t>(a)],
                 &right = slopes.scores[static_cast<std::size_t>(b)];
      double sum = 0;
      for (std::size_t k = 0; k < left.size(); ++k)
        sum += slopes.share[k] * left[k] * right[k];
      one.information(a, b) = sum;
    }
  return one;
}

}  // namespace

double Sensitivity::error_alone(std::size_t i) const {
  const auto a = static_cast<Eigen::Index>(i);
  return 1 / std::sqrt(information(a, a));
}

double Sensitivity::error_free(std::size_t i) const {
  // Units of the parameters differ by many orders of magnitude: the matrix of correlations is inverted.
  const Eigen::VectorXd scale = information.diagonal().cwiseSqrt();
  const Eigen::MatrixXd correlations =
      scale.cwiseInverse().asDiagonal() * information * scale.cwiseInverse().asDiagonal();
  const Eigen::FullPivLU<Eigen::MatrixXd> decomposed(correlations);
  if (!correlations.allFinite() || !decomposed.isInvertible()) return std::numeric_limits<double>::infinity();
  const auto a = static_cast<Eigen::Index>(i);
  return std::sqrt(decomposed.inverse()(a, a)) / scale(a);
}

std::vector<DisplacedRuns> displaced_runs(const Store& store) {
  if (store.kind() == StoreKind::compact)
    throw DataError(store.path().string() +
                    ": is compact, and what it leaves out is as large as the differences of displaced runs; "
                    "expected the store that it was made from");
  const auto& d = store.description();
  if (std::ranges::find(d.arrays, "counts") != d.arrays.end() ||
      (d.derivation && d.derivation->method.find("\"degradation\"") != std::string::npos))
    throw DataError(
        store.path().string() +
        ": was counted, or seen by a detector: the noise of two distributions is larger than what "
        "they differ by; expected the computed ones");
  const auto parameters = all_parameters(d.declared);
  std::map<std::size_t, std::vector<DisplacedPair>> pairs;
  for (std::size_t p = 0; p < parameters.size(); ++p) {
    std::map<Others, std::vector<std::pair<double, std::size_t>>> lines;
    for (const std::size_t row : store.runs_in(RunState::done))
      if (d.unknown_of(row).empty())
        lines[others_of(d.runs[row], parameters, p)].emplace_back(parameters[p].of(d.runs[row]), row);
    for (auto& [others, line] : lines) {
      std::ranges::sort(line);
      add_pairs(line, parameters[p], pairs);
    }
  }
  if (pairs.empty())
    throw DataError(
        store.path().string() +
        ": no done run has two others that differ from it in one parameter by equal steps to "
        "either side; expected a data set with `displaced`, as configs/datasets/sensitivity.yaml");
  std::vector<DisplacedRuns> all;
  for (auto& [row, of_run] : pairs)
    all.push_back({row, std::move(of_run)});
  return all;
}

SensitivityMaps sensitivity_maps(const Store& store, const DisplacedRuns& runs, double floor) {
  const auto slopes = slopes_of(store, runs, floor);
  const double cell = cell_of(store);
  SensitivityMaps maps;
  for (const double share : slopes.share)
    maps.density.push_back(static_cast<float>(share / cell));
  for (std::size_t p = 0; p < runs.pairs.size(); ++p) {
    const double unit = runs.pairs[p].parameter.shown_unit;
    auto &score = maps.scores.emplace_back(), &information = maps.information.emplace_back();
    for (std::size_t k = 0; k < slopes.share.size(); ++k) {
      const double s = slopes.scores[p][k] * unit;
      score.push_back(static_cast<float>(s));
      information.push_back(static_cast<float>(slopes.share[k] / cell * s * s));
    }
  }
  return maps;
}

std::vector<Sensitivity> sensitivities(const Store& store, std::span<const DisplacedRuns> runs, double floor,
                                       const RowMonitor& monitor) {
  std::vector<Sensitivity> all;
  for (const auto& one : runs) {
    all.push_back(sensitivity_of(store, one, floor));
    if (monitor && !monitor(all.size(), runs.size())) throw Interrupted("interrupted; nothing was written");
  }
  return all;
}

std::string sensitivity_text(std::span<const Sensitivity> all) {
  std::string text =
      "   run  parameter                 step  change   alone x sqrt(N)    free x sqrt(N)  of the run\n";
  for (const auto& one : all)
    for (std::size_t i = 0; i < one.displaced.size(); ++i)
      text += fmt::format("{:6}  {:<16} {:>13.4g} {:6.2f}% {:>17.4g} {:>17.4g}  {}\n", one.number,
                          one.displaced[i].name, one.steps[i], 100 * one.changes[i], one.error_alone(i),
                          one.error_free(i), describe(one.parameters));
  return text;
}

std::string sensitivity_csv(std::span<const Sensitivity> all) {
  std::string text = "run,molecule";
  if (!all.empty())
    for (const auto& [name, value] : values_of(all.front().parameters))
      text += fmt::format(",{}", name);
  text += ",displaced,step,change,error_alone_1_electron,error_free_1_electron\n";
  for (const auto& one : all)
    for (std::size_t i = 0; i < one.displaced.size(); ++i) {
      text += fmt::format("{},{}", one.number, one.parameters.molecule);
      for (const auto& [name, value] : values_of(one.parameters))
        text += fmt::format(",{}", format_number(value));
      text += fmt::format(",{},{:.6g},{:.6g},{:.6g},{:.6g}\n", one.displaced[i].name, one.steps[i],
                          one.changes[i], one.error_alone(i), one.error_free(i));
    }
  return text;
}

void write_sensitivity(const std::filesystem::path& output, const Store& store,
                       std::span<const DisplacedRuns> runs, const std::string& parameter, double floor,
                       const RowMonitor& monitor) {
  std::vector<DisplacedRuns> of_parameter;
  std::vector<DerivedRow> rows;
  for (const auto& one : runs)
    for (const auto& pair : one.pairs)
      if (pair.parameter.name == parameter) {
        of_parameter.push_back({one.centre, {pair}});
        rows.push_back(
            {store.description().runs[one.centre],
             Use::any,
             {link_to(store, one.centre, 1), link_to(store, pair.below, -1), link_to(store, pair.above, 1)}});
      }
  if (rows.empty())
    throw ConfigError(
        fmt::format("{}: no run has a pair that is displaced in '{}'", store.path().string(), parameter));
  const nlohmann::ordered_json method{{"kind", "sensitivity"},
                                      {"parameter", parameter},
                                      {"floor", floor},
                                      {"unit", of_parameter.front().pairs.front().parameter.shown_unit}};
  write_derived(
      output, {&store}, method.dump(), rows,
      [&](std::size_t i) {
        return DerivedDistribution{sensitivity_maps(store, of_parameter[i], floor).information.front(),
                                   store.diagnostics(of_parameter[i].centre)};
      },
      monitor);
}

}  // namespace bondscope
