#include "libpmd/inspect/pulse_picture.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/model/pulse_parameters.hpp"
#include "libpmd/model/trajectories.hpp"
#include "libpmd/model/units.hpp"

namespace bondscope {
namespace {

constexpr double trace_width = 820, trace_height = 190, trace_gap = 18, traces_top = 88;
constexpr std::size_t points = 1200, electrons = 50;
constexpr const char *blue = line_colours[0], *red = line_colours[1], *green = line_colours[2];

std::string final_energy(double momentum) {
  return fmt::format("{:.2f} a.u. ({:.3g} eV)", momentum, 0.5 * momentum * momentum * units::ev);
}

class PulsePicture {
 public:
  PulsePicture(const Pulse& pulse, double binding_energy, const std::string& title,
               const std::filesystem::path& png)
      : pulse_(pulse),
        reach_(classical_reach(pulse, binding_energy)),
        binding_energy_(binding_energy),
        end_(pulse.duration() * units::fs),
        paper_(png, left_margin + trace_width + 150,
               traces_top + 3 * trace_height + 2 * trace_gap + bottom_margin, title) {
    for (std::size_t i = 0; i <= points; ++i) {
      t_.push_back(pulse.duration() * static_cast<double>(i) / points);
      femtoseconds_.push_back(t_.back() * units::fs);
      field_.push_back(pulse.field(t_.back()));
      potential_.push_back(pulse.vector_potential(t_.back()));
      excursion_.push_back(pulse.excursion(t_.back()));
    }
  }

  void draw() {
    const auto shape = to_text(pulse_.shape());  // in braces
    paper_.text(plain_markup(shape.substr(1, shape.size() - 2)), paper_.width() / 2, 48, "center font ',11'");
    paper_.text(
        fmt::format("direct electrons up to {}   scattered back up to {}   back from up to {:.3g} a.u.",
                    final_energy(reach_.direct), final_energy(reach_.rescattered), reach_.turning),
        paper_.width() / 2, 70, "center font ',11'");
    curve(0, field_, "F (a.u.)", red, {});
    curve(1, potential_, "A (a.u.)", blue,
          {{"direct", reach_.direct}, {"scattered back", reach_.rescattered}});
    trajectories();
    paper_.write();
  }

 private:
  struct Border {
    std::string name;
    double value;
  };

  void place(int row, double largest, const std::string& title, const std::string& colour) {
    const double most = largest > 0 ? 1.08 * largest : 1;
    paper_.place({left_margin, traces_top + row * (trace_height + trace_gap), trace_width, trace_height},
                 {0, end_}, {-most, most});
    if (row < 2) paper_.command("set xtics format ''");
    paper_.axis_titles(row == 2 ? "time (fs)" : "", title, colour);
  }

  /// Lines at ±value, with a name at the right of the upper one.
  void mark(std::vector<std::string>& layers, const std::vector<Border>& borders, double top, int row) {
    for (const auto& [name, value] : borders) {
      if (!(value > 0)) continue;
      for (const double at : {value, -value})
        layers.push_back(fmt::format("{} with lines dt 2 lw 1 lc rgb '{}' notitle", at, grey));
      const double most = 1.08 * top;
      paper_.text(name, left_margin + trace_width + 8,
                  traces_top + row * (trace_height + trace_gap) + 0.5 * trace_height * (1 - value / most),
                  "left font ',10'");
    }
  }

  static double largest_of(const std::vector<double>& values) {
    double largest = 0;
    for (const double value : values)
      if (std::isfinite(value)) largest = std::max(largest, std::abs(value));
    return largest;
  }

  void curve(int row, const std::vector<double>& values, const std::string& title, const char* colour,
             const std::vector<Border>& borders) {
    double top = largest_of(values);
    for (const auto& border : borders)
      top = std::max(top, border.value);
    place(row, top, title, colour);
    std::vector<std::string> layers{"0 with lines lw 0.8 lc rgb '#404040' notitle"};
    mark(layers, borders, top, row);
    layers.push_back(paper_.plot().table({femtoseconds_, values}) +
                     fmt::format(" with lines lw 2 lc rgb '{}' notitle", colour));
    paper_.draw(layers);
  }

