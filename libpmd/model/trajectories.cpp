#include "libpmd/model/trajectories.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr double least_rate = 1e-5;  // of the largest
constexpr double times_per_cycle = 200;
constexpr std::size_t starts_every = 4;

}  // namespace

double weakest_field(double strongest, double binding_energy) {
  const double kappa_cubed = std::pow(2 * binding_energy, 1.5);
  return 1 / (1 / strongest - 1.5 * std::log(least_rate) / kappa_cubed);
}

Reach classical_reach(const Pulse& pulse, double binding_energy, const LateReturns& late) {
  Reach reach;
  if (pulse.peak_field() == 0) return reach;
  const auto times = static_cast<std::size_t>(
      std::ceil(times_per_cycle * pulse.duration() * pulse.highest_frequency() / (2 * units::pi)));
  const double dt = pulse.duration() / static_cast<double>(times);
  std::vector<double> A(times + 1), excursion(times + 1), field(times + 1);
  for (std::size_t i = 0; i <= times; ++i) {
    const double t = static_cast<double>(i) * dt;
    A[i] = pulse.vector_potential(t);
    excursion[i] = pulse.excursion(t);
    field[i] = std::abs(pulse.field(t));
  }
  const double strongest = *std::ranges::max_element(field);
  const auto [lowest, highest] = std::ranges::minmax(excursion);
  const double margin = 1e-6 * (highest - lowest);  // for rounding
  const double weakest = weakest_field(strongest, binding_energy);
  for (std::size_t start = 0; start < times; start += starts_every) {
    if (field[start] < weakest) continue;
    reach.direct = std::max(reach.direct, std::abs(A[start]));
    const auto position = [&](std::size_t i) {
      return excursion[i] - excursion[start] - A[start] * static_cast<double>(i - start) * dt;
    };
    double farthest = 0;
    const double side = position(start + 1);
    bool returned = false;
    for (std::size_t i = start + 1; i <= times; ++i) {
      const double x = position(i);
      farthest = std::max(farthest, std::abs(x));
      if (x * side > 0) {
        // Once the drift has carried it farther out than the field can ever bring it back, it never returns.
        const double drift = excursion[start] + A[start] * static_cast<double>(i - start) * dt;
        const bool outwards = A[start] * side < 0;
        if (outwards && (side > 0 ? lowest - drift > margin : drift - highest > margin)) break;
        continue;
      }
      reach.turning = std::max(reach.turning, farthest);
      reach.returning = std::max(reach.returning, std::abs(A[i] - A[start]));
      reach.rescattered = std::max(reach.rescattered, std::abs(2 * A[i] - A[start]));
      returned = true;
      break;
    }
    // From then on it flies freely.
    const double x = position(times), speed = std::abs(A[start]);
    const bool inwards = x * A[start] > 0;
    if (!returned && inwards && speed >= late.slowest && pulse.duration() + std::abs(x) / speed <= late.until)
      reach.turning = std::max(reach.turning, farthest);
  }
  return reach;
}

}  // namespace bondscope
