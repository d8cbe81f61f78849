#include "libpmd/interpolation/augment.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/groups.hpp"
#include "libpmd/base/random/random_draws.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

/// Apart from the numbers of DrawPurpose, so that none of a data set's draws is repeated here.
enum class Purpose : std::uint32_t { tests = 0x100, points = 0x101 };

std::array<double, 2> draw(std::uint64_t seed, std::uint64_t index, Purpose purpose, std::uint32_t part = 0) {
  return draw_pair(seed, index, static_cast<std::uint32_t>(purpose), part);
}

Groups what_belongs_together(const Store& store, const std::vector<std::size_t>& rows) {
  const auto& d = store.description();
  Groups groups(rows.size());
  std::vector<PlanePoint> points;
  for (const auto row : rows)
    points.push_back({d.runs[row].R, d.runs[row].intensity_w_cm2});
  const auto first = first_of_equal(points);
  for (std::size_t i = 0; i < rows.size(); ++i)
    groups.join(i, first[i]);
  if (!d.derivation) return groups;
  std::map<std::uint64_t, std::size_t> user_of;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (const auto root : d.derivation->roots[rows[i]])
      groups.join(i, user_of.try_emplace(root, i).first->second);
  return groups;
}

std::vector<std::size_t> done_rows(const Store& store, const AugmentSettings& settings) {
  auto rows = settings.rows ? *settings.rows : store.runs_in(RunState::done);
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

nlohmann::ordered_json method_of(const AugmentSettings& asked) {
  const auto& settings = asked.interpolation;
  nlohmann::ordered_json method{{"kind", "interpolation"}, {"method", to_string(settings.method)}};
  if (settings.method != InterpolationMethod::linear) method["floor"] = settings.floor;
  if (settings.method == InterpolationMethod::spline) method["neighbours"] = settings.neighbours;
  return method;
}

std::vector<const Store*> sources(const Store& store, const AugmentSettings& settings) {
  std::vector<const Store*> all{&store};
  all.insert(all.end(), settings.between.stores.begin(), settings.between.stores.end());
  return all;
}

/// That these rows span.
Triangulation rectangle(const Store& store, const std::vector<std::size_t>& rows) {
  if (rows.empty()) throw DataError(store.path().string() + ": no average is done");
  const auto& runs = store.description().runs;
  PlanePoint least{runs[rows.front()].R, runs[rows.front()].intensity_w_cm2}, most = least;
  for (const auto row : rows) {
    least = {std::min(least.R, runs[row].R), std::min(least.intensity, runs[row].intensity_w_cm2)};
    most = {std::max(most.R, runs[row].R), std::max(most.intensity, runs[row].intensity_w_cm2)};
  }
  if (!(least.R < most.R && least.intensity < most.intensity))
    throw DataError(
        store.path().string() +
        ": its averages span no rectangle, as random points need; expected several of different R and "
        "intensity, or --at");
  return Triangulation({least, {most.R, least.intensity}, most, {least.R, most.intensity}});
}

/// More of them begin with the same ones.
std::vector<FocalInterpolator::Terms> random_averages(const FocalInterpolator& interpolator,
                                                      const Triangulation& where, std::size_t count,
                                                      std::uint64_t seed, const std::string& store) {
  std::vector<FocalInterpolator::Terms> made;
  // Most points are reached; where not one in ten is, the runs do not fit the averages.
  const auto tried = random_points(where, 10 * count, seed);
  for (std::size_t i = 0; i < tried.size() && made.size() < count; ++i)
    if (auto terms = interpolator.find(tried[i])) made.push_back(std::move(*terms));
  if (made.size() < count)
    throw DataError(fmt::format(
        "{}: only {} of {} random points lie where the runs between which averages are made reach; expected "
        "runs "
        "over the averages' R and intensities, down to intensities from which hardly an electron comes",
        store, made.size(), tried.size()));
  return made;
}

}  // namespace

std::vector<Use> divide(const Store& store, const std::vector<std::size_t>& rows, double fraction,
                        std::uint64_t seed) {
  if (!(fraction >= 0 && fraction <= 1))
    throw ConfigError(fmt::format("the fraction for tests, {}, is not from 0 to 1", format_number(fraction)));
  const auto& d = store.description();
  auto groups = what_belongs_together(store, rows);
  std::map<std::size_t, Use> use_of_group;
  std::map<std::size_t, std::size_t> size_of_group;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ++size_of_group[groups.of(i)];
    Use& use = use_of_group[groups.of(i)];
    const Use own = d.use_of(rows[i]);
    if (own == Use::any) continue;
    if (use != Use::any && use != own)
      throw DataError(
          fmt::format("{}: distribution {} is for {}, but has runs or its point in common with one for {}",
                      store.path().string(), d.numbers[rows[i]], to_string(own), to_string(use)));
    use = own;
  }

  std::vector<std::pair<double, std::size_t>> order;  // of the groups that are free to go either way
  std::size_t free = 0;
  for (const auto& [group, use] : use_of_group) {
    if (use != Use::any) continue;
    order.emplace_back(draw(seed, d.numbers[rows[group]], Purpose::tests)[0], group);
    free += size_of_group[group];
  }
  std::sort(order.begin(), order.end());
  const double wanted = std::round(fraction * static_cast<double>(free));
  std::size_t taken = 0;
  for (const auto& [number, group] : order) {
    const bool test = static_cast<double>(taken) < wanted;
    use_of_group[group] = test ? Use::test : Use::training;
    if (test) taken += size_of_group[group];
  }
  std::vector<Use> use;
  for (std::size_t i = 0; i < rows.size(); ++i)
    use.push_back(use_of_group[groups.of(i)]);
  return use;
}

