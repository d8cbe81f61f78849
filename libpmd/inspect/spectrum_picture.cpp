// The picture of spectra: energy on the left, angle on the right.

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/inspect/spectrum.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr std::size_t most_curves = line_colours.size();
constexpr double top = 64, energy_width = 560, angle_width = 330, panel_height = 420, between = 110;
constexpr double line_of_key = 19;
constexpr double lowest = -6;  ///< of log10(density / largest) in a map
/// Highest energies of electrons that fly away directly, and of those scattered once on their way, in Up.
constexpr double direct = 2, rescattered = 10;

std::string in_up(double multiple) {
  return fmt::format("{}{{/:Italic U}}_p", multiple);
}

/// The energies that are worth a look: a little more than electrons can have.
double shown_energy(std::span<const RunSpectra> runs) {
  const auto& energy = runs.front().energy;
  const double end = energy.at.back() + energy.cell() / 2;
  double reached = 0;
  for (const auto& run : runs)
    reached =
        std::max(reached, run.ponderomotive_energy ? 1.1 * rescattered * *run.ponderomotive_energy : end);
  return std::min(reached, end);
}

bool knows(const RunSpectra& run, const Parameter& parameter) {
  return std::ranges::find(run.unknown, parameter.name) == run.unknown.end();
}

/// Of a run, what tells it from the others.
std::string label_of(const RunSpectra& run, std::span<const RunSpectra> all,
                     std::span<const Parameter> parameters) {
  std::vector<std::string> parts{fmt::format("run {}", run.number)};
  const auto differ = [&](const auto& of) {
    return std::ranges::any_of(all, [&](const RunSpectra& other) { return of(other) != of(run); });
  };
  if (differ([](const RunSpectra& one) { return one.parameters.molecule; }))
    parts.push_back(run.parameters.molecule);
  for (const auto& parameter : parameters)
    if (knows(run, parameter) && differ([&](const RunSpectra& one) { return parameter.of(one.parameters); }))
      parts.push_back(fmt::format(
          "{} = {}", parameter.symbol,
          quantity_markup(parameter.of(run.parameters) / parameter.shown_unit, parameter.shown_unit_name)));
  return fmt::format("{}", fmt::join(parts, ",  "));
}

/// What all runs have in common, for the title.
std::string in_common(std::span<const RunSpectra> runs, std::span<const Parameter> parameters) {
  std::vector<std::string> parts;
  const auto& first = runs.front().parameters;
  const auto same = [&](const auto& of) {
    return std::ranges::all_of(runs, [&](const RunSpectra& one) { return of(one.parameters) == of(first); });
  };
  if (same([](const RunParameters& p) { return p.molecule; })) parts.push_back(first.molecule);
  for (const auto& parameter : parameters)
    if (knows(runs.front(), parameter) && same([&](const RunParameters& p) { return parameter.of(p); }))
      parts.push_back(
          fmt::format("{} = {:.4g} {}{}", parameter.symbol, parameter.of(first) / parameter.shown_unit,
                      parameter.shown_unit_name.starts_with("1e") ? "× " : "", parameter.shown_unit_name));
  return fmt::format("{}", fmt::join(parts, ",  "));
}

std::vector<double> degrees(std::vector<double> angles) {
  for (auto& angle : angles)
    angle /= units::degrees;
  return angles;
}

class SpectrumPicture {
 public:
  SpectrumPicture(std::span<const RunSpectra> runs, std::span<const Parameter> parameters,
                  const std::filesystem::path& png)
      : runs_(runs),
        parameters_(parameters),
        map_(runs.size() > most_curves),
        energy_{left_margin + 8, top, energy_width, panel_height},
        angle_{energy_.right() + (map_ ? left_margin : between), top, angle_width, panel_height},
        paper_(png, angle_.right() + (map_ ? colour_bar_margin : 24),
               top + panel_height + bottom_margin +
                   (map_ ? 0 : 8 + line_of_key * static_cast<double>(runs.size())),
               in_common(runs, parameters)) {}

  void draw(const std::string& sorted_by) {
    if (map_) {
      draw_maps(sorted_by);
    } else {
      draw_curves(energy_, {0, shown_energy(runs_)}, &RunSpectra::energy);
      draw_curves(angle_, {-180, 180}, &RunSpectra::angle);
    }
    paper_.write();
  }

 private:
  void title_x(bool energy) {
    if (!energy) paper_.command("set xtics 60");
    paper_.axis_titles(energy ? "{/:Italic E} (hartree)" : "θ (degrees)", "");
  }

  /// Above the panel, at the borders of the run with the largest Up.
  void name_borders(const PlotRange& shown) {
    double up = 0;
    for (const auto& run : runs_)
      up = std::max(up, run.ponderomotive_energy.value_or(0));
    for (const double multiple : {direct, rescattered})
      if (up > 0 && multiple * up < shown.max)
        paper_.text(fmt::format("{}{{/:Italic U}}_p", multiple),
                    energy_.left + energy_.width * multiple * up / shown.max, energy_.top - 10,
                    fmt::format("center font ',11' textcolor rgb '{}'", grey));
  }

  /// Down to where there is nothing but noise of the strongest run, and far enough for the weakest.
  PlotRange shown_densities(Spectrum RunSpectra::*spectrum) const {
    constexpr double of_strongest = 1e-9, of_weakest = 1e-3;
    double largest = 0, weakest = HUGE_VAL;
    for (const auto& run : runs_) {
      const double highest = std::ranges::max((run.*spectrum).density);
      largest = std::max(largest, highest);
      weakest = std::min(weakest, highest);
    }
    const double lowest_shown = std::min(of_strongest * largest, of_weakest * weakest);
    return {std::pow(10, std::floor(std::log10(lowest_shown))),
            std::pow(10, std::ceil(std::log10(largest) + 0.05))};
  }

