#include "libpmd/inspect/timeline_picture.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "libpmd/base/plot/gnuplot.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/inspect/timeline_summary.hpp"

namespace bondscope {
namespace {

// Pixels.
constexpr int panel_width = 1140, left_margin = 86, right_margin = 86;
constexpr int title_height = 84, gap = 20, course_height = 180, bottom_margin = 58;
constexpr int tallest_row = 32, most_rows = 700, lowest_rows = 60;
constexpr int row_with_gap = 5;  // rows at least so tall are set apart by a line

struct Colour {
  float red, green, blue;
};
constexpr Colour white{255, 255, 255}, idle{232, 232, 232};

/// Of a worker's time; `done` in two shades.
enum Share : std::size_t { done_even, done_odd, failed, interrupted, unknown, shares };
constexpr std::array<Colour, shares> colours{{
    {0, 114, 178},
    {98, 168, 214},
    {213, 44, 0},
    {240, 180, 0},
    {190, 110, 170},
}};

std::string hexadecimal(const Colour& c) {
  char text[16];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", static_cast<unsigned>(c.red),
                static_cast<unsigned>(c.green), static_cast<unsigned>(c.blue));
  return text;
}

struct Layout {
  explicit Layout(std::size_t workers) {
    const std::size_t row = std::max<std::size_t>(
        1, std::min<std::size_t>(tallest_row, most_rows / std::max<std::size_t>(workers, 1)));
    bands = std::min<std::size_t>(workers, most_rows);
    band_height = std::max(row, (lowest_rows + bands - 1) / bands);
  }
  int rows_height() const { return static_cast<int>(bands * band_height); }
  int width() const { return left_margin + panel_width + right_margin; }
  int height() const { return title_height + rows_height() + gap + course_height + bottom_margin; }

  std::size_t bands, band_height;
};

/// Shares of time by band of workers and pixel column; columns have unit length.
class Shares {
 public:
  Shares(const Timeline& timeline, std::size_t bands)
      : workers_(timeline.workers()),
        bands_(bands),
        column_(std::max(timeline.duration(), 1e-9) / panel_width),
        there_(bands * panel_width),
        share_(bands * panel_width * shares) {
    for (const auto& farm : timeline.farms)
      for (std::size_t worker = 0; worker < farm.workers; ++worker)
        spread(worker, farm.begin, farm.end, [&](std::size_t cell, float weight) { there_[cell] += weight; });
    std::vector<bool> odd(workers_);
    for (const auto& bar : timeline.bars) {
      const Share kind = share_of(bar.outcome, odd[bar.worker]);
      odd[bar.worker].flip();
      spread(bar.worker, bar.begin, bar.end,
             [&](std::size_t cell, float weight) { share_[cell * shares + kind] += weight; });
    }
  }

  Colour colour(std::size_t band, std::size_t column) const {
    const std::size_t cell = band * panel_width + column;
    const float* share = &share_[cell * shares];
    float busy = 0;
    for (std::size_t kind = 0; kind < shares; ++kind)
      busy += share[kind];
    const float free = std::max(0.0f, there_[cell] - busy);
    const float away = std::max(0.0f, 1 - std::max(there_[cell], busy));
    Colour mean = mix({0, 0, 0}, white, away);
    mean = mix(mean, idle, free);
    for (std::size_t kind = 0; kind < shares; ++kind)
      mean = mix(mean, colours[kind], share[kind]);
    if (share[failed] > 0 && share[failed] < 0.6f) {
      constexpr float least = 0.6f;
      mean = mix({mean.red * (1 - least), mean.green * (1 - least), mean.blue * (1 - least)}, colours[failed],
                 least);
    }
    return mean;
  }

 private:
  static Share share_of(RunOutcome outcome, bool odd) {
    switch (outcome) {
      case RunOutcome::failed:
        return failed;
      case RunOutcome::interrupted:
        return interrupted;
      case RunOutcome::unknown:
        return unknown;
      case RunOutcome::done:
        break;
    }
    return odd ? done_odd : done_even;
  }

  static Colour mix(const Colour& a, const Colour& b, float weight) {
    return {a.red + weight * b.red, a.green + weight * b.green, a.blue + weight * b.blue};
  }

