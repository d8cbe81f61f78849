#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <sstream>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/clock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/inspect/interpolation_map.hpp"
#include "libpmd/inspect/selection.hpp"
#include "libpmd/interpolation/augment.hpp"
#include "libpmd/interpolation/interpolation.hpp"
#include "libpmd/interpolation/leave_one_out.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store interpolate STORE OUTPUT --images N [options]
       pmd_store interpolate STORE OUTPUT --at R,I [--at R,I ...] [--points FILE.csv] [options]
       pmd_store interpolate STORE --leave-one-out [options]

Momentum distributions between the computed ones of a store, in the plane of internuclear distance R and intensity I.
The runs must agree in molecule, phase and angle; their points may lie anywhere. Methods:
  spline      ln PMD by a thin-plate spline through the nearest points (default: smallest errors)
  log_linear  ln PMD, linear on a Delaunay triangulation
  linear      PMD, linear on a Delaunay triangulation, as in the paper

--images N makes a store of N distributions to learn from: first the computed ones, a fraction of which is set
aside for tests, then interpolated ones at random points. Only those left for training have a part in them, so that
nothing of a test distribution is seen in training; the store says which is for what, and what each was made of. With
more images it begins with the same ones.

--at and --points make a store of the distributions at the given points, for training only. FILE.csv has R (a.u.) and
I (W/cm²), separated by a comma, on each line; '#' begins a comment. Points outside the hull of the computed ones are
refused, or with --clip moved to the nearest point of the hull.

--between RUNS.h5 is for a STORE of averages over the focal volume (pmd_store average): the new ones are not
interpolated between averages, but are averages of distributions that are interpolated between the single runs of
RUNS.h5 and any further stores, but for the runs behind averages that are for tests or not listed. That is
several times as exact. With --test-fraction 1 all averages of STORE only test; RUNS.h5 must then be other runs.

--leave-one-out tells how good it is: each computed distribution that is not on the hull is interpolated from all
others and compared with the computed one, in grey levels of the 8-bit image, for every method or that of --method.

Examples:
  pmd_store interpolate base.h5 --leave-one-out --map errors.png
  pmd_store interpolate focal.h5 augmented.h5 --images 1000 --test-fraction 0.2
  pmd_store interpolate averages.h5 more.h5 --images 1000 --between focal.h5 --between base.h5
  pmd_store interpolate base.h5 three.h5 --at 2,2e14 --at 2.1,2e14 --at 2.2,2e14
)";

void refuse_together(const CommandLine& command_line, const char* option, const char* reason,
                     const std::vector<const char*>& others) {
  for (const char* other : others)
    if (command_line.given(other))
      throw WrongCommandLine(fmt::format("--{} has no meaning {} --{}", other, reason, option));
}

PlanePoint parse_point(const std::string& text, const std::string& where) {
  std::vector<double> numbers;
  for (const auto& part : split(text))
    numbers.push_back(read_number(part).value_or(0));
  const auto positive = [](double number) { return number > 0 && std::isfinite(number); };
  if (numbers.size() != 2 || !std::ranges::all_of(numbers, positive))
    throw ConfigError(fmt::format(
        "{}: '{}' is not a point; expected R,I with R in a.u. and I in W/cm², both > 0, as 2.5,3e14", where,
        text));
  return {numbers[0], numbers[1]};
}

std::vector<PlanePoint> read_points(const std::string& file) {
  std::istringstream lines(read_text_file(file));
  std::vector<PlanePoint> points;
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    line = line.substr(0, line.find('#'));
    const auto begin = line.find_first_not_of(" \t\r"), last = line.find_last_not_of(" \t\r");
    if (begin == std::string::npos) continue;
    points.push_back(
        parse_point(line.substr(begin, last - begin + 1), fmt::format("{}: line {}", file, number)));
  }
  if (points.empty()) throw ConfigError(file + ": has no points");
  return points;
}

struct Result {
  InterpolationMethod method;
  std::vector<LeftOut> left_out;
  LeftOutSummary summary;
  double milliseconds;  ///< for each distribution
};

