#include "libpmd/interpolation/focal_interpolator.hpp"

#include <algorithm>
#include <cmath>
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

nlohmann::json method_of_averages(const Store& averages) {
  const auto& derivation = averages.description().derivation;
  auto method = derivation ? nlohmann::json::parse(derivation->method) : nlohmann::json();
  if (!method.is_object() || method.value("kind", nlohmann::json()) != "focal_average")
    throw ConfigError(fmt::format(
        "{}: holds no averages over the focal volume, which is what is made between runs of other stores; "
        "expected a store that 'pmd_store average' has made",
        averages.path().string()));
  return method;
}

/// Runs for training that are not behind those averages.
std::vector<std::size_t> rows_to_use(const StoreRows& all, const Store& averages,
                                     const std::vector<std::size_t>& without) {
  std::set<std::uint64_t> behind;
  for (const auto row : without)
    for (const auto root : roots_of(averages, row))
      behind.insert(root);
  auto rows = all.done();
  std::erase_if(rows, [&](std::size_t row) {
    return all.use_of(row) == Use::test ||
           std::ranges::any_of(all.roots(row), [&](std::uint64_t root) { return behind.contains(root); });
  });
  return rows;
}

}  // namespace

FocalInterpolator::FocalInterpolator(const Store& averages, const std::vector<std::size_t>& without,
                                     const FocalBetween& between, const InterpolationSettings& settings)
    : interpolator_([&] {
        method_of_averages(averages);
        auto stores = between.stores;
        stores.insert(stores.begin(), &averages);
        check_compatible(stores);
        StoreRows all(between.stores);
        auto rows = rows_to_use(all, averages, without);
        return Interpolator(std::move(all), settings, std::move(rows));
      }()) {
  const auto method = method_of_averages(averages);
  const auto rule = std::ranges::find(focal_rule_names(), method.value("rule", std::string()));
  const auto own = method.find("intensities");
  if (rule != focal_rule_names().end() && own != method.end() && own->is_number_integer()) {
    rule_ = static_cast<FocalRule>(rule - focal_rule_names().begin());
    intensities_ = own->get<int>();
  }
  if (between.intensities > 0) intensities_ = between.intensities;
  const auto& all = interpolator_.all();
  const auto cut = method.find("lowest_w_cm2");
  if (cut != method.end() && cut->is_number()) {
    lowest_w_cm2_ = cut->get<double>();
  } else {
    lowest_w_cm2_ = interpolator_.triangulation().bounds().min.intensity;
  }
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
  if (!interpolator_.triangulation().locate(point) || point.intensity <= lowest_w_cm2_) return {};
  Terms made{point, {}};
  double electrons = 0, from_below = 0;
  for (const auto& node : focal_nodes(rule_, point.intensity, lowest_w_cm2_, intensities_)) {
    if (node.weight == 0) continue;
    auto terms = interpolator_.terms_towards(point, node.intensity);
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
  if (!found)
    throw DataError(
        fmt::format("{}: the runs do not reach to the average at R = {}, I0 = {} W/cm²: expected its peak "
                    "among their R and "
                    "intensities, and runs down to intensities from which hardly an electron comes",
                    interpolator_.all().names(), format_number(point.R), format_number(point.intensity)));
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
  return nlohmann::ordered_json{
      {"rule", to_string(rule_)}, {"intensities", intensities_}, {"lowest_w_cm2", lowest_w_cm2_}}
      .dump();
}

}  // namespace bondscope
