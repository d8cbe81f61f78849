#include "libml/predict/told_targets.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

namespace bondscope::ml {
namespace {

/// Cosine and sine of the smallest multiple of an angle that there are both of; none if it is itself asked
/// for.
std::optional<std::pair<std::size_t, std::size_t>> cosine_and_sine(const std::vector<Target>& asked,
                                                                   const std::string& parameter) {
  std::optional<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t c = 0; c < asked.size(); ++c) {
    if (asked[c].parameter.name != parameter) continue;
    if (asked[c].part == Part::itself) return {};
    if (asked[c].part != Part::cosine) continue;
    for (std::size_t s = 0; s < asked.size(); ++s)
      if (asked[s].parameter.name == parameter && asked[s].part == Part::sine &&
          asked[s].multiple == asked[c].multiple &&
          (!found || asked[c].multiple < asked[found->first].multiple))
        found = {c, s};
  }
  return found;
}

}  // namespace

ToldTargets::ToldTargets(const std::vector<Target>& asked) : asked_(asked.size()) {
  for (std::size_t t = 0; t < asked.size(); ++t) {
    const auto& parameter = asked[t].parameter;
    const auto parts = cosine_and_sine(asked, parameter.name);
    if (!parts || (t != parts->first && t != parts->second)) {
      told_.push_back(asked[t]);
      from_.push_back({t});
    } else if (t == std::min(parts->first, parts->second)) {
      told_.push_back({parameter.title, parameter.label, parameter.shown_unit_name, parameter, Part::itself,
                       asked[t].multiple});
      from_.push_back({t, parts->first, parts->second});
    }
  }
}

std::vector<double> ToldTargets::values(std::span<const double> asked) const {
  std::vector<double> told;
  for (std::size_t begin = 0; begin < asked.size(); begin += asked_) {
    const auto of_run = asked.subspan(begin, asked_);
    for (std::size_t t = 0; t < told_.size(); ++t) {
      const auto& from = from_[t];
      if (!from.cosine) {
        told.push_back(of_run[from.first]);
        continue;
      }
      const double part = std::atan2(of_run[*from.sine], of_run[*from.cosine]) / (2 * std::numbers::pi);
      told.push_back((part - std::floor(part)) * told_[t].period());
    }
  }
  return told;
}

Evidence ToldTargets::evidence(Evidence asked) const {
  if (told_.size() == asked_) return asked;
  asked.peaks.clear();
  asked.outputs = asked.answers;
  asked.answers = values(asked.outputs);
  asked.truths = values(asked.truths);
  asked.targets = told_.size();
  asked.periods.clear();
  for (const auto& target : told_)
    asked.periods.push_back(target.period());
  return asked;
}

}  // namespace bondscope::ml
