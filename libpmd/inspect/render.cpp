#include "libpmd/inspect/render.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/sheet.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr const char* superscript_digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
constexpr const char* subscript_digits[] = {"₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"};

std::string scientific(double value) {
  int exponent = value > 0 ? static_cast<int>(std::floor(std::log10(value))) : 0;
  if (value / std::pow(10.0, exponent) >= 9.995) ++exponent;
  auto text = fmt::format("{:.2f}·10", value / std::pow(10.0, exponent));
  for (const char c : std::to_string(exponent))
    text += c == '-' ? "⁻" : superscript_digits[c - '0'];
  return text;
}

/// "H2+" as H₂⁺.
std::string chemical(const std::string& formula) {
  std::string text;
  for (const char c : formula) {
    if (c >= '0' && c <= '9')
      text += subscript_digits[c - '0'];
    else if (c == '+')
      text += "⁺";
    else
      text += c;
  }
  return text;
}

/// Momenta that all pictures show: the union of the runs' crops with a small margin, within the axes.
struct Shown {
  PlotRange kx, ky;
};

Shown shown_momenta(std::span<const StoredRun> runs, const ImageSettings& image) {
  constexpr double far = 1e99;
  Shown shown{{far, -far}, {far, -far}};
  PlotRange all_kx{far, -far}, all_ky{far, -far};
  const auto include = [](PlotRange& interval, double min, double max) {
    interval.min = std::min(interval.min, min);
    interval.max = std::max(interval.max, max);
  };
  const auto include_axis = [&](PlotRange& interval, const std::vector<double>& axis) {
    const double half_cell = (axis.back() - axis.front()) / static_cast<double>(axis.size() - 1) / 2;
    include(interval, axis.front() - half_cell, axis.back() + half_cell);
  };
  for (const auto& [store, run, label] : runs) {
    const auto& d = store->description();
    include_axis(all_kx, d.kx);
    include_axis(all_ky, d.ky);
    try {
      const auto extent = make_image(store->pmd(run), d.kx, d.ky, image).extent;
      include(shown.kx, extent.kx_min, extent.kx_max);
      include(shown.ky, extent.ky_min, extent.ky_max);
    } catch (const DataError&) {
      // Its panel will say what is wrong with it.
    }
  }
  const auto finish = [](PlotRange& interval, const PlotRange& all) {
    if (interval.min >= interval.max) interval = all;
    const double margin = 0.03 * (interval.max - interval.min);
    interval.min = std::max(interval.min - margin, all.min);
    interval.max = std::min(interval.max + margin, all.max);
  };
  finish(shown.kx, all_kx);
  finish(shown.ky, all_ky);
  return shown;
}

void fill(Panel& panel, std::span<const float> pmd, const StoreDescription& store,
          const RenderSettings& settings) {
  switch (panel.kind) {
    case PanelKind::distribution:
      panel.kx = store.kx;
      panel.ky = store.ky;
      panel.values = log_distribution(pmd, settings.image.floor);
      break;
    case PanelKind::image: {
      auto image = make_image(pmd, store.kx, store.ky, settings.image);
      panel.kx = cell_centres(image.extent.kx_min, image.extent.kx_max, image.width);
      panel.ky = cell_centres(image.extent.ky_min, image.extent.ky_max, image.height);
      panel.values = std::move(image.pixels);
      break;
    }
    case PanelKind::curve:
      panel.values = distribution_1d(pmd, store.kx, store.ky);
      if (std::all_of(panel.values.begin(), panel.values.end(), [](float value) { return value == 0; }))
        throw DataError("momentum distribution: no value is positive");
      panel.kx = cell_centres(store.kx.front(), store.kx.back(), static_cast<int>(panel.values.size()));
      break;
  }
}

/// "run 7", or what a derived distribution is.
std::string what_it_is(const StoredRun& stored) {
  const auto& d = stored.store->description();
  if (!d.derivation) return fmt::format("run {}", stored.run);
  const auto method = nlohmann::json::parse(d.derivation->method);
  const auto kind = method.find("kind");
  std::string text = kind != method.end() && kind->is_string() ? kind->get<std::string>() : "derived";
  std::replace(text.begin(), text.end(), '_', ' ');
  return fmt::format("{} {}", text, stored.run);
}

