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

/// Of what the blocks make of an image.
std::int64_t cells(const NetworkSpec& spec) {
  const std::int64_t height = spec.height == 1 ? 1 : spec.height >> spec.blocks;
  return std::int64_t{spec.width >> spec.blocks} * height;
}

}  // namespace

void check(const NetworkSpec& spec) {
  if (spec.additive && spec.kind != "cnn")
    throw ConfigError("network.additive: a network of kind dense has no cells; expected kind cnn, or false");
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
  return spec.kind == "dense" ? spec.units : std::int64_t{spec.filters} * cells(spec);
}

std::int64_t inputs_of_hidden(const NetworkSpec& spec) {
  return (spec.additive ? spec.filters : features(spec)) + (spec.extent ? extent_inputs : 0);
}

std::int64_t inputs_of_output(const NetworkSpec& spec) {
  const std::int64_t each = spec.hidden > 0 ? spec.hidden : inputs_of_hidden(spec);
  return spec.additive ? each * cells(spec) : each;
}

bool is_additive(const NetworkSpec& spec) {
  if (spec.kind != "cnn" || (spec.classes && spec.members > 1)) return false;
  return spec.additive || (spec.hidden == 0 && !spec.extent);
}

int receptive_field(const NetworkSpec& spec) {
  int pixels = 1;
  for (int block = 0; block < spec.blocks; ++block)
    pixels += spec.kernel << block;  // (kernel - 1) of the convolution and 1 of the pooling, 2^block apart
  return pixels;
}

std::int64_t parameter_count(const NetworkSpec& spec) {
  std::int64_t count = parameters_of_blocks(spec) + fully_connected(inputs_of_output(spec), spec.outputs);
  if (spec.hidden > 0) count += fully_connected(inputs_of_hidden(spec), spec.hidden);
  return count * spec.members;
}

}  // namespace bondscope::ml
