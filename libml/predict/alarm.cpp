#include "libml/predict/alarm.hpp"

#include <algorithm>

#include "libpmd/base/statistics/quantile.hpp"

namespace bondscope::ml {

Strangeness with_misfit(Strangeness strangeness, std::span<const Peak> peaks) {
  if (!peaks.empty()) strangeness.values.back() = peaks.front().misfit;
  return strangeness;
}

Alarm::Alarm(std::vector<Strangeness> calibrated, const std::vector<double>& electrons,
             const std::vector<RunParameters>& runs)
    : noise_(noise_levels(electrons)) {
  for (const auto& noise : noise_) {
    auto& level = levels_.emplace_back();
    for (const auto run : noise.runs)
      level.runs.push_back(calibrated[run]);
    level.parts = parts_of_runs(noise.runs, runs);
    level.different = static_cast<double>(different_runs(level.parts));
    level.ranks.resize(level.runs.size());
    for (std::size_t s = 0; s < Strangeness::names.size(); ++s) {
      std::vector<double> values;
      for (const auto& run : level.runs)
        values.push_back(run.values[s]);
      std::ranges::sort(values);
      level.medians[s] = median(values);
      level.asked[s] = values.back() > 0;
      for (std::size_t i = 0; i < level.runs.size(); ++i)
        level.ranks[i][s] = static_cast<std::size_t>(
            values.end() - std::ranges::lower_bound(values, level.runs[i].values[s]));
    }
  }
}

Alarm::Extreme Alarm::extreme(const Strangeness& strangeness, const Ranks& ranks, const Numbers& medians) {
  Extreme found{.rank = static_cast<std::size_t>(-1)};
  for (std::size_t s = 0; s < ranks.size(); ++s) {
    const Extreme one{ranks[s], s, medians[s] > 0 ? strangeness.values[s] / medians[s] : 0};
    if (!found.as_strange_as(one)) found = one;
  }
  return found;
}

Alarm::Verdict Alarm::operator()(const Strangeness& seen, double electrons) const {
  const auto& [runs, ranks, parts, different, medians, asked] = levels_[level_of(noise_, electrons)];
  auto strangeness = seen;
  for (std::size_t s = 0; s < asked.size(); ++s)
    if (!asked[s]) strangeness.values[s] = 0;
  Ranks own;
  own.fill(1);
  for (const auto& run : runs)
    for (std::size_t s = 0; s < own.size(); ++s)
      own[s] += run.values[s] >= strangeness.values[s];
  const auto image = extreme(strangeness, own, medians);
  double as_strange = 1;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto with_image = ranks[i];
    for (std::size_t s = 0; s < own.size(); ++s)
      with_image[s] += strangeness.values[s] >= runs[i].values[s];
    if (extreme(runs[i], with_image, medians).as_strange_as(image)) as_strange += parts[i];
  }
  const double all = different + 1;
  const double p = as_strange / all;
  return {p, p <= std::max(alarm_level, 1 / all), image.number, image.excess};
}

}  // namespace bondscope::ml
