#include "libpmd/inspect/spectrum.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/model/momentum_plane.hpp"
#include "libpmd/model/pulse.hpp"
#include "libpmd/store/rows.hpp"

namespace bondscope {
namespace {

/// What all three have in common: probabilities as they are.
ImageSettings probabilities(View view, int cells) {
  ImageSettings image;
  image.view = view;
  image.window = Window::fixed;
  image.scale = Scale::power;
  image.exponent = 1;
  image.normalisation = Normalisation::none;
  image.values = PixelValues::floats;
  image.width = cells;
  image.height = 1;
  return image;
}

int cells_of(const char* what, double range, double step, double tolerance) {
  if (!(step > 0)) throw ConfigError(fmt::format("{}: {} is not a step > 0", what, format_number(step)));
  const double cells = std::floor(range / step + tolerance);
  if (!(cells >= 2 && cells <= most_pixels_per_side))
    throw ConfigError(
        fmt::format("{}: steps of {} would be {} cells; expected 2 to {}, so a step from {} to {}", what,
                    format_number(step), format_number(cells), most_pixels_per_side,
                    format_number(std::ceil(range / most_pixels_per_side * 1e4) / 1e4),
                    format_number(std::floor(range / 2 * 1e4) / 1e4)));
  return static_cast<int>(cells);
}

/// Outer edges of the cells that samples stand for.
Interval outer_edges(double first, double spacing, std::size_t points) {
  return {first - spacing / 2, first + (static_cast<double>(points) - 0.5) * spacing};
}

double farthest(const Interval& edges) {
  return std::max(std::abs(edges.min), std::abs(edges.max));
}

ImageSettings of_energy(const MomentumPlane& plane, const SpectrumSettings& settings) {
  const double k = std::max(farthest(outer_edges(plane.kx_first, plane.dkx, plane.kx_points)),
                            farthest(outer_edges(plane.ky_first, plane.dky, plane.ky_points)));
  const double highest = k * k / 2, wanted = settings.energy_max.value_or(highest);
  constexpr double tolerance = 1e-6;
  if (!(wanted > 0 && wanted <= highest * (1 + tolerance)))
    throw ConfigError(
        fmt::format("energy: the momentum axes reach to {:.4g} hartree; {} is not a highest energy > 0",
                    highest, format_number(wanted)));
  auto image = probabilities(View::energy, cells_of("energy", wanted, settings.energy_step, tolerance));
  image.energy = {0, image.width * settings.energy_step};
  return image;
}

ImageSettings of_kx(const MomentumPlane& plane) {
  const auto cells = std::min<std::size_t>(plane.kx_points, most_pixels_per_side);
  auto image = probabilities(View::dp_dkx, static_cast<int>(cells));
  image.kx = outer_edges(plane.kx_first, plane.dkx, plane.kx_points);
  return image;
}

Spectrum spectrum_of(const std::vector<float>& pmd, const StoreDescription& store,
                     const ImageSettings& settings) {
  const auto image = make_image(pmd, store.kx, store.ky, settings);
  const double cell = (image.extent.kx_max - image.extent.kx_min) / image.width;
  Spectrum spectrum{cell_centres(image.extent.kx_min, image.extent.kx_max, image.width), {}};
  for (const float probability : image.pixels)
    spectrum.density.push_back(probability / cell);
  return spectrum;
}

std::optional<double> ponderomotive_energy(const StoreDescription& store, std::size_t row) {
  const auto root = Config::from_text(store.configuration, "configuration");
  if (!root.is_mapping("dataset") || !root.section("dataset").is_mapping("pulse")) return {};
  if (!store.knows(row, "intensity_w_cm2")) return {};
  ModelParameters model;
  read(root.section("dataset"), model);
  const auto& run = store.runs[row];
  const Pulse pulse(run, model);
  return std::pow(pulse.largest_vector_potential(), 2) / 4;
}

void add_row(std::string& text, const std::string& quantity, const std::string& at,
             std::span<const RunSpectra> runs, const std::function<std::string(const RunSpectra&)>& value) {
  text += fmt::format("{},{}", quantity, at);
  for (const auto& run : runs)
    text += fmt::format(",{}", value(run));
  text += '\n';
}

void add_spectrum(std::string& text, const std::string& quantity, std::span<const RunSpectra> runs,
                  Spectrum RunSpectra::*spectrum) {
  const auto& at = (runs.front().*spectrum).at;
  for (std::size_t i = 0; i < at.size(); ++i)
    add_row(text, quantity, fmt::format("{:.6g}", at[i]), runs,
            [&](const RunSpectra& run) { return fmt::format("{:.6e}", (run.*spectrum).density[i]); });
}

}  // namespace

double Spectrum::integral() const {
  return std::accumulate(density.begin(), density.end(), 0.0) * cell();
}

std::vector<Representation> spectrum_representations(const StoreDescription& store,
                                                     const SpectrumSettings& settings) {
  const auto plane = plane_of(store.kx, store.ky);
  constexpr double circle = 360, half = 0.5;
  return {
      {"energy", of_energy(plane, settings)},
      {"angular", probabilities(View::angular, cells_of("angle", circle, settings.angle_step_degrees, half))},
      {"dp_dkx", of_kx(plane)}};
}

std::vector<RunSpectra> spectra_of(const Store& store, std::span<const std::size_t> runs,
                                   const SpectrumSettings& settings, int threads, const RowMonitor& monitor) {
  const auto& d = store.description();
  const auto representations = spectrum_representations(d, settings);
  std::vector<RunSpectra> all;
  work_on_runs(store, runs, threads, [&](const LoadedRun& loaded) -> std::function<void()> {
    const auto run = runs[loaded.position];
    const auto spectrum = [&](std::size_t i) { return spectrum_of(loaded.pmd, d, representations[i].image); };
    RunSpectra spectra{run,
                       d.numbers[run],
                       d.runs[run],
                       d.unknown_of(run),
                       loaded.diagnostics.yield,
                       ponderomotive_energy(d, run),
                       spectrum(0),
                       spectrum(1),
                       spectrum(2)};
    return [&, spectra = std::move(spectra)]() mutable {
      all.push_back(std::move(spectra));
      if (monitor && !monitor(all.size(), runs.size())) throw Interrupted("interrupted; nothing was written");
    };
  });
  return all;
}

std::string spectra_csv(std::span<const RunSpectra> runs) {
  if (runs.empty()) throw DataError("spectra: there are no runs");
  std::string text;
  add_row(text, "quantity", "at", runs,
          [](const RunSpectra& run) { return fmt::format("run {}", run.number); });
  add_row(text, "molecule", "", runs, [](const RunSpectra& run) { return run.parameters.molecule; });
  for (const auto& [name, ignored] : values_of(runs.front().parameters))
    add_row(text, name, "", runs, [&name = name](const RunSpectra& run) {
      for (const auto& [other, value] : values_of(run.parameters))
        if (other == name && std::ranges::find(run.unknown, name) == run.unknown.end())
          return format_number(value);
      return std::string();
    });
  add_row(text, "ponderomotive_energy", "", runs, [](const RunSpectra& run) {
    return run.ponderomotive_energy ? fmt::format("{:.6g}", *run.ponderomotive_energy) : std::string();
  });
  add_row(text, "yield", "", runs, [](const RunSpectra& run) { return fmt::format("{:.6e}", run.yield); });
  add_spectrum(text, "dP/dE", runs, &RunSpectra::energy);
  add_spectrum(text, "dP/dtheta", runs, &RunSpectra::angle);
  add_spectrum(text, "dP/dkx", runs, &RunSpectra::kx);
  return text;
}

}  // namespace bondscope
