#include "libpmd/model/symmetry.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "libpmd/model/pulse.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

using Centre = PotentialCentre;
using Centres = std::vector<Centre>;

// Angles such as π are not exact: what is less than this from its place is there.
constexpr double tolerance = 1e-12;          // a.u., of a molecule where it lies
constexpr double tolerance_of_turns = 1e-9;  // a.u., where it is turned

bool same_number(double a, double b) {
  return std::abs(a - b) <= 1e-12 * std::max({1.0, std::abs(a), std::abs(b)});
}

bool same_kind(const Centre& a, const Centre& b) {
  return same_number(a.charge, b.charge) && same_number(a.softening, b.softening) &&
         same_number(a.core, b.core) && same_number(a.core_decay, b.core_decay);
}

template <class Operation>
Centres moved(Centres centres, const Operation& operation) {
  for (auto& centre : centres)
    operation(centre);
  return centres;
}

/// Whether both are the same centres in any order.
bool same_set(const Centres& a, Centres b, double distance) {
  return std::ranges::all_of(a, [&](const Centre& centre) {
    const auto partner = std::ranges::find_if(b, [&](const Centre& other) {
      return same_kind(centre, other) && std::hypot(centre.x - other.x, centre.y - other.y) <= distance;
    });
    if (partner == b.end()) return false;
    b.erase(partner);
    return true;
  });
}

/// The smallest angle by which `from` must be turned about the origin to be `to`.
std::optional<double> turn(const Centres& from, const Centres& to) {
  if (same_set(from, to, tolerance)) return 0;
  const auto radius = [](const Centre& c) { return std::hypot(c.x, c.y); };
  const Centre& first = *std::ranges::max_element(from, {}, radius);
  std::optional<double> smallest;
  for (const Centre& place : to) {
    if (!same_kind(first, place) || std::abs(radius(first) - radius(place)) > tolerance_of_turns) continue;
    const double angle =
        std::remainder(std::atan2(place.y, place.x) - std::atan2(first.y, first.x), 2 * units::pi);
    if (smallest && std::abs(*smallest) <= std::abs(angle)) continue;
    const double c = std::cos(angle), s = std::sin(angle);
    const auto turned = moved(from, [&](Centre& one) {
      std::tie(one.x, one.y) = std::pair(one.x * c - one.y * s, one.x * s + one.y * c);
    });
    if (same_set(turned, to, tolerance_of_turns)) smallest = angle;
  }
  return smallest;
}

void mirror_x(Centre& centre) {
  centre.x = -centre.x;
}
void mirror_y(Centre& centre) {
  centre.y = -centre.y;
}
void invert(Centre& centre) {
  mirror_x(centre);
  mirror_y(centre);
}

double wrapped(double angle) {
  angle = std::fmod(angle, 2 * units::pi);
  return angle < 0 ? angle + 2 * units::pi : angle;
}

/// The run with the molecule turned by so much.
RunParameters turned(RunParameters run, double angle) {
  if (angle != 0) run.angle = wrapped(run.angle + angle);
  return run;
}

}  // namespace

Symmetry symmetry_of(const Potential& potential) {
  const auto& centres = potential.centres();
  const auto under = [&](auto operation) { return same_set(moved(centres, operation), centres, tolerance); };
  return {.along_ky = under(mirror_y), .along_kx = under(mirror_x), .inversion = under(invert)};
}

MirrorRuns mirror_runs(const RunParameters& run, const ModelParameters& model) {
  const auto centres = Potential(run, model).centres();
  MirrorRuns runs;
  if (const auto angle = turn(centres, moved(centres, mirror_y))) runs.along_ky = turned(run, *angle);
  // Another parameter would be none of the data set's runs.
  const auto reversed = reversed_field(run, model);
  if (const auto angle = turn(centres, moved(centres, mirror_x));
      angle && reversed.declared.size() == run.declared.size()) {
    runs.along_kx = turned(reversed, *angle);
    runs.along_kx->cep = wrapped(reversed.cep);
  }
  return runs;
}

}  // namespace bondscope
