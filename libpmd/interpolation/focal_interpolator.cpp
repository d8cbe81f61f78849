#include "libpmd/interpolation/focal_interpolator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

/// Electrons of an average that may come from intensities below those of the runs.
constexpr double most_from_below = 0.01;

/// Of the averages, as Derivation::method has it.
FocalSums sums_of(const Store& averages) {
  const auto name = averages.path().string();
  const auto& derivation = averages.description().derivation;
  auto method = derivation ? nlohmann::json::parse(derivation->method) : nlohmann::json();
  const auto kind_is = [&](const char* kind) {
    return method.is_object() && method.value("kind", nlohmann::json()) == kind;
  };
  while (kind_is("compact"))
    method = method.value("of", nlohmann::json());
  if (kind_is("interpolation"))
    throw ConfigError(
        name + ": holds interpolated distributions; expected the store of averages that they were made from");
  if (!kind_is("focal_average"))
    throw ConfigError(
        name +
        ": holds no averages over the focal volume, which is what is made between runs of other stores; "
        "expected a store that 'pmd_store average' has made");
  FocalSums sums;
  const auto number = [&](const char* key, double min, double max) {
    const auto value = method.value(key, nlohmann::json());
    if (!value.is_number()) return 0.0;
    const auto read = value.get<double>();
    if (!(read >= min && read <= max))
      throw DataError(fmt::format("{}: its averages have {} {}; expected {} to {}", name, key,
                                  format_number(read), format_number(min), format_number(max)));
    return read;
  };
  const auto rule = std::ranges::find_if(focal_rule_names(), [&](const std::string& known) {
    return method.value("rule", nlohmann::json()) == known;
  });
  const double intensities = number("intensities", 2, 1000);
  if (rule != focal_rule_names().end() && intensities > 0) {
    sums.rule = static_cast<FocalRule>(rule - focal_rule_names().begin());
    sums.intensities = static_cast<int>(intensities);
  }
  sums.lowest_w_cm2 = number("lowest_w_cm2", 1, 1e20);
  sums.ladder_ratio = number("ladder_ratio", 1.01, 2);
  sums.sweeps = method.contains("from");
  return sums;
}

/// Intensities of the runs that an average was made of, if they are known.
std::set<double> intensities_behind(const FocalSums& sums, double peak) {
  std::set<double> all;
  if (sums.sweeps || !(peak > sums.lowest_w_cm2 && sums.lowest_w_cm2 > 0)) return all;
  for (const auto& node : sums.ladder_ratio > 0
                              ? focal_ladder(peak, sums.lowest_w_cm2, sums.ladder_ratio)
                              : focal_nodes(sums.rule, peak, sums.lowest_w_cm2, sums.intensities))
    all.insert(node.intensity);
  return all;
}

/// What has a part in averages that are not known, as the runs themselves or computed again.
class Withheld {
 public:
  Withheld(const Store& averages, const std::vector<std::size_t>& known, const FocalSums& sums)
      : sums_(sums) {
    for (const auto row : averages.runs_in(RunState::done)) {
      const auto& run = averages.description().runs[row];
      auto& at = std::ranges::binary_search(known, row) ? known_ : withheld_;
      for (const auto root : roots_of(averages, row))
        at.roots.insert(root);
      at.peaks[run.R].push_back(run.intensity_w_cm2);
    }
  }

  bool operator()(const StoreRows& all, std::size_t row) const {
    const auto roots = all.roots(row);
    if (has_root(known_, roots)) return false;
    const auto& run = all.run(row);
    return has_root(withheld_, roots) || (has_place(withheld_, run) && !has_place(known_, run));
  }

 private:
  struct Side {
    std::set<std::uint64_t> roots;
    std::map<double, std::vector<double>> peaks;  ///< by R
  };

  static bool has_root(const Side& side, const std::vector<std::uint64_t>& roots) {
    return std::ranges::any_of(roots, [&](std::uint64_t root) { return side.roots.contains(root); });
  }

  bool has_place(const Side& side, const RunParameters& run) const {
    const auto at = side.peaks.find(run.R);
    if (at == side.peaks.end()) return false;
    return sums_.sweeps || std::ranges::any_of(at->second, [&](double peak) {
             return std::ranges::any_of(intensities_behind(sums_, peak), [&](double intensity) {
               return std::abs(intensity - run.intensity_w_cm2) < 1e-8 * intensity;
             });
           });
  }

  FocalSums sums_;
  Side known_, withheld_;
};

/// What can be interpolated between.
Interpolator between_runs(const Store& averages, const std::vector<std::size_t>& known, const FocalSums& sums,
                          const FocalBetween& between, const InterpolationSettings& settings) {
  for (const auto* store : between.stores)
    if (!holds_single_runs(*store))
      throw ConfigError(store->path().string() +
                        ": was derived from other stores itself; averages are made between the farm's runs");
  StoreRows all(between.stores);
  const Withheld withheld(averages, known, sums);
  auto rows = all.done();
  std::erase_if(rows, [&](std::size_t row) { return all.use_of(row) == Use::test || withheld(all, row); });
  auto stores = between.stores;
  stores.insert(stores.begin(), &averages);
  auto compared = known;
  for (const auto row : rows)
    compared.push_back(averages.size() + row);
  check_agreement(StoreRows(stores), compared);
  return Interpolator(std::move(all), settings, std::move(rows));
}

