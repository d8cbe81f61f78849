#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/inspect/report_parts.hpp"
#include "libpmd/inspect/timeline.hpp"

namespace bondscope {
namespace {

// Pixels.
constexpr int panel_width = 1140, title_height = 84, row_gap = 20, course_height = 180;
constexpr int tallest_row = 32, most_rows = 700, lowest_rows = 60;
constexpr int row_with_gap = 5;  // rows at least so tall are set apart by a line

using Colour = Eigen::Array3f;  // red, green, blue
const Colour white{255, 255, 255}, idle{232, 232, 232};

/// Of a worker's time; `done` in two shades.
enum Share : std::size_t { done_even, done_odd, failed, interrupted, unknown, shares };
const std::array<Colour, shares> colours{{
    {0, 114, 178},
    {98, 168, 214},
    {213, 44, 0},
    {240, 180, 0},
    {190, 110, 170},
}};

std::string colour_code(const Colour& c) {
  const auto byte = [](float value) { return static_cast<int>(value); };
  return fmt::format("#{:02x}{:02x}{:02x}", byte(c[0]), byte(c[1]), byte(c[2]));
}

struct Layout {
  explicit Layout(std::size_t workers) {
    const std::size_t row = std::max<std::size_t>(
        1, std::min<std::size_t>(tallest_row, most_rows / std::max<std::size_t>(workers, 1)));
    bands = std::min<std::size_t>(workers, most_rows);
    band_height = std::max(row, (lowest_rows + bands - 1) / bands);
  }
  int rows_height() const { return static_cast<int>(bands * band_height); }
  double width() const { return left_margin + panel_width + left_margin; }
  double height() const { return title_height + rows_height() + row_gap + course_height + bottom_margin; }

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
    Colour mean = away * white + free * idle;
    for (std::size_t kind = 0; kind < shares; ++kind)
      mean += share[kind] * colours[kind];
    constexpr float least = 0.6f;
    if (share[failed] > 0 && share[failed] < least) mean = (1 - least) * mean + least * colours[failed];
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
        rgb.insert(rgb.end(), {byte(c[0]), byte(c[1]), byte(c[2])});
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

std::vector<std::string> titles(const Timeline& timeline, const TimelineSummary& s) {
  const auto& farm = timeline.farms.back();
  std::vector<std::string> what{std::filesystem::path(farm.store).filename().string(), farm.dataset,
                                farm.preset, farm.machine};
  std::erase(what, "");
  auto numbers =
      fmt::format("efficiency {:.1f} % = busy / (workers × duration)   {} runs done{}{}   {}   {}",
                  100 * s.efficiency(), s.done, also(s.failed, "failed"), also(s.interrupted, "interrupted"),
                  counted(s.workers, "worker"), format_duration(s.wall));
  if (timeline.farms.size() > 1) numbers += fmt::format(" in {} farms", timeline.farms.size());
  return {fmt::format("{}", fmt::join(what, "   ")), numbers};
}

class TimelinePicture {
 public:
  TimelinePicture(const Timeline& timeline, const std::filesystem::path& png)
      : timeline_(timeline),
        summary_(summarise(timeline)),
        layout_(timeline.workers()),
        unit_(time_unit(timeline.duration())),
        length_(std::max(timeline.duration(), 1e-9) / unit_.seconds),
        paper_(png, layout_.width(), layout_.height()) {}

  void draw() {
    double y = 18;
    for (const auto& line : titles(timeline_, summary_)) {
      paper_.text(plain_markup(line), left_margin, y, "left font ',12'");
      y += 22;
    }
    rows();
    course_of_time();
    paper_.write();
  }

 private:
  /// Where another farm continues.
  void mark_farms() {
    for (std::size_t i = 1; i < timeline_.farms.size(); ++i)
      paper_.vertical_line(timeline_.farms[i].begin / unit_.seconds, "front lw 0.8 dt 3 lc rgb '#000000'");
  }

  void rows() {
    const PlotRange time{0, length_}, workers{0.5, static_cast<double>(summary_.workers) + 0.5};
    paper_.place({left_margin, title_height, panel_width, static_cast<double>(layout_.rows_height())}, time,
                 {workers.max, workers.min});
    paper_.command("set xtics format ''; unset grid");
    if (summary_.workers <= 25) paper_.command("set ytics 1");
    paper_.axis_titles("", "worker");
    paper_.key(left_margin, 58, "horizontal samplen 1.2 width 1");
    mark_farms();
    std::vector<std::string> layers{
        paper_.plot().cells(paint(timeline_, layout_), panel_width, time, workers) + " notitle"};
    const auto entry = [&](const Colour& colour, const char* name) {
      layers.push_back(fmt::format("NaN with boxes fs solid 1 noborder fc rgb '{}' title '{}'",
                                   colour_code(colour), name));
    };
    entry(colours[done_even], "done");
    if (summary_.failed) entry(colours[failed], "failed");
    if (summary_.interrupted) entry(colours[interrupted], "interrupted");
    if (summary_.unknown) entry(colours[unknown], "without outcome");
    entry(idle, "idle");
    paper_.draw(layers);
  }

  void course_of_time() {
    const auto c = course(timeline_, panel_width);
    std::vector<double> time;
    for (int i = 0; i < panel_width; ++i)
      time.push_back((i + 0.5) * length_ / panel_width);
    const auto data = paper_.plot().table({time, c.busy_workers, c.runs_done});
    const auto top = [](std::size_t most) { return 1.05 * static_cast<double>(most); };
    paper_.place({left_margin, static_cast<double>(title_height + layout_.rows_height() + row_gap),
                  panel_width, course_height},
                 {0, length_}, {0, top(summary_.workers)});
    if (summary_.workers <= 10) paper_.command("set ytics 1");
    paper_.axis_titles(fmt::format("time ({})", unit_.name), "busy workers", "#3f84ad");
    paper_.right_axis({0, top(std::max<std::size_t>(1, summary_.done))}, "runs done", "#b03000");
    mark_farms();
    paper_.draw({data + " using 1:2 with filledcurves y1=0 fs solid 1 fc rgb '#a9cfe6'",
                 data + " using 1:2 with lines lw 1 lc rgb '#3f84ad'",
                 data + " using 1:3 axes x1y2 with lines lw 2 lc rgb '#b03000'"});
  }

  const Timeline& timeline_;
  TimelineSummary summary_;
  Layout layout_;
  TimeUnit unit_;
  double length_;
  Paper paper_;
};

}  // namespace

void draw_timeline(const Timeline& timeline, const std::filesystem::path& png) {
  TimelinePicture(timeline, png).draw();
}

}  // namespace bondscope
