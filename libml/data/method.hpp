#pragma once

// What has learned to tell quantities of a run from its image: networks, kernels, trees, known images.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// What an experiment has done to a distribution, as far as a method has found it out.
struct FoundEffect {
  std::string name;             ///< of an effect (baselines/instrument.hpp)
  std::optional<double> value;  ///< in its unit; none of it if there is none
};

/// Where the truth may be as a method sees it: a maximum of what is probable.
struct Peak {
  std::vector<double> values;          ///< of the targets, in their units
  std::vector<double> covariance;      ///< [target][target], of errors about them by the method's own account
  double deficit = 0;                  ///< how much less probable than the first one, ln
  std::vector<FoundEffect> effects{};  ///< found together with the values
  double misfit =
      0;  ///< how unlike what is expected there the image is, χ² over degrees of freedom; 0: not told
};

/// What answers for images: a network, or a method without layers.
class Method {
 public:
  virtual ~Method();

  /// Answers [chosen][output]: the targets in their units, of a classifier the scores of its classes. The
  /// same samples in the same order give the same bits. `monitor` may be called while it works. Throws
  /// DataError if the images are not as those that were learned from.
  virtual std::vector<double> predict(const SampleSet& samples, std::span<const std::size_t> chosen,
                                      const LoadMonitor& monitor = {}) const = 0;

  /// Of a method that knows more than one answer, for each of the chosen: the most probable first, which is
  /// predict()'s, and others that are not out of the question. Of any other nothing. Throws what predict()
  /// throws.
  virtual std::vector<std::vector<Peak>> peaks(const SampleSet& samples, std::span<const std::size_t> chosen,
                                               const LoadMonitor& monitor = {}) const;

 protected:
  Method() = default;
  Method(const Method&) = default;
  Method& operator=(const Method&) = default;
};

}  // namespace bondscope::ml