void add_panels(std::vector<Panel>& panels, const StoredRun& stored, const RenderSettings& settings) {
  std::vector<PanelKind> kinds;
  if (settings.distributions) kinds.push_back(PanelKind::distribution);
  if (settings.images) kinds.push_back(PanelKind::image);
  if (settings.curves) kinds.push_back(PanelKind::curve);
  for (const auto kind : kinds) {
    const auto& d = stored.store->description();
    Panel panel;
    panel.kind = kind;
    panel.title = panel_title(what_it_is(stored), d.runs[stored.run], d.unknown_of(stored.run));
    if (!stored.label.empty()) panel.title.front().insert(0, stored.label + "   ");
    try {
      fill(panel, stored.store->pmd(stored.run), stored.store->description(), settings);
    } catch (const DataError& error) {
      panel.note = error.what();
    }
    panels.push_back(std::move(panel));
  }
}

int columns_for(std::size_t runs, int kinds) {
  if (kinds > 1) return (kinds == 2 && runs > 3 ? 2 : 1) * kinds;
  for (const int columns : {1, 2, 3})
    if (runs <= static_cast<std::size_t>(columns * columns)) return columns;
  return 4;
}

}  // namespace

std::vector<std::string> panel_title(const std::string& what, const RunParameters& p,
                                     std::span<const std::string> unknown) {
  const auto known = [&](const std::string& name, const std::string& text) {
    return std::ranges::find(unknown, name) == unknown.end() ? "   " + text : std::string();
  };
  std::string declared;
  for (const auto& [name, value] : p.declared)
    declared += known(name, fmt::format("{} = {:.4g}", name, value));
  return {chemical(p.molecule) + known("R", fmt::format("R = {:.2f} a.u.", p.R)) +
              known("intensity_w_cm2", fmt::format("I = {} W/cm²", scientific(p.intensity_w_cm2))),
          what + known("cep", fmt::format("φ = {:.2f}", p.cep)) +
              known("angle", fmt::format("α = {:.1f}°", p.angle / units::degrees)) + declared};
}

std::vector<std::filesystem::path> render(std::span<const StoredRun> runs, const RenderSettings& settings,
                                          const std::filesystem::path& png) {
  const int kinds = int{settings.distributions} + int{settings.images} + int{settings.curves};
  if (kinds == 0)
    throw ConfigError(png.string() + ": nothing is asked for: neither distributions, images nor curves");
  if (runs.empty()) throw ConfigError(png.string() + ": no run is selected");
  if (settings.runs_per_sheet < 1 || settings.runs_per_sheet > 100)
    throw ConfigError(
        fmt::format("{} runs per sheet are not possible; expected 1 to 100", settings.runs_per_sheet));

  const auto shown = shown_momenta(runs, settings.image);
  SheetSettings sheet;
  sheet.columns = settings.columns > 0 ? settings.columns
                                       : columns_for(std::min(runs.size(), settings.runs_per_sheet), kinds);
  sheet.floor = settings.image.floor;
  sheet.kx = shown.kx;
  sheet.ky = shown.ky;
  sheet.image_aspect = static_cast<double>(settings.image.height) / settings.image.width;

  const std::size_t sheets = (runs.size() + settings.runs_per_sheet - 1) / settings.runs_per_sheet;
  std::vector<std::filesystem::path> written;
  for (std::size_t number = 0; number < sheets; ++number) {
    std::vector<Panel> panels;
    const auto first = number * settings.runs_per_sheet;
    for (const auto& run : runs.subspan(first, std::min(settings.runs_per_sheet, runs.size() - first)))
      add_panels(panels, run, settings);
    auto file = png;
    if (sheets > 1)
      file.replace_filename(
          fmt::format("{}_{:02}{}", png.stem().string(), number + 1, png.extension().string()));
    draw_sheet(file, panels, sheet);
    written.push_back(file);
  }
  return written;
}

}  // namespace bondscope
