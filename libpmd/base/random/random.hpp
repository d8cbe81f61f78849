#pragma once

// A sequence of random numbers that is the same on every machine and with every version of every library.
// Where the numbers should belong to one thing only, in whatever order things are made, see random_draws.hpp.

#include <cstdint>
#include <random>
#include <string_view>
#include <vector>

namespace bondscope {

/// A stream of its own for every (seed, purpose, index): drawing more for one purpose changes no other.
class Random {
 public:
  /// The stream of a seed, a purpose and an index: independent of all others.
  Random(std::uint64_t seed, std::string_view purpose, std::uint64_t index = 0);

  /// Uniform in 0 … n-1, without bias. n > 0.
  std::uint64_t below(std::uint64_t n);
  /// Uniform in [0, 1).
  double uniform();
  /// 64 random bits, e.g. as the seed of another generator.
  std::uint64_t bits() { return engine_(); }

 private:
  // Its numbers are fixed by the C++ standard, unlike those of its distributions. They stay: the intervals
  // that a bootstrap gives to the test of a model are drawn from them.
  std::mt19937_64 engine_;
};

/// 0 … n-1 in random order (Fisher–Yates).
std::vector<std::size_t> permutation(std::size_t n, Random& random);

}  // namespace bondscope