std::string report_text(const Interpolator& interpolator, const std::vector<Result>& results) {
  auto text = fmt::format(
      "{}: {} of {} points are inside the hull\n"
      "mean |ΔW| of each, interpolated from the others, in grey levels:\n"
      "method        mean  median    95 %  largest  ms each\n",
      interpolator.store().path().string(), results.front().left_out.size(), interpolator.rows().size());
  for (const auto& [method, left_out, s, milliseconds] : results)
    text += fmt::format("{:<10} {:7.2f} {:7.2f} {:7.2f} {:8.2f} {:8.1f}\n", to_string(method), s.mean,
                        s.median, s.percentile_95, s.largest, milliseconds);
  return text;
}

std::string report_json(const Interpolator& interpolator, const std::vector<Result>& results) {
  const auto& store = interpolator.store();
  nlohmann::ordered_json report{{"store", store.path().string()},
                                {"points", interpolator.rows().size()},
                                {"inside", results.front().left_out.size()},
                                {"unit", "grey levels"}};
  for (const auto& result : results) {
    const auto& s = result.summary;
    nlohmann::ordered_json runs = nlohmann::ordered_json::array();
    for (const auto& one : result.left_out)
      runs.push_back({{"run", store.description().numbers[one.row]},
                      {"R", one.point.R},
                      {"intensity_w_cm2", one.point.intensity},
                      {"mean", one.difference.mean},
                      {"rms", one.difference.rms},
                      {"largest", one.difference.largest}});
    report["methods"].push_back({{"method", to_string(result.method)},
                                 {"mean", s.mean},
                                 {"median", s.median},
                                 {"percentile_95", s.percentile_95},
                                 {"largest", s.largest},
                                 {"rms", s.rms},
                                 {"milliseconds_each", result.milliseconds},
                                 {"runs", std::move(runs)}});
  }
  return report.dump(2) + "\n";
}

/// Where the errors go.
struct ErrorReport {
  std::optional<std::string> map;  ///< a picture of those of the first method
  bool json = false;
};

void leave_out(const Store& store, const AugmentSettings& settings,
               const std::vector<InterpolationMethod>& methods, const ErrorReport& wanted) {
  std::vector<Result> results;
  std::string report;
  for (const auto method : methods) {
    auto of_method = settings.interpolation;
    of_method.method = method;
    Interpolator interpolator(store, of_method, settings.rows);
    StoppableProgress progress(fmt::format("leave one out, {}", to_string(method)), "points");
    const auto begin = Clock::now();
    auto left_out = leave_one_out(interpolator, std::ref(progress));
    const double milliseconds = 1e3 * seconds_since(begin);
    progress.end();
    const auto summary = summarise(left_out);
    const double each = milliseconds / static_cast<double>(left_out.size());
    results.push_back({method, std::move(left_out), summary, each});
    if (wanted.map && method == methods.front()) {
      const auto title =
          fmt::format("Interpolation ({}) between {} distributions: mean error {:.2f} grey levels",
                      to_string(method), interpolator.rows().size(), summary.mean);
      draw_interpolation_map(interpolator.triangulation(), results.front().left_out, title, *wanted.map);
    }
    if (method == methods.back())
      report = wanted.json ? report_json(interpolator, results) : report_text(interpolator, results);
  }
  std::cout << report;
}

}  // namespace

