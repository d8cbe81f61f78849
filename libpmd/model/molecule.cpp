#include "libpmd/model/molecule.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/base/text/number.hpp"

namespace bondscope {

struct MoleculeTable {
  using Centre = Potential::Centre;
  struct Entry {
    std::string name;
    bool inversion_symmetric;
    /// The two nuclei, the first at +R/2 along the axis, the second opposite; (x, y) are filled in by the
    /// caller.
    std::function<std::vector<Centre>(const ModelParameters&)> nuclei;
  };

  static const std::vector<Entry>& entries() {
    static const std::vector<Entry> table{
        // Eq. (3)
        {"H2+", true,
         [](const ModelParameters& model) {
           const Centre proton{0, 0, 1, model.softening, 0, 0};
           return std::vector<Centre>{proton, proton};
         }},
        // Eq. (7): first the proton, then the helium core that is screened to charge 1 at a distance
        {"HeH+", false,
         [](const ModelParameters& model) {
           return std::vector<Centre>{{0, 0, 1, model.softening, 0, 0}, {0, 0, 1, model.softening, 1, 1.063}};
         }},
    };
    return table;
  }

  static const Entry& find(const std::string& name) {
    for (const auto& entry : entries())
      if (entry.name == name) return entry;
    throw ConfigError(
        fmt::format("molecule: '{}' is unknown; {}", name, expected_one_of(molecule_names(), name)));
  }
};

std::vector<std::string> molecule_names() {
  std::vector<std::string> names;
  for (const auto& entry : MoleculeTable::entries())
    names.push_back(entry.name);
  return names;
}

Potential::Potential(const RunParameters& parameters, const ModelParameters& model) {
  const auto& entry = MoleculeTable::find(parameters.molecule);
  if (!(parameters.R >= 0) || !std::isfinite(parameters.R))
    throw ConfigError(fmt::format("R: {} is not an internuclear distance", format_number(parameters.R)));
  if (!std::isfinite(parameters.angle)) throw ConfigError("angle: the orientation angle must be finite");
  if (!(model.softening > 0) || !std::isfinite(model.softening))
    throw ConfigError(fmt::format("softening: {} is not a number > 0", format_number(model.softening)));
  centres_ = entry.nuclei(model);
  inversion_symmetric_ = entry.inversion_symmetric;
  const double x = 0.5 * parameters.R * std::cos(parameters.angle);
  const double y = 0.5 * parameters.R * std::sin(parameters.angle);
  centres_[0].x = x;
  centres_[0].y = y;
  centres_[1].x = -x;
  centres_[1].y = -y;
}

double Potential::term(const Centre& c, double s) {
  const double core = c.core == 0 ? 0 : c.core * std::exp(-c.core_decay * s);
  return -(c.charge + core) / std::sqrt(s + c.softening);
}

double Potential::term_derivative(const Centre& c, double s) {
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
  return std::min({value(centres_[0].x, centres_[0].y), value(centres_[1].x, centres_[1].y), value(0, 0)});
}

bool Potential::mirror_symmetric() const {
  // Angles such as π are not exact: what is less than this off the axis is on it.
  constexpr double tolerance = 1e-12;
  const auto on_axis = [](double position) { return std::abs(position) <= tolerance; };
  if (std::all_of(centres_.begin(), centres_.end(), [&](const Centre& c) { return on_axis(c.y); }))
    return true;
  return inversion_symmetric_ &&
         std::all_of(centres_.begin(), centres_.end(), [&](const Centre& c) { return on_axis(c.x); });
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
