#include "libml/nets/network_spec.hpp"

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::ml {
namespace {

std::int64_t fully_connected(std::int64_t inputs, std::int64_t outputs) {
  return (inputs + 1) * outputs;
}

std::int64_t parameters_of_blocks(const NetworkSpec& spec) {
  const std::int64_t kernel = std::int64_t{spec.kernel} * (spec.height == 1 ? 1 : spec.kernel);
  const std::int64_t outputs = spec.kind == "dense" ? spec.units : spec.filters;
  std::int64_t inputs = spec.kind == "dense" ? std::int64_t{spec.width} * spec.height : 1, count = 0;
  for (int block = 0; block < spec.blocks; ++block) {
    count += fully_connected(spec.kind == "dense" ? inputs : inputs * kernel, outputs);
    count += 2 * outputs;  // batch normalisation
    inputs = outputs;
  }
  return count;
}

}  // namespace

void check(const NetworkSpec& spec) {
  if (spec.kind == "cnn") {
    const int factor = 1 << spec.blocks;
    const auto check_size = [&](const char* key, int size) {
      if (size < factor || size % factor != 0)
        throw ConfigError(
            fmt::format("{}: {} pixels cannot be halved {} times (network.blocks); expected a multiple of {}",
                        key, size, spec.blocks, factor));
    };
    check_size("image.width", spec.width);
    if (spec.height != 1) check_size("image.height", spec.height);
  }
  if (const auto count = parameter_count(spec); count > most_parameters)
    throw ConfigError(
        fmt::format("network: it would have {} parameters; expected at most {}", count, most_parameters));
}

std::int64_t features(const NetworkSpec& spec) {
  if (spec.kind == "dense") return spec.units;
  const std::int64_t height = spec.height == 1 ? 1 : spec.height >> spec.blocks;
  return std::int64_t{spec.filters} * (spec.width >> spec.blocks) * height;
}

std::int64_t parameter_count(const NetworkSpec& spec) {
  std::int64_t count = parameters_of_blocks(spec);
  std::int64_t inputs = features(spec) + (spec.extent ? extent_inputs : 0);
  if (spec.hidden > 0) {
    count += fully_connected(inputs, spec.hidden);
    inputs = spec.hidden;
  }
  return (count + fully_connected(inputs, spec.outputs)) * spec.members;
}

}  // namespace bondscope::ml
