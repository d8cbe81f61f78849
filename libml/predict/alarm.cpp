#include "libml/predict/alarm.hpp"

#include <algorithm>

#include "libml/predict/noise_level.hpp"

namespace bondscope::ml {

Alarm::Alarm(std::vector<Strangeness> calibrated, const std::vector<double>& electrons)
    : noise_(noise_levels(electrons)) {
  for (const auto& noise : noise_) {
    auto& level = levels_.emplace_back();
    for (std::size_t s = 0; s < Strangeness::names.size(); ++s) {
      for (const auto run : noise.runs)
        level.values[s].push_back(calibrated[run].values[s]);
      std::ranges::sort(level.values[s]);
    }
    for (const auto run : noise.runs)
      level.combined.push_back(smallest(level, calibrated[run], true).p_value);
    std::ranges::sort(level.combined);
  }
}

Alarm::Smallest Alarm::smallest(const Level& level, const Strangeness& strangeness, bool itself) {
  Smallest found{.p_value = 2};
  for (std::size_t s = 0; s < Strangeness::names.size(); ++s) {
    const auto& values = level.values[s];
    const auto as_strange =
        static_cast<double>(values.end() - std::ranges::lower_bound(values, strangeness.values[s]));
    const auto count = static_cast<double>(values.size());
    // A run of the calibration is among those that are as strange as it is.
    const double p = itself ? as_strange / count : (1 + as_strange) / (1 + count);
    const double excess = values.back() > 0 ? strangeness.values[s] / values.back() : 0;
    if (p < found.p_value || (p == found.p_value && excess > found.excess)) found = {p, s, excess};
  }
  return found;
}

Alarm::Verdict Alarm::operator()(const Strangeness& strangeness, double electrons) const {
  const auto& level = levels_[level_of(noise_, electrons)];
  const auto [c, strangest, excess] = smallest(level, strangeness, false);
  const auto as_rare =
      static_cast<double>(std::ranges::upper_bound(level.combined, c) - level.combined.begin());
  const double all = 1 + static_cast<double>(level.combined.size());
  const double p = (1 + as_rare) / all;
  return {p, p <= std::max(alarm_level, 1 / all), strangest, excess};
}

}  // namespace bondscope::ml
