#include "libpmd/model/potential.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {
namespace {

const Molecule& molecule_of(const RunParameters& run, const ModelParameters& model) {
  if (const auto* found = find_molecule(model.molecules, run.molecule)) return *found;
  std::vector<std::string> names;
  for (const auto* known : {&model.molecules, &built_in_molecules()})
    for (const auto& molecule : *known)
      names.push_back(molecule.name);
  throw ConfigError(
      fmt::format("molecule: '{}' is unknown; {}", run.molecule, expected_one_of(names, run.molecule)));
}

/// Numbers of a molecule for one run, in the molecule's own frame.
class Geometry {
 public:
  Geometry(const Molecule& molecule, const RunParameters& run, const ModelParameters& model)
      : molecule_(molecule), run_(run), model_(model) {}

  PotentialCentre centre(std::size_t index) const {
    const auto& c = molecule_.centres[index];
    const auto checked = [&](const LinearForm& form, const char* key, Range range) {
      const double value = number(form);
      if (!range.contains(value))
        throw ConfigError(fmt::format("molecule {}: centres[{}].{}: {} = {} is out of range; expected {}",
                                      molecule_.name, index, key, form.text(), format_number(value),
                                      range.describe()));
      return value;
    };
    double x = 0, y = 0;
    for (const auto& step : c.at) {
      if (step.x) x += number(*step.x);
      if (step.y) y += number(*step.y);
      if (!step.distance) continue;
      const double distance = number(*step.distance);
      const double direction = step.direction ? number(*step.direction) : 0.0;
      x += distance * std::cos(direction);
      y += distance * std::sin(direction);
    }
    if (!std::isfinite(x) || !std::isfinite(y))
      throw ConfigError(fmt::format("molecule {}: centres[{}].at is not finite", molecule_.name, index));
    return {x,
            y,
            checked(c.charge, "charge", Molecule::charge_range()),
            checked(c.softening, "softening", Molecule::softening_range()),
            checked(c.core, "core.charge", Molecule::charge_range()),
            checked(c.core_decay, "core.decay", Molecule::decay_range())};
  }

 private:
  double number(const LinearForm& form) const {
    return form.value([&](const std::string& name) {
      if (name == "R") return run_.R;
      if (name == "softening") return model_.softening;
      const auto found = std::ranges::find(run_.declared, name, &DeclaredValue::name);
      if (found == run_.declared.end())
        throw ConfigError(fmt::format("molecule {} needs the parameter {}, which the run does not have",
                                      molecule_.name, name));
      return found->value;
    });
  }

  const Molecule& molecule_;
  const RunParameters& run_;
  const ModelParameters& model_;
};

}  // namespace

Potential::Potential(const RunParameters& parameters, const ModelParameters& model) {
  const auto& molecule = molecule_of(parameters, model);
  if (!(parameters.R >= 0) || !std::isfinite(parameters.R))
    throw ConfigError(fmt::format("R: {} is not an internuclear distance", format_number(parameters.R)));
  if (!std::isfinite(parameters.angle)) throw ConfigError("angle: the orientation angle must be finite");
  const Geometry geometry(molecule, parameters, model);
  const double c = std::cos(parameters.angle), s = std::sin(parameters.angle);
  for (std::size_t i = 0; i < molecule.centres.size(); ++i) {
    auto centre = geometry.centre(i);
    extent_ = std::max(extent_, 2 * std::hypot(centre.x, centre.y));
    const double x = centre.x, y = centre.y;
    centre.x = x * c - y * s;
    centre.y = x * s + y * c;
    centres_.push_back(centre);
  }
  if (!(deepest() < 0))
    throw ConfigError(
        fmt::format("molecule {}: its charges make no well that could hold an electron", molecule.name));
}

double Potential::term(const PotentialCentre& c, double s) {
  const double core = c.core == 0 ? 0 : c.core * std::exp(-c.core_decay * s);
  return -(c.charge + core) / std::sqrt(s + c.softening);
}

double Potential::term_derivative(const PotentialCentre& c, double s) {
  const double core = c.core == 0 ? 0 : c.core * std::exp(-c.core_decay * s);
  const double d = s + c.softening;
  return (c.core_decay * core + 0.5 * (c.charge + core) / d) / std::sqrt(d);
}

double Potential::value(double x, double y) const {
  double v = 0;
  for (const auto& c : centres_)
    v += term(c, (x - c.x) * (x - c.x) + (y - c.y) * (y - c.y));
  return v;
}

double Potential::deepest() const {
  double least = value(centres_.front().x, centres_.front().y);
  for (const auto& a : centres_)
    for (const auto& b : centres_)
      least = std::min(least, value(0.5 * (a.x + b.x), 0.5 * (a.y + b.y)));
  return least;
}

double Potential::smallest_softening() const {
  return std::ranges::min(centres_, {}, &PotentialCentre::softening).softening;
}

double Potential::gradient_squared(double x, double y) const {
  double gx = 0, gy = 0;
  for (const auto& c : centres_) {
    const double dx = x - c.x, dy = y - c.y;
    const double slope = 2 * term_derivative(c, dx * dx + dy * dy);
    gx += slope * dx;
    gy += slope * dy;
  }
  return gx * gx + gy * gy;
}

}  // namespace bondscope