std::vector<PlanePoint> random_points(const Triangulation& triangulation, std::size_t count,
                                      std::uint64_t seed) {
  // A triangle by its area, then a point in it: no draw is in vain, however thin the hull is.
  const auto& corners = triangulation.points();
  std::vector<double> area_up_to;
  double area = 0;
  for (const auto& t : triangulation.triangles()) {
    const auto &a = corners[t[0]], &b = corners[t[1]], &c = corners[t[2]];
    area += (b.R - a.R) * (c.intensity - a.intensity) - (b.intensity - a.intensity) * (c.R - a.R);
    area_up_to.push_back(area);
  }
  std::vector<PlanePoint> points;
  for (std::uint64_t index = 0; index < count; ++index) {
    const auto which = std::upper_bound(area_up_to.begin(), area_up_to.end(),
                                        draw(seed, index, Purpose::points, 1)[0] * area);
    const auto number =
        std::min<std::size_t>(static_cast<std::size_t>(which - area_up_to.begin()), area_up_to.size() - 1);
    const auto& t = triangulation.triangles()[number];
    const auto uniform = draw(seed, index, Purpose::points);
    double u = uniform[0], v = uniform[1];
    if (u + v > 1) {
      u = 1 - u;
      v = 1 - v;
    }
    const auto &a = corners[t[0]], &b = corners[t[1]], &c = corners[t[2]];
    const auto within = [&](double from, double to_b, double to_c) {
      return std::fma(u, to_b - from, std::fma(v, to_c - from, from));
    };
    points.push_back({within(a.R, b.R, c.R), within(a.intensity, b.intensity, c.intensity)});
  }
  return points;
}

AugmentReport augment(const Store& store, const std::filesystem::path& output,
                      const AugmentSettings& settings, const RowMonitor& monitor) {
  const auto computed = done_rows(store, settings);
  if (settings.distributions < computed.size())
    throw ConfigError(
        fmt::format("{} distributions are fewer than the {} computed ones of {}, which are part of them",
                    settings.distributions, computed.size(), store.path().string()));
  const auto use = divide(store, computed, settings.test_fraction, settings.seed);
  AugmentReport report;
  std::vector<std::size_t> training;
  std::vector<DerivedRow> rows;
  for (std::size_t i = 0; i < computed.size(); ++i) {
    rows.push_back({store.description().runs[computed[i]], use[i], {link_to(store, computed[i], 1)}});
    if (use[i] == Use::training) training.push_back(computed[i]);
  }
  report.training = training.size();
  report.test = computed.size() - training.size();
  report.interpolated = settings.distributions - computed.size();

  auto method = method_of(settings);
  method["seed"] = settings.seed;
  method["test_fraction"] = settings.test_fraction;
  method["computed"] = computed.size();
  method["interpolated"] = report.interpolated;
  const auto write = [&](auto& interpolator, const auto& terms) {
    for (const auto& one : terms)
      rows.push_back(interpolator.derived_row(one, Use::training));
    const auto make = [&](std::size_t row) {
      return row < computed.size()
                 ? DerivedDistribution{intact_pmd(store, computed[row]), store.diagnostics(computed[row])}
                 : interpolator.derived_distribution(terms[row - computed.size()]);
    };
    write_derived(output, sources(store, settings), method.dump(), rows, make, monitor);
  };
  if (settings.between.stores.empty()) {
    Interpolator interpolator(store, settings.interpolation, training);
    std::vector<InterpolationTerms> terms;
    for (const auto& point : random_points(interpolator.triangulation(), report.interpolated, settings.seed))
      terms.push_back(interpolator.terms(point));
    write(interpolator, terms);
  } else {
    FocalInterpolator interpolator(store, training, settings.between, settings.interpolation);
    method["focal_average"] = nlohmann::ordered_json::parse(interpolator.method());
    write(interpolator, random_averages(interpolator, rectangle(store, computed), report.interpolated,
                                        settings.seed, store.path().string()));
  }
  return report;
}

void interpolate_at(const Store& store, const std::filesystem::path& output,
                    const std::vector<PlanePoint>& points, Outside outside, const AugmentSettings& settings,
                    const RowMonitor& monitor) {
  auto method = method_of(settings);
  const auto write = [&](auto& interpolator) {
    std::vector<decltype(interpolator.terms(points.front(), outside))> terms;
    std::vector<DerivedRow> rows;
    for (const auto& point : points) {
      terms.push_back(interpolator.terms(point, outside));
      rows.push_back(interpolator.derived_row(terms.back(), Use::training));
    }
    const auto make = [&](std::size_t row) { return interpolator.derived_distribution(terms[row]); };
    write_derived(output, sources(store, settings), method.dump(), rows, make, monitor);
  };
  auto usable = done_rows(store, settings);
  std::erase_if(usable, [&](std::size_t row) { return store.description().use_of(row) == Use::test; });
  if (settings.between.stores.empty()) {
    Interpolator interpolator(store, settings.interpolation, usable);
    method["outside"] = outside == Outside::clip ? "clip" : "refuse";
    write(interpolator);
  } else {
    FocalInterpolator interpolator(store, usable, settings.between, settings.interpolation);
    method["focal_average"] = nlohmann::ordered_json::parse(interpolator.method());
    write(interpolator);
  }
}

}  // namespace bondscope
