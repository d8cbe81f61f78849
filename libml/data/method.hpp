#pragma once

// What has learned to tell quantities of a run from its image: networks, kernels, trees, known images.

#include <cstddef>
#include <span>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// What answers for images: a network, or a method without layers.
class Method {
 public:
  virtual ~Method();

  /// Answers [chosen][output]: the targets in their units, of a classifier the scores of its classes. The
  /// same samples in the same order give the same bits. `monitor` may be called while it works. Throws
  /// DataError if the images are not as those that were learned from.
  virtual std::vector<double> predict(const SampleSet& samples, std::span<const std::size_t> chosen,
                                      const LoadMonitor& monitor = {}) const = 0;

 protected:
  Method() = default;
  Method(const Method&) = default;
  Method& operator=(const Method&) = default;
};

}  // namespace bondscope::ml
