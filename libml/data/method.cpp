#include "libml/data/method.hpp"

namespace bondscope::ml {

Method::~Method() = default;

std::vector<std::vector<Peak>> Method::peaks(const SampleSet&, std::span<const std::size_t>,
                                             const LoadMonitor&) const {
  return {};
}

}  // namespace bondscope::ml
