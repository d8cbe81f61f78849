#include "libpmd/inspect/verify.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string_view>
#include <tuple>

#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/quantile.hpp"
#include "libpmd/inspect/outliers.hpp"

namespace bondscope {
namespace {

using Severity = Finding::Severity;

std::string brief(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3g", value);
  return text;
}

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
  Verification(const Store& store, const VerifyLimits& limits) : store_(store), limits_(limits) {
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
      find(Severity::error, run, "values", std::string("cannot be read: ") + error.what());
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
    // A farm may be at work: a record counts as damaged only if it reads so twice.
    if (!store_.commit(run).intact && !store_.commit(run).intact)
      find(Severity::error, run, "commit",
           "the commit record is damaged; the run counts as pending and will be computed again");
    switch (store_.commit(run).state) {
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
    if (!store_.payload_intact(run)) {
      if (store_.commit(run).state != RunState::done) return;  // being rewritten
      find(Severity::error, run, "checksum",
           "parameters, diagnostics or distribution do not match the checksum");
    }
    ++report_.checked;
    const auto diagnostics = store_.diagnostics(run);
    const auto pmd = store_.pmd(run);
    const auto census = take_census(pmd, store_.description().ky.size());
    if (check_values(run, census, diagnostics)) check_plausibility(run, census, diagnostics);
    check_duplicates(run, pmd);
  }

  /// A farm that is at work replaces record and reason; what does not fit once may fit the next time.
  void check_reason(std::size_t run) {
    constexpr int tries = 3;
    for (int i = 0; i < tries; ++i)
      if (store_.reason_intact(run) || store_.commit(run).state != RunState::failed) return;
    find(Severity::error, run, "reason", "the reason of its failure does not match the checksum");
  }

  void find(Severity severity, std::size_t run, const char* check, std::string message) {
    report_.findings.push_back({severity, run, check, std::move(message)});
  }

  bool check_values(std::size_t run, const Census& census, const Diagnostics& diagnostics) {
    bool sound = true;
    if (census.not_finite > 0) {
      find(Severity::error, run, "values", std::to_string(census.not_finite) + " values are not finite");
      sound = false;
    }
    if (census.negative > 0) {
      find(Severity::error, run, "values",
           std::to_string(census.negative) + " values are negative, down to " + brief(census.min));
      sound = false;
    }
    for (const auto& field : diagnostics_fields)
      if (!std::isfinite(diagnostics.*field.member)) {
        find(Severity::error, run, "values", std::string(field.name) + " is not finite");
        sound = false;
      }
    return sound;
  }

  void check_plausibility(std::size_t run, const Census& census, const Diagnostics& diagnostics) {
    if (census.min == census.max) {
      find(Severity::warning, run, "constant", "all values are " + brief(census.max));
      return;
    }
    const double yield = census.sum * cell_;
    if (std::abs(diagnostics.yield - yield) > 0.01 * yield)
      find(Severity::warning, run, "diagnostics",
           "the recorded yield " + brief(diagnostics.yield) + " is not that of the distribution, " +
               brief(yield));
    if (std::abs(diagnostics.pmd_max - census.max) > 1e-5 * census.max)
      find(Severity::warning, run, "diagnostics",
           "the recorded pmd_max " + brief(diagnostics.pmd_max) + " is not that of the distribution, " +
               brief(census.max));

    const double balance = diagnostics.absorbed > 0 ? yield / diagnostics.absorbed : 0;
    if (diagnostics.absorbed > 0) balances_.push_back(balance);
    if (!(balance >= limits_.balance_min && balance <= limits_.balance_max))
      find(Severity::warning, run, "balance",
           "yield " + brief(yield) + " against absorbed norm " + brief(diagnostics.absorbed) + " (ratio " +
               brief(balance) + ", expected " + brief(limits_.balance_min) + " to " +
               brief(limits_.balance_max) + ")");

    const double noise = diagnostics.noise_floor / census.max, rim = census.rim_max / census.max;
    noises_.push_back(noise);
    rims_.push_back(rim);
    if (noise > limits_.noise_max)
      find(Severity::warning, run, "noise",
           "the noise floor is " + brief(noise) + " of the maximum, expected at most " +
               brief(limits_.noise_max));
    if (rim > limits_.rim_max)
      find(Severity::warning, run, "rim",
           "the distribution reaches the rim of the axes with " + brief(rim) +
               " of its maximum: its image is cut off there");
    if (yield > 0) {
      const auto& p = store_.description().runs[run];
      auto& group = trend_[p.molecule];
      group.first.push_back(run);
      group.second.push_back({p.R, std::log10(p.intensity_w_cm2), std::log10(yield)});
    }
  }

  void check_duplicates(std::size_t run, const std::vector<float>& pmd) {
    const auto& p = store_.description().runs[run];
    const auto [same_parameters, new_parameters] =
        parameters_.emplace(std::make_tuple(p.molecule, p.R, p.intensity_w_cm2, p.cep, p.angle), run);
    const std::string_view bytes(reinterpret_cast<const char*>(pmd.data()), pmd.size() * sizeof(float));
    const auto [same_slab, new_slab] = slabs_.emplace(std::hash<std::string_view>{}(bytes), run);
    if (!new_parameters)
      find(Severity::warning, run, "duplicate",
           "has the parameters of run " + std::to_string(same_parameters->second));
    else if (!new_slab)
      find(Severity::warning, run, "duplicate",
           "has the distribution of run " + std::to_string(same_slab->second) +
               " in spite of other parameters");
  }

  void check_trend() {
    std::vector<double> all;
    for (const auto& [molecule, group] : trend_) {
      const auto residuals = trend_residuals(group.second);
      const double deviation = robust_deviation(residuals);
      for (std::size_t i = 0; i < residuals.size(); ++i) {
        all.push_back(std::abs(residuals[i]));
        if (all.back() > limits_.outlier_decades && all.back() > limits_.outlier_deviations * deviation)
          find(Severity::warning, group.first[i], "outlier",
               "the yield " + brief(std::pow(10, group.second[i].value)) + " is " +
                   brief(std::pow(10, all.back())) +
                   (residuals[i] > 0 ? " times what" : " times less than what") +
                   " neighbouring R and intensities suggest");
      }
    }
    report_.off_trend = spread_of(all);
  }

  const Store& store_;
  const VerifyLimits limits_;
  double cell_ = 0;  ///< d²k of one sample
  VerifyReport report_;
  std::vector<double> balances_, noises_, rims_;
  std::map<std::tuple<std::string, double, double, double, double>, std::size_t> parameters_;
  std::map<std::size_t, std::size_t> slabs_;
  std::map<std::string, std::pair<std::vector<std::size_t>, std::vector<TrendPoint>>> trend_;
};

}  // namespace

VerifyReport verify(const Store& store, const std::function<void(std::size_t, std::size_t)>& progress,
                    const VerifyLimits& limits) {
  Verification verification(store, limits);
  for (std::size_t run = 0; run < store.size(); ++run) {
    verification.look_at(run);
    if (progress) progress(run + 1, store.size());
  }
  return verification.finish();
}

}  // namespace bondscope