  /// Calls add(cell, share of the cell) for all cells that a worker touches from begin to end.
  template <typename Add>
  void spread(std::size_t worker, double begin, double end, const Add& add) const {
    const std::size_t band = worker * bands_ / workers_;
    // How many workers this band stands for: those w with w·bands / workers = band.
    const std::size_t first_worker = (band * workers_ + bands_ - 1) / bands_,
                      next_worker = ((band + 1) * workers_ + bands_ - 1) / bands_;
    const double weight = 1.0 / static_cast<double>(next_worker - first_worker);
    const double from = std::max(0.0, begin / column_),
                 to = std::min<double>(panel_width, std::max(begin, end) / column_);
    const auto last = std::min<std::size_t>(panel_width - 1, static_cast<std::size_t>(to));
    for (auto column = static_cast<std::size_t>(from); column <= last; ++column) {
      const double overlap =
          std::min(to, static_cast<double>(column + 1)) - std::max(from, static_cast<double>(column));
      if (overlap > 0) add(band * panel_width + column, static_cast<float>(weight * overlap));
    }
  }

  std::size_t workers_, bands_;
  double column_;
  std::vector<float> there_, share_;
};

std::vector<std::uint8_t> paint(const Timeline& timeline, const Layout& layout) {
  const Shares shares_of_time(timeline, layout.bands);
  const auto byte = [](float value) {
    return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0f, 255.0f)));
  };
  std::vector<std::uint8_t> rgb;
  rgb.reserve(layout.bands * layout.band_height * panel_width * 3);
  for (std::size_t band = 0; band < layout.bands; ++band)
    for (std::size_t line = 0; line < layout.band_height; ++line)
      for (std::size_t column = 0; column < panel_width; ++column) {
        const bool between = layout.band_height >= row_with_gap && line + 1 == layout.band_height;
        const Colour c = between ? white : shares_of_time.colour(band, column);
        rgb.insert(rgb.end(), {byte(c.red), byte(c.green), byte(c.blue)});
      }
  return rgb;
}

struct TimeUnit {
  double seconds;
  const char* name;
};

TimeUnit time_unit(double duration) {
  if (duration < 180) return {1, "s"};
  if (duration < 3 * 3600) return {60, "min"};
  if (duration < 4 * 86400) return {3600, "h"};
  return {86400, "days"};
}

std::string range(const char* axis, double min, double max) {
  return std::string("set ") + axis + "range [" + format_number(min) + ":" + format_number(max) + "]";
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f %%", 100 * share);
  return text;
}

std::vector<std::string> titles(const Timeline& timeline, const TimelineSummary& s) {
  const auto& farm = timeline.farms.back();
  std::string what = std::filesystem::path(farm.store).filename().string();
  for (const auto& more : {farm.dataset, farm.preset, farm.machine})
    if (!more.empty()) what += (what.empty() ? "" : "   ") + more;
  std::string numbers = "efficiency " + percent(s.efficiency()) + " = busy / (workers × duration)   " +
                        std::to_string(s.done) + " runs done";
  if (s.failed) numbers += ", " + std::to_string(s.failed) + " failed";
  if (s.interrupted) numbers += ", " + std::to_string(s.interrupted) + " interrupted";
  numbers += "   " + std::to_string(s.workers) + (s.workers == 1 ? " worker   " : " workers   ") +
             format_duration(s.wall);
  if (timeline.farms.size() > 1) numbers += " in " + std::to_string(timeline.farms.size()) + " farms";
  return {what, numbers};
}

class Picture {
 public:
  Picture(const Timeline& timeline, const std::filesystem::path& png)
      : timeline_(timeline),
        summary_(summarise(timeline)),
        layout_(timeline.workers()),
        unit_(time_unit(timeline.duration())),
        length_(std::max(timeline.duration(), 1e-9) / unit_.seconds),
        plot_(png, layout_.width(), layout_.height()) {}

  void draw() {
    plot_.command("set multiplot");
    plot_.command("set border lw 0.8 lc rgb '#404040'");
    plot_.command("set tics out nomirror scale 0.5 font ',10.5' textcolor rgb '#000000'");
    plot_.command(range("x", 0, length_));
    const auto lines = titles(timeline_, summary_);
    label(Gnuplot::quote(lines[0]), left_margin, 18, "left font ',12'");
    label(Gnuplot::quote(lines[1]), left_margin, 40, "left font ',12'");
    rows();
    course_of_time();
    plot_.command("unset multiplot");
    plot_.write();
  }