  void draw_curves(const Box& box, const PlotRange& x, Spectrum RunSpectra::*spectrum) {
    const bool energy = &box == &energy_;
    const auto range = shown_densities(spectrum);
    paper_.place(box, x, range);
    paper_.command("set logscale y; set ytics format '10^{%T}'");
    title_x(energy);
    paper_.axis_titles(
        "", energy ? "d{/:Italic P} / d{/:Italic E} (hartree^{-1})" : "d{/:Italic P} / dθ (rad^{-1})");
    if (energy) {
      name_borders(x);
      paper_.key(left_margin, top + panel_height + bottom_margin, "");
    }
    std::vector<std::string> layers;
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const auto& [at, density] = runs_[i].*spectrum;
      auto positive = density;
      for (auto& value : positive)
        if (value <= 0) value = std::nan("");
      layers.push_back(fmt::format(
          "{} with lines lw 1.6 lc rgb '{}' {}", paper_.plot().table({energy ? at : degrees(at), positive}),
          line_colours[i],
          energy ? fmt::format("title '{}'", label_of(runs_[i], runs_, parameters_)) : "notitle"));
      if (energy && runs_[i].ponderomotive_energy)
        for (const double multiple : {direct, rescattered})
          paper_.vertical_line(
              multiple * *runs_[i].ponderomotive_energy,
              fmt::format("back lw 1.4 dt {} lc rgb '{}'", multiple == direct ? 2 : 3, line_colours[i]));
    }
    paper_.draw(layers);
  }

  /// Where a line of the map has a round value of what they are sorted by.
  std::string ticks(const Parameter& parameter) const {
    constexpr std::size_t wanted = 6;
    std::vector<std::string> all;
    for (std::size_t i = 0; i <= wanted; ++i) {
      const auto line = i * (runs_.size() - 1) / wanted;
      all.push_back(
          fmt::format("'{:.3g}' {}", parameter.of(runs_[line].parameters) / parameter.shown_unit, line));
    }
    return fmt::format("({})", fmt::join(all, ", "));
  }

  void draw_maps(const std::string& sorted_by) {
    const auto lines = static_cast<double>(runs_.size());
    const auto sorted = std::ranges::find(parameters_, sorted_by, &Parameter::name);
    const std::string title =
        sorted != parameters_.end()
            ? fmt::format("{} ({})", plain_markup(sorted->label), unit_markup(sorted->shown_unit_name))
        : sorted_by.empty() ? "runs in their order"
                            : fmt::format("runs by {}", plain_markup(sorted_by));
    paper_.colours(distribution_palette, {lowest, 0});
    for (const bool energy : {true, false}) {
      const auto& box = energy ? energy_ : angle_;
      const PlotRange x = energy ? PlotRange{0, shown_energy(runs_)} : PlotRange{-180, 180};
      paper_.place(box, x, {-0.5, lines - 0.5});
      if (sorted != parameters_.end()) paper_.command("set ytics " + ticks(*sorted));
      title_x(energy);
      paper_.axis_titles("", energy ? title : "");
      std::vector<std::string> layers{map(energy ? &RunSpectra::energy : &RunSpectra::angle, energy)};
      if (energy)
        for (const double multiple : {direct, rescattered})
          layers.push_back(border(multiple));
      if (energy)
        paper_.key(box.right() - 160, top - 26, "horizontal maxrows 1");
      else
        paper_.colour_bar(box, "1", "log_{10} of the density over its maximum");
      paper_.draw(layers);
    }
  }

  std::string map(Spectrum RunSpectra::*spectrum, bool energy) {
    const auto& at = (runs_.front().*spectrum).at;
    std::vector<float> values(at.size() * runs_.size());
    std::vector<double> lines;
    for (std::size_t line = 0; line < runs_.size(); ++line) {
      const auto& density = (runs_[line].*spectrum).density;
      const double largest = std::ranges::max(density);
      lines.push_back(static_cast<double>(line));
      for (std::size_t i = 0; i < at.size(); ++i) {
        const double w = density[i] > 0 ? std::log10(density[i] / largest) : lowest;
        values[i * runs_.size() + line] = static_cast<float>(std::max(w, lowest));
      }
    }
    return paper_.plot().matrix(values, energy ? at : degrees(at), lines) + " notitle";
  }

  std::string border(double multiple) {
    std::vector<std::vector<double>> line(2);
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      line[0].push_back(runs_[i].ponderomotive_energy ? multiple * *runs_[i].ponderomotive_energy
                                                      : std::nan(""));
      line[1].push_back(static_cast<double>(i));
    }
    return fmt::format("{} with lines lw 1.6 dt {} lc rgb '#56b4e9' title '{}'", paper_.plot().table(line),
                       multiple == direct ? 2 : 3, in_up(multiple));
  }

  std::span<const RunSpectra> runs_;
  std::span<const Parameter> parameters_;
  bool map_;
  Box energy_, angle_;
  Paper paper_;
};

}  // namespace

void draw_spectra(std::span<const RunSpectra> runs, std::span<const Parameter> parameters,
                  const std::string& sorted_by, const std::filesystem::path& png) {
  if (runs.empty()) throw DataError(png.string() + ": there are no spectra to draw");
  SpectrumPicture(runs, parameters, png).draw(sorted_by);
}

}  // namespace bondscope
