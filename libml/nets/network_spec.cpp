#include "libml/nets/network_spec.hpp"

#include "libtdse/base/error.hpp"

namespace ml {

void check(const NetworkSpec& spec) {
  const int factor = 1 << spec.blocks;
  for (const auto& [key, size] :
       {std::pair{"image.width", spec.width}, std::pair{"image.height", spec.height}})
    if (size < factor || size % factor != 0)
      throw tdse::ConfigError(std::string(key) + ": " + std::to_string(size) + " pixels cannot be halved " +
                              std::to_string(spec.blocks) +
                              " times (network.blocks); expected a multiple of " + std::to_string(factor));
}

std::int64_t features(const NetworkSpec& spec) {
  return std::int64_t{spec.filters} * (spec.width >> spec.blocks) * (spec.height >> spec.blocks);
}

std::int64_t parameter_count(const NetworkSpec& spec) {
  std::int64_t count = 0, channels = 1;
  for (int block = 0; block < spec.blocks; ++block) {
    const std::int64_t filters = spec.filters;
    count += channels * spec.kernel * spec.kernel * filters + filters;  // convolution
    count += 2 * filters;                                               // batch normalisation
    channels = filters;
  }
  return count + (features(spec) + 1) * spec.outputs;
}

}  // namespace ml
