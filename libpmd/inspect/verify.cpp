#include "libpmd/inspect/verify.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/quantile.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/inspect/outliers.hpp"

namespace bondscope {
namespace {

using Severity = Finding::Severity;

/// Yield over absorbed norm. Not 1: the mask method ignores the ions' Coulomb tail beyond the absorber's
/// radius, and so counts slow electrons too often; the stored axes may cut off fast ones.
constexpr double balance_min = 0.5, balance_max = 2;
/// Noise floor over largest value: a tenth of 1e-5, where images are cut off.
constexpr double noise_max = 1e-6;
/// Largest value on the rim of the axes over the largest of all: the image's own cut-off.
constexpr double rim_max = 1e-5;
/// Yields off the trend: at least this many decades, and this many robust standard deviations.
constexpr double outlier_decades = 1, outlier_deviations = 6;

/// What one pass over a distribution tells.
struct Census {
  std::size_t negative = 0, not_finite = 0;
  double min = 0, max = 0, rim_max = 0, sum = 0;
};

Census take_census(const std::vector<float>& pmd, std::size_t columns) {
  Census census;
  const std::size_t rows = pmd.size() / columns;
  bool first = true;
  for (std::size_t i = 0; i < pmd.size(); ++i) {
    const double value = pmd[i];
    if (!std::isfinite(value)) {
      ++census.not_finite;
      continue;
    }
    if (value < 0) ++census.negative;
    census.min = first ? value : std::min(census.min, value);
    census.max = first ? value : std::max(census.max, value);
    first = false;
    census.sum += value;
    const std::size_t row = i / columns, column = i % columns;
    if (row == 0 || column == 0 || row + 1 == rows || column + 1 == columns)
      census.rim_max = std::max(census.rim_max, value);
  }
  return census;
}

class Verification {
 public:
  explicit Verification(const Store& store) : store_(store) {
    const auto& d = store.description();
    const auto spacing = [](const std::vector<double>& axis) {
      return axis.size() < 2 ? 1.0 : (axis.back() - axis.front()) / static_cast<double>(axis.size() - 1);
    };
    cell_ = spacing(d.kx) * spacing(d.ky);
    report_.runs = store.size();
  }

  void look_at(std::size_t run) {
    try {
      read_and_check(run);
    } catch (const DataError& error) {
      find(Severity::error, run, "values", "cannot be read: {}", error.what());
    }
  }

  VerifyReport finish() {
    check_trend();
    report_.balance = spread_of(balances_);
    report_.noise = spread_of(noises_);
    report_.rim = spread_of(rims_);
    std::stable_sort(report_.findings.begin(), report_.findings.end(),
                     [](const Finding& a, const Finding& b) { return a.run < b.run; });
    for (const auto& finding : report_.findings)
      ++(finding.severity == Severity::error ? report_.errors : report_.warnings);
    return std::move(report_);
  }

 private:
  void read_and_check(std::size_t run) {
    auto stored = store_.load(run);
    // A farm may be at work: a record counts as damaged only if it reads so twice.
    if (!stored.record.commit.intact) stored = store_.load(run);
    if (!stored.record.commit.intact)
      find(Severity::error, run, "commit",
           "the commit record is damaged; the run counts as pending and will be computed again");
    switch (stored.record.commit.state) {
      case RunState::pending:
        ++report_.pending;
        return;
      case RunState::failed:
        ++report_.failed;
        check_reason(run);
        return;
      case RunState::done:
        break;
    }
    if (!store_.matches(run, stored)) {
      if (store_.commit(run).state != RunState::done) return;  // being rewritten
      find(Severity::error, run, "checksum",
           "parameters, diagnostics or distribution do not match the checksum");
    }
    ++report_.checked;
    const auto& diagnostics = stored.record.diagnostics;
    const auto census = take_census(stored.pmd, store_.description().ky.size());
    if (check_values(run, census, diagnostics)) check_plausibility(run, census, diagnostics);
    check_duplicates(run, stored.pmd);
  }