 private:
  void place(int top, int height) {
    const double w = layout_.width(), h = layout_.height();
    plot_.command("set lmargin at screen " + format_number(left_margin / w));
    plot_.command("set rmargin at screen " + format_number((left_margin + panel_width) / w));
    plot_.command("set tmargin at screen " + format_number(1 - top / h));
    plot_.command("set bmargin at screen " + format_number(1 - (top + height) / h));
  }

  void label(const std::string& literal, double x, double y, const std::string& options) {
    plot_.command("set label " + literal + " at screen " + format_number(x / layout_.width()) + "," +
                  format_number(1 - y / layout_.height()) + " " + options);
  }

  /// Where another farm continues.
  void mark_farms() {
    plot_.command("unset arrow");
    for (std::size_t i = 1; i < timeline_.farms.size(); ++i) {
      const auto x = format_number(timeline_.farms[i].begin / unit_.seconds);
      plot_.command("set arrow from first " + x + ", graph 0 to first " + x +
                    ", graph 1 nohead front lw 0.8 dt 3 lc rgb '#000000'");
    }
  }

  void rows() {
    place(title_height, layout_.rows_height());
    const auto workers = static_cast<double>(summary_.workers);
    plot_.command("set key at screen " + format_number(static_cast<double>(left_margin) / layout_.width()) +
                  "," + format_number(1 - 58.0 / layout_.height()) +
                  " left top horizontal reverse Left samplen 1.2 width 1 font ',11'");
    plot_.command("unset colorbox");
    plot_.command("set xtics format ''");
    plot_.command(range("y", workers + 0.5, 0.5));
    plot_.command(workers <= 25 ? "set ytics 1" : "set ytics autofreq");
    label("'worker'", 16, title_height + layout_.rows_height() / 2.0, "center rotate by 90 font ',12'");
    mark_farms();
    std::string plot = "plot " +
                       plot_.cells(paint(timeline_, layout_), panel_width, 0, length_, 0.5, workers + 0.5) +
                       " notitle";
    const auto entry = [&](const Colour& colour, const char* name) {
      plot += std::string(", NaN with boxes fs solid 1 noborder fc rgb '") + hexadecimal(colour) +
              "' title '" + name + "'";
    };
    entry(colours[done_even], "done");
    if (summary_.failed) entry(colours[failed], "failed");
    if (summary_.interrupted) entry(colours[interrupted], "interrupted");
    if (summary_.unknown) entry(colours[unknown], "without outcome");
    entry(idle, "idle");
    plot_.command(plot);
    plot_.command("unset label; unset key");
  }

  void course_of_time() {
    const int top = title_height + layout_.rows_height() + gap;
    place(top, course_height);
    const auto c = course(timeline_, panel_width);
    std::vector<double> time;
    for (int i = 0; i < panel_width; ++i)
      time.push_back((i + 0.5) * length_ / panel_width);
    const auto table = plot_.table({time, c.busy_workers, c.runs_done});
    plot_.command("set xtics autofreq format '%g'");
    plot_.command(summary_.workers <= 10 ? "set ytics 1" : "set ytics autofreq");
    plot_.command("set y2tics autofreq out scale 0.5 font ',10.5'");
    plot_.command(range("y", 0, 1.05 * static_cast<double>(summary_.workers)));
    plot_.command(range("y2", 0, 1.05 * static_cast<double>(std::max<std::size_t>(1, summary_.done))));
    const double middle = top + course_height / 2.0;
    label("'busy workers'", 16, middle, "center rotate by 90 font ',12' textcolor rgb '#3f84ad'");
    label("'runs done'", layout_.width() - 14, middle,
          "center rotate by 90 font ',12' textcolor rgb '#b03000'");
    label("'time (" + std::string(unit_.name) + ")'", left_margin + panel_width / 2.0, layout_.height() - 14,
          "center font ',12'");
    mark_farms();
    plot_.command("plot " + table + " using 1:2 with filledcurves y1=0 fs solid 1 fc rgb '#a9cfe6', " +
                  table + " using 1:2 with lines lw 1 lc rgb '#3f84ad', " + table +
                  " using 1:3 axes x1y2 with lines lw 2 lc rgb '#b03000'");
  }

  const Timeline& timeline_;
  TimelineSummary summary_;
  Layout layout_;
  TimeUnit unit_;
  double length_;
  Gnuplot plot_;
};

}  // namespace

void draw_timeline(const Timeline& timeline, const std::filesystem::path& png) {
  Picture(timeline, png).draw();
}

}  // namespace bondscope
