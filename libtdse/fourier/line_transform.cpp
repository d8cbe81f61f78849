#include "libtdse/fourier/line_transform.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"

namespace bondscope::tdse {
namespace {

constexpr int shortest = 16, longest = 8192;
constexpr double pi = 3.14159265358979323846;

/// Cost per element of a pass, relative (measured on one core of an EPYC Zen 5).
struct Radix {
  int value;
  double cost;
};
constexpr std::array<Radix, 7> known{
    {{4, 1.05}, {5, 1.15}, {6, 1.2}, {8, 1.3}, {9, 1.5}, {10, 1.5}, {12, 1.6}}};

struct Choice {
  double cost = std::numeric_limits<double>::infinity();
  std::vector<int> radices;
};

/// The cheapest product of at least `passes` radices, in descending order from `first` on.
Choice cheapest(int n, std::size_t first, int passes) {
  Choice best;
  if (n == 1 && passes <= 0) return {0, {}};
  for (std::size_t r = first; r-- > 0;) {
    if (n % known[r].value != 0) continue;
    Choice rest = cheapest(n / known[r].value, r + 1, passes - 1);
    rest.cost += known[r].cost;
    if (rest.cost < best.cost) {
      rest.radices.insert(rest.radices.begin(), known[r].value);
      best = std::move(rest);
    }
  }
  return best;
}

}  // namespace

bool transformable(int length) {
  if (length < shortest || length > longest || length % lanes != 0) return false;
  for (const int prime : {2, 3, 5})
    while (length % prime == 0)
      length /= prime;
  return length == 1;
}

int transformable_length(int n) {
  for (int length = std::max(n, shortest); length <= longest; ++length)
    if (transformable(length)) return length;
  throw ConfigError(
      fmt::format("a grid of {} points in one direction is beyond the largest supported, {}; use a smaller "
                  "half_width or a larger spacing",
                  n, longest));
}

std::vector<int> radices(int length) {
  if (!transformable(length)) return {};
  return cheapest(length, known.size(), 2).radices;
}

template <class Real>
BasicLineTransform<Real>::BasicLineTransform(int length) : length_(length) {
  const auto factors = radices(length);
  if (factors.empty())
    throw ConfigError(
        fmt::format("lines of {} points cannot be transformed; expected a multiple of {} from {} to {} with "
                    "no prime factor above 5, such as {}",
                    length, lanes, shortest, longest, transformable_length(std::min(length, longest))));
  int rest = length;
  for (const int radix : factors) {
    const int stride = rest / radix;
    AlignedVector<Real> twiddles;
    for (int j = 0; j < stride; ++j)
      for (int p = 1; p < radix; ++p) {
        const double angle = -2 * pi * (j * p % rest) / rest;
        twiddles.push_back(static_cast<Real>(std::cos(angle)));
        twiddles.push_back(static_cast<Real>(std::sin(angle)));
      }
    twiddles_.push_back(std::move(twiddles));
    passes_.push_back({radix, stride, length / rest, twiddles_.back().data()});
    rest = stride;
  }
  // Position p1·n/r1 + p2·n/(r1 r2) + … holds frequency p1 + r1·(p2 + r2·(…)).
  const auto size = static_cast<std::size_t>(length);
  frequency_.resize(size);
  position_.resize(size);
  for (int position = 0; position < length; ++position) {
    int frequency = 0, weight = 1, remaining = position;
    for (const auto& pass : passes_) {
      frequency += weight * (remaining / pass.stride);
      remaining %= pass.stride;
      weight *= pass.radix;
    }
    frequency_[static_cast<std::size_t>(position)] = frequency;
    position_[static_cast<std::size_t>(frequency)] = position;
  }
  const int radix = factors.back();
  for (int group = 0; group < length / radix; ++group) {
    const int opposite = (length - frequency(group * radix)) % length;
    partner_group_.push_back(position_[static_cast<std::size_t>(opposite)] / radix);
  }
}

template class BasicLineTransform<double>;
template class BasicLineTransform<float>;

}  // namespace bondscope::tdse