  /// A farm that is at work replaces record and reason; what does not fit once may fit the next time.
  void check_reason(std::size_t run) {
    constexpr int tries = 3;
    for (int i = 0; i < tries; ++i)
      if (store_.reason_intact(run) || store_.commit(run).state != RunState::failed) return;
    find(Severity::error, run, "reason", "the reason of its failure does not match the checksum");
  }

  template <class... Values>
  void find(Severity severity, std::size_t run, const char* check, fmt::format_string<Values...> message,
            Values&&... values) {
    report_.findings.push_back({severity, run, check, fmt::format(message, std::forward<Values>(values)...)});
  }

  bool check_values(std::size_t run, const Census& census, const Diagnostics& diagnostics) {
    const auto before = report_.findings.size();
    if (census.not_finite > 0)
      find(Severity::error, run, "values", "{} values are not finite", census.not_finite);
    if (census.negative > 0 && !store_.description().is_measured(run))
      find(Severity::error, run, "values", "{} values are negative, down to {:.3g}", census.negative,
           census.min);
    for (const auto& field : diagnostics_fields)
      if (!std::isfinite(diagnostics.*field.member))
        find(Severity::error, run, "values", "{} is not finite", field.name);
    return report_.findings.size() == before;
  }

  void check_plausibility(std::size_t run, const Census& census, const Diagnostics& diagnostics) {
    if (census.min == census.max) {
      find(Severity::warning, run, "constant", "all values are {:.3g}", census.max);
      return;
    }
    const double yield = census.sum * cell_;
    const auto compare = [&](const char* name, double recorded, double true_value, double tolerance) {
      if (std::abs(recorded - true_value) > tolerance * true_value)
        find(Severity::warning, run, "diagnostics",
             "the recorded {} {:.3g} is not that of the distribution, {:.3g}", name, recorded, true_value);
    };
    compare("yield", diagnostics.yield, yield, 0.01);
    // A compact distribution keeps the sum, and moves its maximum by a part of a step.
    compare("pmd_max", diagnostics.pmd_max, census.max, store_.kind() == StoreKind::compact ? 0.05 : 1e-5);
    if (store_.description().is_measured(run)) return;  // the rest is about computing

    const double balance = diagnostics.absorbed > 0 ? yield / diagnostics.absorbed : 0;
    if (diagnostics.absorbed > 0) balances_.push_back(balance);
    if (!(balance >= balance_min && balance <= balance_max))
      find(Severity::warning, run, "balance",
           "yield {:.3g} against absorbed norm {:.3g} (ratio {:.3g}, expected {:.3g} to {:.3g})", yield,
           diagnostics.absorbed, balance, balance_min, balance_max);

    const double noise = diagnostics.noise_floor / census.max, rim = census.rim_max / census.max;
    noises_.push_back(noise);
    rims_.push_back(rim);
    if (noise > noise_max)
      find(Severity::warning, run, "noise",
           "the noise floor is {:.3g} of the maximum, expected at most {:.3g}", noise, noise_max);
    if (rim > rim_max)
      find(Severity::warning, run, "rim",
           "the distribution reaches the rim of the axes with {:.3g} of its maximum: its image is cut off "
           "there",
           rim);
    if (yield > 0) {
      const auto& p = store_.description().runs[run];
      auto& group = trend_[p.molecule];
      group.first.push_back(run);
      group.second.push_back({p.R, std::log10(p.intensity_w_cm2), std::log10(yield)});
    }
  }

  void check_duplicates(std::size_t run, const std::vector<float>& pmd) {
    // Of measured runs, and where something is unknown, equal parameters say nothing.
    const auto& d = store_.description();
    const auto [same_parameters, new_parameters] = d.is_measured(run) || !d.unknown_of(run).empty()
                                                       ? std::pair{parameters_.end(), true}
                                                       : parameters_.emplace(d.runs[run], run);
    const std::string_view bytes(reinterpret_cast<const char*>(pmd.data()), pmd.size() * sizeof(float));
    const auto [same_slab, new_slab] = slabs_.emplace(std::hash<std::string_view>{}(bytes), run);
    if (!new_parameters)
      find(Severity::warning, run, "duplicate", "has the parameters of run {}", same_parameters->second);
    else if (!new_slab)
      find(Severity::warning, run, "duplicate", "has the distribution of run {} in spite of other parameters",
           same_slab->second);
  }

