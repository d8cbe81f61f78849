#include "libpmd/base/random/random.hpp"

#include <numeric>
#include <utility>

namespace bondscope {
namespace {

/// splitmix64: neighbouring inputs give unrelated outputs.
std::uint64_t scramble(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

/// FNV-1a; std::hash differs between standard libraries.
std::uint64_t hash(std::string_view text) {
  std::uint64_t h = 0xcbf29ce484222325u;
  for (const char c : text)
    h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return h;
}

}  // namespace

Random::Random(std::uint64_t seed, std::string_view purpose, std::uint64_t index)
    : engine_(scramble(scramble(scramble(seed) ^ hash(purpose)) + index)) {}

std::uint64_t Random::below(std::uint64_t n) {
  // The lowest 2^64 mod n numbers are refused, so that every remainder is equally likely.
  const std::uint64_t refused = (0 - n) % n;
  std::uint64_t x = engine_();
  while (x < refused)
    x = engine_();
  return x % n;
}

double Random::uniform() {
  return static_cast<double>(engine_() >> 11) * 0x1p-53;
}

std::vector<std::size_t> permutation(std::size_t n, Random& random) {
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = n; i > 1; --i)
    std::swap(order[i - 1], order[random.below(i)]);
  return order;
}

}  // namespace bondscope
