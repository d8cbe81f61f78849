#pragma once

// A number learned from features.

#include <memory>
#include <string>
#include <vector>

#include "libml/baselines/features.hpp"
#include "libml/data/samples.hpp"

namespace bondscope::ml {

class Regressor {
 public:
  virtual ~Regressor() = default;
  /// One value of `truth` for every row of `features`; at least one.
  virtual void learn(const Features& features, const std::vector<double>& truth,
                     const LoadMonitor& monitor) = 0;
  virtual std::vector<double> predict(const Features& features) const = 0;
  /// What was chosen by cross-validation, e.g. "C 100, gamma 0.0012, epsilon 0.02".
  virtual std::string settings() const = 0;
};

}  // namespace bondscope::ml