  void check_trend() {
    std::vector<double> all;
    for (const auto& [molecule, group] : trend_) {
      const auto residuals = trend_residuals(group.second);
      const double deviation = robust_deviation(residuals);
      for (std::size_t i = 0; i < residuals.size(); ++i) {
        all.push_back(std::abs(residuals[i]));
        if (all.back() > outlier_decades && all.back() > outlier_deviations * deviation)
          find(Severity::warning, group.first[i], "outlier",
               "the yield {:.3g} is {:.3g} times {} neighbouring R and intensities suggest",
               std::pow(10, group.second[i].value), std::pow(10, all.back()),
               residuals[i] > 0 ? "what" : "less than what");
      }
    }
    report_.off_trend = spread_of(all);
  }

  const Store& store_;
  double cell_ = 0;  ///< d²k of one sample
  VerifyReport report_;
  std::vector<double> balances_, noises_, rims_;
  std::map<RunParameters, std::size_t> parameters_;
  std::map<std::size_t, std::size_t> slabs_;
  std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<TrendPoint>>> trend_;
};

/// Entry of the derived store's history that is this source, and whether it is told by its checksum.
std::pair<std::uint32_t, bool> entry_of(const Store& derived, const Store& source) {
  const auto history = nlohmann::json::parse(derived.description().history);
  const auto checksum = hexadecimal(source.description_checksum());
  for (std::uint32_t i = 0; i < history.size(); ++i)
    if (const auto& entry = history[i];
        entry.is_object() && entry.value("description_checksum", nlohmann::json()) == checksum)
      return {i, true};
  if (history.size() == 1) return {0, false};
  throw DataError(fmt::format("{}: is none of the stores that {} was made from", source.path().string(),
                              derived.path().string()));
}

}  // namespace

VerifyReport verify(const Store& store, const std::function<void(std::size_t, std::size_t)>& progress) {
  Verification verification(store);
  for (std::size_t run = 0; run < store.size(); ++run) {
    verification.look_at(run);
    if (progress) progress(run + 1, store.size());
  }
  return verification.finish();
}

LinkReport follow_links(const Store& derived, const std::vector<std::filesystem::path>& sources) {
  const auto& derivation = derived.description().derivation;
  if (!derivation)
    throw DataError(derived.path().string() + ": was not derived from other stores; it has no links");
  LinkReport report;
  for (const auto& links : derivation->links)
    report.links += links.size();
  for (const auto& file : sources) {
    const auto source = Store::open(file, Store::Mode::read);
    const auto [entry, named] = entry_of(derived, source);
    const auto records = source.commits();
    // A run's number changes where a store grows in front of it; its data do not.
    std::map<std::uint64_t, std::size_t> by_checksum, by_number;
    for (std::size_t row = 0; row < source.size(); ++row) {
      by_number.emplace(source.description().numbers[row], row);
      if (records[row].state == RunState::done) by_checksum.emplace(records[row].payload_checksum, row);
    }
    std::size_t intact = 0;
    std::vector<std::string> broken;
    for (std::size_t i = 0; i < derivation->links.size(); ++i)
      for (const auto& link : derivation->links[i]) {
        if (link.source != entry) continue;
        ++report.followed;
        if (by_checksum.contains(link.payload_checksum)) {
          ++intact;
          continue;
        }
        const auto row = by_number.find(link.run);
        const char* wrong = row == by_number.end() ? "is not there"
                            : records[row->second].state != RunState::done
                                ? "is not done"
                                : "is another one, with another checksum";
        broken.push_back(fmt::format("distribution {}: run {} of {} {}", i, link.run, file.string(), wrong));
      }
    if (intact == 0 && !named)
      throw DataError(fmt::format("{}: has none of the runs that {} was made from", file.string(),
                                  derived.path().string()));
    report.broken.insert(report.broken.end(), broken.begin(), broken.end());
  }
  return report;
}

}  // namespace bondscope
