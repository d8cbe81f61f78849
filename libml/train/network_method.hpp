#pragma once

// A network with what it needs of an image and what its answers mean.

#include <string>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/data/method.hpp"
#include "libml/nets/network.hpp"
#include "libml/train/description.hpp"
#include "libml/train/preprocessing.hpp"

namespace bondscope::ml {

/// A network with what belongs to it, as a Method.
class NetworkMethod : public Method {
 public:
  /// From what is kept of it: the network's weights and the mean image, and among the description's settings
  /// the signs that targets have in mirrored copies. Throws DataError if they do not fit the description.
  NetworkMethod(const ModelDescription& description, std::vector<NamedArray> arrays, Device device);

  /// Of its images.
  const Preprocessing& preprocessing() const { return preprocessing_; }
  /// What answers.
  const Network& network() const { return network_; }

  std::vector<double> predict(const SampleSet& samples, std::span<const std::size_t> chosen,
                              const LoadMonitor& monitor = {}) const override;

 private:
  Preprocessing preprocessing_;
  Network network_;
  Mirrors mirrors_;    ///< over whose copies answers are averaged
  TargetSigns signs_;  ///< of the targets in them
};

/// What is kept of a network: its weights and, if there is one, the mean image.
std::vector<NamedArray> kept_arrays(std::vector<NamedArray> weights, const Preprocessing& preprocessing,
                                    const ImageSettings& image);

}  // namespace bondscope::ml
