#include "libml/predict/told_targets.hpp"

#include <cmath>
#include <numbers>

namespace bondscope::ml {
namespace {

/// The one with the other part of the same angle.
std::optional<std::size_t> partner_of(const std::vector<Target>& asked, std::size_t t) {
  for (std::size_t other = 0; other < asked.size(); ++other)
    if (asked[other].part != Part::itself && asked[other].part != asked[t].part &&
        asked[other].parameter.name == asked[t].parameter.name && asked[other].multiple == asked[t].multiple)
      return other;
  return {};
}

}  // namespace

ToldTargets::ToldTargets(const std::vector<Target>& asked) : asked_(asked.size()) {
  for (std::size_t t = 0; t < asked.size(); ++t) {
    const auto partner = asked[t].part == Part::itself ? std::nullopt : partner_of(asked, t);
    if (!partner) {
      told_.push_back(asked[t]);
      from_.push_back({t});
    } else if (t < *partner) {
      const auto& parameter = asked[t].parameter;
      told_.push_back({parameter.title, parameter.label, parameter.shown_unit_name, parameter, Part::itself,
                       asked[t].multiple});
      const bool cosine_first = asked[t].part == Part::cosine;
      from_.push_back({t, cosine_first ? t : *partner, cosine_first ? *partner : t});
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
  // Of a method that knows of peaks nothing is a cosine.
  if (told_.size() == asked_) return asked;
  asked.answers = values(asked.answers);
  asked.truths = values(asked.truths);
  asked.targets = told_.size();
  asked.periods.clear();
  for (const auto& target : told_)
    asked.periods.push_back(target.period());
  return asked;
}

}  // namespace bondscope::ml