double lowest_intensity(const StoreRows& all) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const auto row : all.done())
    lowest = std::min(lowest, all.run(row).intensity_w_cm2);
  return lowest;
}

}  // namespace

FocalInterpolator::FocalInterpolator(const Store& averages, const std::vector<std::size_t>& known,
                                     const FocalBetween& between, const InterpolationSettings& settings)
    : sums_(sums_of(averages)), interpolator_(between_runs(averages, known, sums_, between, settings)) {
  const auto& all = interpolator_.all();
  if (between.intensities > 0) sums_.intensities = between.intensities;
  if (sums_.lowest_w_cm2 == 0) sums_.lowest_w_cm2 = lowest_intensity(all);
  log_yields_.resize(all.size());
  for (const auto row : interpolator_.rows())
    log_yields_[row] = std::log(std::max(all.diagnostics(row).yield, 1e-300));
}

double FocalInterpolator::yield(const InterpolationTerms& terms) const {
  double logarithm = 0;
  for (const auto& [row, weight] : terms.terms)
    logarithm += weight * log_yields_[row];
  return std::exp(logarithm);
}

std::optional<FocalInterpolator::Terms> FocalInterpolator::find(const PlanePoint& point) const {
  if (!(point.intensity > sums_.lowest_w_cm2)) return {};
  auto nodes = focal_nodes(sums_.rule, point.intensity, sums_.lowest_w_cm2, sums_.intensities);
  std::erase_if(nodes, [](const FocalNode& node) { return node.weight == 0; });
  const PlanePoint highest{point.R, nodes.front().intensity};
  if (!interpolator_.triangulation().locate(highest)) return {};
  Terms made{point, {}};
  double electrons = 0, from_below = 0;
  for (const auto& node : nodes) {
    auto terms = interpolator_.terms_towards(highest, node.intensity);
    const double ratio = node.intensity / terms.point.intensity;
    const double weight = node.weight * std::pow(ratio, 6);
    const double part = weight * yield(terms);
    electrons += part;
    if (terms.point.intensity != node.intensity) from_below += part;
    made.nodes.push_back({std::move(terms), weight});
  }
  if (!(from_below <= most_from_below * electrons)) return {};
  return made;
}

FocalInterpolator::Terms FocalInterpolator::terms(const PlanePoint& point, Outside outside) const {
  if (outside == Outside::clip)
    throw ConfigError("averages between single runs: points are not moved to the hull; expected no --clip");
  auto found = find(point);
  if (!found) {
    double highest = point.intensity;
    if (highest > sums_.lowest_w_cm2)
      highest = focal_nodes(sums_.rule, highest, sums_.lowest_w_cm2, sums_.intensities).front().intensity;
    throw DataError(
        fmt::format("{}: the runs do not reach to the average at R = {}, I0 = {} W/cm²; expected runs around "
                    "R = {}, {} W/cm², and down to intensities from which hardly an electron comes",
                    interpolator_.all().names(), format_number(point.R), format_number(point.intensity),
                    format_number(point.R), format_number(highest)));
  }
  return std::move(*found);
}

DerivedRow FocalInterpolator::derived_row(const Terms& terms, Use use) const {
  std::map<std::size_t, double> shares;
  for (const auto& node : terms.nodes)
    for (const auto& [row, weight] : node.terms.terms)
      shares[row] += node.weight * weight;
  DerivedRow made{interpolator_.all().run(interpolator_.rows().front()), use, {}};
  made.parameters.R = terms.point.R;
  made.parameters.intensity_w_cm2 = terms.point.intensity;
  for (const auto& [row, share] : shares)
    made.links.push_back(interpolator_.all().link(row, share, 1));
  return made;
}

DerivedDistribution FocalInterpolator::derived_distribution(const Terms& terms) {
  DerivedDistribution made;
  std::vector<double> sum;
  for (const auto& node : terms.nodes) {
    const auto single = interpolator_.derived_distribution(node.terms);
    sum.resize(single.pmd.size());
    for (std::size_t i = 0; i < sum.size(); ++i)
      sum[i] += node.weight * static_cast<double>(single.pmd[i]);
    if (&node == &terms.nodes.front())
      made.diagnostics.ground_state_energy = single.diagnostics.ground_state_energy;
    made.diagnostics.absorbed += node.weight * single.diagnostics.absorbed;
  }
  for (const double value : sum)
    made.pmd.push_back(static_cast<float>(value));
  return made;
}

std::string FocalInterpolator::method() const {
  return nlohmann::ordered_json{{"rule", to_string(sums_.rule)},
                                {"intensities", sums_.intensities},
                                {"lowest_w_cm2", sums_.lowest_w_cm2}}
      .dump();
}

}  // namespace bondscope
