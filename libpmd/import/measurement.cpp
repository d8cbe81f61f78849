#include "libpmd/import/measurement.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <fcntl.h>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"
#include "libpmd/base/files/hash.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/import/centre.hpp"
#include "libpmd/import/plane_cells.hpp"
#include "libpmd/import/ring.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

/// What the cells of the plane hold, in electrons.
struct CountedCells {
  std::vector<double> all, background;  ///< with the background, and the background alone
  std::vector<std::uint8_t> measured;
  bool has_statistics = true;  ///< whether `all` are numbers of electrons
};

/// Centre, direction and scale; found in `raster`, where they are not given.
void locate(const ImportSettings& s, const Raster& raster, Measurement& m) {
  auto& g = m.geometry;
  const bool image = s.kind == MeasuredKind::image;
  g.y_down = image;
  g.cos = std::cos(s.axis_deg * units::degrees);
  g.sin = std::sin(s.axis_deg * units::degrees);
  if (!s.centre.empty()) g.centre = {s.centre[0], s.centre[1]};
  if (s.symmetry != CentreSymmetry::none) {
    const auto found = s.symmetry == CentreSymmetry::inversion
                           ? centre_by_inversion(raster)
                           : centre_by_mirror(raster, g.centre, s.axis_deg, image);
    g.centre = found.centre;
    m.symmetry = found.symmetry;
  }
  const auto& values = raster.values;
  if (image &&
      !(g.centre.x >= 0 && g.centre.y >= 0 && g.centre.x <= static_cast<double>(values.columns - 1) &&
        g.centre.y <= static_cast<double>(values.rows - 1)))
    throw DataError(fmt::format("centre: ({:.6g}, {:.6g}) is outside of the image of {} × {} pixels",
                                g.centre.x, g.centre.y, values.columns, values.rows));
  if (s.ring_au > 0) m.ring = ring_radius(raster, g.centre, s.ring_radius);
  g.scale = m.ring ? s.ring_au / *m.ring : s.scale_au > 0 ? s.scale_au : 1;
}

void check_reach(const Raster& raster, const Geometry& geometry, const MomentumAxes& axes) {
  const auto [kx, ky] = reach_of(raster, geometry);
  if (kx >= axes.kx_max && ky >= axes.ky_max) return;
  throw DataError(fmt::format(
      "the axes reach ±{:.4g} and ±{:.4g} a.u. along kx and ky, the image from its centre only ±{:.4g} and "
      "±{:.4g}; "
      "expected kx_max <= {:.4g} and ky_max <= {:.4g}, or 'beyond: unmeasured' if nothing is there",
      axes.kx_max, axes.ky_max, kx, ky, kx, ky));
}

CountedCells count_image(const ImportSettings& s, const MomentumAxes& axes, const MomentumPlane& plane,
                         Table table, Measurement& m) {
  const Table mask = s.mask.empty() ? Table() : read_part(s.mask, s.dataset);
  const Table background = s.background.empty() ? Table() : read_part(s.background, s.dataset);
  const Raster raw = image_raster(std::move(table), mask, s);
  m.raster = without_background(raw, background, s.background_factor, s.background_level);
  locate(s, m.raster, m);
  if (s.beyond == Beyond::refuse) check_reach(m.raster, m.geometry, axes);
  CountedCells counted;
  auto all = cells_of(raw, m.geometry, plane);
  counted.measured = std::move(all.measured);
  counted.all = std::move(all.sums);
  counted.background.assign(plane.size(), 0);
  counted.has_statistics = !s.subtracted;
  if (!s.background.empty() || s.background_level != 0) {
    Raster beneath = raw;
    for (std::size_t i = 0; i < raw.measured.size(); ++i)
      beneath.values.values[i] = raw.values.values[i] - m.raster.values.values[i];
    counted.background = cells_of(beneath, m.geometry, plane).sums;
  }
  for (auto* values : {&counted.all, &counted.background})
    for (auto& value : *values)
      value /= s.per_electron;
  const double everything =
      std::accumulate(m.raster.values.values.begin(), m.raster.values.values.end(), 0.0) / s.per_electron;
  const double inside = std::accumulate(counted.all.begin(), counted.all.end(), 0.0) -
                        std::accumulate(counted.background.begin(), counted.background.end(), 0.0);
  m.outside = everything > 0 ? std::clamp(1 - inside / everything, 0.0, 1.0) : 0;
  return counted;
}

