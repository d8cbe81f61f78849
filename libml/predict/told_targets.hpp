#pragma once

// What answers tell of what a model was asked for: of the cosine and the sine of an angle, the angle.

#include <optional>
#include <span>
#include <vector>

#include "libml/data/targets.hpp"
#include "libml/predict/evidence.hpp"

namespace bondscope::ml {

/// A model's targets as people ask for them. Models learn cosine and sine of an angle, which do not jump
/// where its period ends; where there are both, of the same multiple, answers tell the angle instead, in the
/// place of the first of them and up to the period of that multiple (of cos_2_angle and sin_2_angle half a
/// turn). An angle is told once: of its smallest multiple, and not at all if it is itself asked for.
/// Everything else is told as it is.
class ToldTargets {
 public:
  /// Of these.
  explicit ToldTargets(const std::vector<Target>& asked);

  /// What is told.
  const std::vector<Target>& targets() const { return told_; }
  /// Which of the model's targets is told as this one; of an angle its cosine or sine, whichever comes first.
  std::size_t asked(std::size_t told) const { return from_[told].first; }
  /// [run][target] of the model as [run][target] told, angles from 0 to their period.
  std::vector<double> values(std::span<const double> asked) const;
  /// The same of answers and truths.
  Evidence evidence(Evidence asked) const;

 private:
  struct From {
    std::size_t first = 0;
    std::optional<std::size_t> cosine{}, sine{};
  };

  std::size_t asked_ = 0;
  std::vector<Target> told_;
  std::vector<From> from_;
};

}  // namespace bondscope::ml
