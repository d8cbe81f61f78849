#pragma once

// A network as a value, without LibTorch in sight.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/nets/network_spec.hpp"

namespace bondscope::ml {

/// What computes.
enum class Device { cpu, cuda };
/// "cpu", "cuda".
const char* to_string(Device device);
/// "cpu", "cuda", or "auto": cuda if this LibTorch and this machine have it. Throws ConfigError for
/// other words, and for "cuda" where there is none.
Device choose_device(const std::string& name);

class NetworkModule;

/// A network as a value; shows nothing of LibTorch.
class Network {
 public:
  /// Images that evaluate() puts through the network at once.
  static constexpr std::size_t evaluation_batch = 32;

  /// Start values are drawn from `seed`. Throws ConfigError if the description cannot be built.
  Network(const NetworkSpec& spec, std::uint64_t seed, Device device);
  Network(Network&&) noexcept;
  Network& operator=(Network&&) noexcept;
  ~Network();

  /// Its shape.
  const NetworkSpec& spec() const { return spec_; }
  /// Where it is.
  Device device() const { return device_; }
  /// Trainable numbers, counted in the built network.
  std::int64_t parameter_count() const;

  /// All trainable numbers and the running statistics of the batch normalisation.
  std::vector<NamedArray> arrays() const;
  /// Throws DataError if names or shapes are not this network's, naming the first that differs.
  void load(const std::vector<NamedArray>& arrays);

  /// Keeps the first `blocks` blocks as they are while the others train. Throws ConfigError if there
  /// are not so many.
  void freeze(int blocks);

  /// Outputs [image][output] in evaluation mode, computed in fixed batches, so that the same images in the
  /// same order give the same bits. `images` is [image][width][height], `extent` [image][4] if the network is
  /// told it; preprocessed.
  std::vector<float> evaluate(std::span<const float> images, std::span<const float> extent = {}) const;

  /// For the trainer.
  NetworkModule& module() const { return *module_; }

 private:
  NetworkSpec spec_;
  Device device_;
  std::shared_ptr<NetworkModule> module_;
};

}  // namespace bondscope::ml