/// Momenta of the events that the slice leaves.
std::vector<Place> momenta_of(const Events& events, const ImportSettings& s, const Geometry& geometry) {
  std::vector<Place> momenta;
  const double z0 = s.centre.size() > 2 ? s.centre[2] : 0;
  for (std::size_t i = 0; i < events.places.size(); ++i)
    if (s.slice_au == 0 || std::abs(events.z[i] - z0) * geometry.scale <= s.slice_au)
      momenta.push_back(geometry.momentum(events.places[i]));
  return momenta;
}

CountedCells count_events(const ImportSettings& s, const MomentumPlane& plane, const Table& table,
                          Measurement& m) {
  const auto events = events_of(table, s);
  m.raster = event_raster(events, s);
  locate(s, m.raster, m);
  const auto momenta = momenta_of(events, s, m.geometry);
  if (momenta.empty())
    throw DataError(fmt::format("no electrons: none of {} events has |kz| <= {} a.u.", events.places.size(),
                                format_number(s.slice_au)));
  auto cells = cells_of(momenta, s, m.geometry, plane);
  m.outside =
      1 - std::accumulate(cells.sums.begin(), cells.sums.end(), 0.0) / static_cast<double>(momenta.size());
  for (const double count : cells.sums)
    m.arrays.counts.push_back(static_cast<std::uint32_t>(count));
  CountedCells counted{std::move(cells.sums), std::vector<double>(plane.size()), std::move(cells.measured)};
  if (s.background.empty()) return counted;
  const auto others = events_of(read_part(s.background, s.dataset), s);
  counted.background = cells_of(momenta_of(others, s, m.geometry), s, m.geometry, plane).sums;
  for (auto& value : counted.background)
    value *= s.background_factor;
  return counted;
}

/// Electrons as a density whose integral is 1, with its uncertainty.
void normalise(const CountedCells& counted, const ImportSettings& s, const MomentumPlane& plane,
               Measurement& m) {
  std::size_t measured = 0, negative = 0;
  for (std::size_t i = 0; i < plane.size(); ++i) {
    measured += counted.measured[i];
    const double electrons = counted.all[i] - counted.background[i];
    m.electrons += electrons;
    if (electrons < 0) ++negative;
  }
  if (!(m.electrons > 0))
    throw DataError(fmt::format(
        "no electrons: {:.4g} are left on the axes without the background, and {:.3g} % of all was "
        "measured beyond them; expected more than 0 (are centre, scale and background right?)",
        m.electrons, 100 * m.outside));
  const double density = 1 / (m.electrons * plane.dkx * plane.dky);
  for (std::size_t i = 0; i < plane.size(); ++i) {
    m.pmd.push_back(static_cast<float>((counted.all[i] - counted.background[i]) * density));
    if (!counted.has_statistics) continue;
    // The background was measured with its own noise, which its factor enlarges.
    const double factor = s.background.empty() ? 0 : s.background_factor;
    const double variance = std::max(0.0, counted.all[i]) + factor * std::max(0.0, counted.background[i]);
    m.arrays.uncertainty.push_back(static_cast<float>(std::sqrt(variance) * density));
  }
  const auto cells = static_cast<double>(plane.size());
  m.unmeasured = 1 - static_cast<double>(measured) / cells;
  m.negative = static_cast<double>(negative) / cells;
  m.arrays.mask = counted.measured;
}

std::string hash_of(const std::filesystem::path& path, std::uint64_t& bytes) {
  const File file(path, O_RDONLY | O_CLOEXEC, 0, path);
  if (!file.is_open()) throw FileError(path.string() + ": cannot be opened");
  bytes = file.size();
  return Hash().add(file, bytes).wide_text();
}

}  // namespace

Measurement measure(const std::filesystem::path& file, const ImportSettings& settings,
                    const MomentumAxes& axes) {
  const auto kx = axes.kx(), ky = axes.ky();
  const auto plane = plane_of(kx, ky);
  Measurement m;
  m.file = file;
  auto table = read_table(file, settings.dataset);
  m.hash = hash_of(file, m.bytes);
  try {
    const auto counted = settings.kind == MeasuredKind::image
                             ? count_image(settings, axes, plane, std::move(table), m)
                             : count_events(settings, plane, table, m);
    normalise(counted, settings, plane, m);
  } catch (const DataError& error) {
    throw DataError(fmt::format("{}: {}", file.string(), error.what()));
  }
  return m;
}

}  // namespace bondscope