  /// x(t) of an electron set free at point `start`, until it is back.
  std::vector<double> path(std::size_t start, bool& returned) const {
    std::vector<double> x(t_.size(), std::numeric_limits<double>::quiet_NaN());
    x[start] = 0;
    for (std::size_t i = start + 1; i < t_.size() && !returned; ++i) {
      x[i] = excursion_[i] - excursion_[start] - potential_[start] * (t_[i] - t_[start]);
      returned = i > start + 1 && x[i] * x[start + 1] <= 0;
    }
    return x;
  }

  void trajectories() {
    std::vector<std::string> lines;
    double top = std::max(largest_of(excursion_), reach_.turning);
    const double most = 1.6 * top;
    const double weakest = weakest_field(largest_of(field_), binding_energy_);
    std::vector<std::size_t> starts;
    for (std::size_t start = 0; start + 1 < t_.size(); ++start)
      if (field_[start] != 0 && std::abs(field_[start]) >= weakest) starts.push_back(start);
    const std::size_t every = std::max<std::size_t>(1, starts.size() / electrons);
    for (std::size_t n = every / 2; n < starts.size(); n += every) {
      const std::size_t start = starts[n];
      bool returned = false;
      const auto x = path(start, returned);
      top = std::max(top, std::min(largest_of(x), most));
      lines.push_back(paper_.plot().table({femtoseconds_, x}) +
                      fmt::format(" with lines lw 1 lc rgb '{}' notitle", returned ? green : "#b8b8b8"));
    }
    place(2, top, "x (a.u.)", "#000000");
    std::vector<std::string> layers{"0 with lines lw 0.8 lc rgb '#404040' notitle"};
    mark(layers, {{"back from", reach_.turning}}, top, 2);
    layers.insert(layers.end(), lines.begin(), lines.end());
    layers.push_back(paper_.plot().table({femtoseconds_, excursion_}) +
                     " with lines lw 2 lc rgb '#000000' notitle");
    paper_.text("black: ∫A dt", left_margin + trace_width + 8, row_bottom(2) - 52, "left font ',10'");
    paper_.text("green: electrons", left_margin + trace_width + 8, row_bottom(2) - 36, "left font ',10'");
    paper_.text("that come back", left_margin + trace_width + 8, row_bottom(2) - 22, "left font ',10'");
    paper_.text("grey: others", left_margin + trace_width + 8, row_bottom(2) - 6, "left font ',10'");
    paper_.draw(layers);
  }

  static double row_bottom(int row) { return traces_top + row * (trace_height + trace_gap) + trace_height; }

  const Pulse& pulse_;
  Reach reach_;
  double binding_energy_, end_;
  Paper paper_;
  std::vector<double> t_, femtoseconds_, field_, potential_, excursion_;
};

}  // namespace

void draw_pulse(const Pulse& pulse, double binding_energy, const std::string& title,
                const std::filesystem::path& png) {
  PulsePicture(pulse, binding_energy, title, png).draw();
}

std::string pulse_text(const Pulse& pulse, double binding_energy) {
  const auto reach = classical_reach(pulse, binding_energy);
  const double f = pulse.peak_field(), w = pulse.omega(), up = f * f / (4 * w * w);
  return fmt::format(
      "pulse                  {}\n"
      "duration               {:.5g} a.u. ({:.4g} fs)\n"
      "frequency              {:.5g} a.u. (photon of {:.4g} eV)\n"
      "field F0               {:.4g} a.u.\n"
      "quiver F0/ω²           {:.4g} a.u.\n"
      "Up of the first colour {:.4g} a.u. ({:.4g} eV)\n"
      "direct electrons       up to {}\n"
      "scattered back         up to {}\n"
      "come back              from up to {:.4g} a.u.\n",
      to_text(pulse.shape()), pulse.duration(), pulse.duration() * units::fs, w, w * units::ev, f,
      f / (w * w), up, up * units::ev, final_energy(reach.direct), final_energy(reach.rescattered),
      reach.turning);
}

}  // namespace bondscope