int interpolate(const Arguments& arguments) {
  std::vector<std::string> files;
  AugmentSettings settings;
  auto method = std::string(to_string(InterpolationMethod::spline));
  std::size_t mebibytes = 1024;
  std::vector<PlanePoint> points;
  std::vector<std::string> between;
  std::optional<std::size_t> images;
  std::optional<std::string> listed_runs;
  bool clip = false, errors = false;
  ErrorReport error_report;
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  CommandLine command_line(help);
  command_line.arguments(files, 1, 2, expected_store_and_output);
  command_line.integer("images", "N", images, 1, 100'000,
                       "distributions of the new store in all, computed ones included");
  command_line.number("test-fraction", "F", settings.test_fraction, {.min = 0, .max = 1},
                      "of the computed ones, for tests");
  command_line.integer("seed", "S", settings.seed, 0, largest, "of the random points and what is for tests");
  command_line
      .add("at", "R,I", "a point in a.u. and W/cm²; may be given several times",
           [&](const std::string& text) { points.push_back(parse_point(text, "--at")); })
      .may_repeat = true;
  command_line.add("points", "FILE.csv", "such points, one on each line", [&](const std::string& file) {
    const auto read = read_points(file);
    points.insert(points.end(), read.begin(), read.end());
  });
  command_line
      .add("between", "RUNS.h5", "new averages are made of these runs; may be given several times",
           [&](const std::string& file) { between.push_back(file); })
      .may_repeat = true;
  command_line.integer("intensities", "N", settings.between.intensities, 2, 100,
                       "with --between: of each new average (default: as the computed ones)");
  command_line.flag("clip", clip, "points outside the hull are moved to it");
  command_line.flag("leave-one-out", errors, "errors instead of a new store");
  command_line.text("map", "FILE.png", error_report.map, "picture of the errors in the plane");
  command_line.flag("json", error_report.json, "errors for programs");
  command_line.choice("method", "METHOD", method, interpolation_method_names(),
                      "spline, log_linear or linear");
  command_line.integer("neighbours", "N", settings.interpolation.neighbours, 3, 1000,
                       "points that a spline goes through");
  command_line.text("runs", "LIST", listed_runs, "only between these runs, e.g. 0-99 (default: all done)");
  command_line.integer("memory", "MIB", mebibytes, 1, 1 << 30, "for distributions that were read");
  if (!command_line.read(arguments)) return exit_code::success;
  std::vector<std::filesystem::path> read(between.begin(), between.end());
  read.insert(read.begin(), files[0]);
  open_in_child(read);

  const bool output = files.size() == 2;
  if (errors) {
    refuse_together(command_line, "leave-one-out", "with",
                    {"images", "test-fraction", "seed", "at", "points", "clip", "between"});
    if (output) throw WrongCommandLine(fmt::format("--leave-one-out makes no store; '{}'?", files[1]));
  } else {
    refuse_together(command_line, "leave-one-out", "without", {"map", "json"});
    if (!images && points.empty())
      throw WrongCommandLine(
          "what is to be done? give --images N, --at R,I, --points FILE or --leave-one-out");
    if (!output) throw WrongCommandLine(expected_store_and_output);
    if (images) refuse_together(command_line, "images", "with", {"at", "points", "clip"});
    if (!images) refuse_together(command_line, "images", "without", {"test-fraction", "seed"});
    if (!between.empty()) refuse_together(command_line, "between", "with", {"clip"});
  }
  if (between.empty()) refuse_together(command_line, "between", "without", {"intensities"});
  settings.distributions = images.value_or(0);
  settings.interpolation.method = interpolation_method(method);
  settings.interpolation.cache_bytes = mebibytes << 20;

  const auto store = Store::open(files.front(), Store::Mode::read);
  std::vector<Store> runs;
  for (const auto& file : between)
    runs.push_back(Store::open(file, Store::Mode::read));
  for (const auto& one : runs)
    settings.between.stores.push_back(&one);
  if (listed_runs) settings.rows = select_runs(store, {.runs = *listed_runs});
  if (errors) {
    std::vector<InterpolationMethod> methods{settings.interpolation.method};
    if (!command_line.given("method"))
      methods = {InterpolationMethod::spline, InterpolationMethod::log_linear, InterpolationMethod::linear};
    leave_out(store, settings, methods, error_report);
    return exit_code::success;
  }
  const auto& file = files[1];
  StoppableProgress progress("interpolate", "distributions");
  auto made = fmt::format("{} interpolated distributions for training", points.size());
  if (!images) {
    interpolate_at(store, file, points, clip ? Outside::clip : Outside::refuse, settings, std::ref(progress));
  } else {
    const auto report = augment(store, file, settings, std::ref(progress));
    made =
        fmt::format("{} computed and {} interpolated distributions for training, {} computed ones for tests",
                    report.training, report.interpolated, report.test);
  }
  progress.end();
  std::cout << file << ": " << made << "; " << format_bytes(std::filesystem::file_size(file)) << '\n';
  return exit_code::success;
}
