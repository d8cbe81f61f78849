#include "libpmd/inspect/potential_picture.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/model/symmetry.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr double map_side = 340, map_gap = 58, maps_top = 76;
constexpr double around = 4;  // a.u. beyond the outermost centre
constexpr std::size_t map_points = 201;

/// "α = 40°, R = 2 a.u., bend = 1.83": what the molecule has.
std::string geometry_text(const PotentialOfRun& of) {
  const auto& molecule = *find_molecule(of.model.molecules, of.run.molecule);
  std::string text = fmt::format("α = {:.4g}°", of.run.angle / units::degrees);
  if (molecule.depends_on("R")) text += fmt::format(", R = {:.4g} a.u.", of.run.R);
  for (const auto& parameter : molecule.parameters)
    text += fmt::format(", {} = {:.4g} {}", parameter.symbol, parameter.of(of.run), parameter.unit);
  return text;
}

/// Of the run with a mirrored distribution.
std::string place_of(const std::optional<RunParameters>& mirrored, const RunParameters& run) {
  if (!mirrored) return "of no run";
  if (*mirrored == run) return "itself";
  const double angle = std::remainder(mirrored->angle, 2 * units::pi) / units::degrees;
  return fmt::format("at α = {:.4g}°{}", angle, mirrored->cep == run.cep ? "" : ", φ + π");
}

}  // namespace

void draw_potentials(std::span<const PotentialOfRun> runs, const std::filesystem::path& png) {
  double half = 0, deepest = 0;
  for (const auto& [run, model] : runs) {
    const Potential v(run, model);
    half = std::max(half, v.extent() / 2 + around);
    deepest = std::min(deepest, v.deepest());
  }
  const double count = static_cast<double>(runs.size());
  Paper paper(png, left_margin + count * map_side + (count - 1) * map_gap + colour_bar_margin,
              maps_top + map_side + bottom_margin);
  std::vector<double> axis;
  for (std::size_t i = 0; i < map_points; ++i)
    axis.push_back(half * (2.0 * static_cast<double>(i) / (map_points - 1) - 1));
  paper.colours(distribution_palette, {deepest, 0});
  Box box{left_margin, maps_top, map_side, map_side};
  for (const auto& of : runs) {
    const Potential v(of.run, of.model);
    std::vector<float> values;
    for (const double x : axis)
      for (const double y : axis)
        values.push_back(static_cast<float>(v.value(x, y)));
    std::vector<double> xs, ys;
    for (const auto& centre : v.centres()) {
      xs.push_back(centre.x);
      ys.push_back(centre.y);
    }
    paper.place(box, {-half, half}, {-half, half});
    paper.axis_titles("x (a.u.)", &of == runs.data() ? "y (a.u.)" : "");
    paper.text(plain_markup(of.run.molecule), box.centre_x(), maps_top - 40, "center font ',14'");
    paper.text(plain_markup(geometry_text(of)), box.centre_x(), maps_top - 18, "center font ',11'");
    paper.command(fmt::format("set arrow 9 from {},{} to {},{} heads filled lw 1.5 lc rgb '#ffffff' front",
                              -0.9 * half, -0.88 * half, -0.6 * half, -0.88 * half));
    if (&of == &runs.back()) paper.colour_bar(box, deepest < -1 ? "0.5" : "0.1", "V (hartree)");
    const auto points = paper.plot().table({xs, ys});
    paper.draw({paper.plot().matrix(values, axis, axis),
                points + " with points pt 6 ps 1.1 lw 1.5 lc rgb '#56b4e9' notitle"});
    paper.command("unset arrow 9");
    box.left += map_side + map_gap;
  }
  paper.write();
}

std::string potential_text(const PotentialOfRun& of) {
  const auto& molecule = *find_molecule(of.model.molecules, of.run.molecule);
  const Potential v(of.run, of.model);
  std::string text = fmt::format("{:<22} {}{}{}\n", "molecule", molecule.name,
                                 molecule.meaning.empty() ? "" : ": ", molecule.meaning);
  text += fmt::format("{:<22} {}\n", "geometry", geometry_text(of));
  for (const auto& c : v.centres())
    text += fmt::format(
        "{:<22} ({:.5g}, {:.5g}) a.u., charge {:.4g}, softening {:.4g}{}\n", "centre", c.x, c.y, c.charge,
        c.softening,
        c.core == 0 ? "" : fmt::format(", core {:.4g} that decays with {:.4g}", c.core, c.core_decay));
  text += fmt::format("{:<22} {:.5g} hartree\n{:<22} {:.4g} a.u.\n", "deepest", v.deepest(), "extent",
                      v.extent());
  const auto mirrored = mirror_runs(of.run, of.model);
  text += fmt::format("{:<22} {}\n{:<22} {}\n", "mirrored along ky", place_of(mirrored.along_ky, of.run),
                      "mirrored along kx", place_of(mirrored.along_kx, of.run));
  return text;
}

}  // namespace bondscope
