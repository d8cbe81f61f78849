#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <sstream>

#include <boost/program_options.hpp>
#include <nlohmann/json.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/row_progress.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/inspect/interpolation_map.hpp"
#include "libpmd/inspect/selection.hpp"
#include "libpmd/interpolation/augment.hpp"
#include "libpmd/interpolation/interpolation.hpp"
#include "libpmd/interpolation/leave_one_out.hpp"

using namespace bondscope;

namespace po = boost::program_options;

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

--leave-one-out tells how good it is: each computed distribution that is not on the hull is interpolated from all
others and compared with the computed one, in grey levels of the 8-bit image, for every method or that of --method.

Examples:
  pmd_store interpolate base.h5 --leave-one-out --map errors.png
  pmd_store interpolate focal.h5 augmented.h5 --images 1000 --test-fraction 0.2
  pmd_store interpolate base.h5 three.h5 --at 2,2e14 --at 2.1,2e14 --at 2.2,2e14
)";

void refuse_together(const CommandLine& command_line, const char* option, const char* reason,
                     const std::vector<const char*>& others) {
  for (const char* other : others)
    if (command_line.has(other))
      throw WrongCommandLine(std::string("--") + other + " has no meaning " + reason + " --" + option);
}

PlanePoint parse_point(const std::string& text, const std::string& where) {
  PlanePoint point;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, point.R);
  bool sound = first.ec == std::errc() && first.ptr != end && *first.ptr == ',';
  if (sound) {
    const char* begin = first.ptr + 1;
    while (begin != end && *begin == ' ')
      ++begin;
    const auto second = std::from_chars(begin, end, point.intensity);
    sound = second.ec == std::errc() && second.ptr == end;
  }
  if (!sound || !std::isfinite(point.R + point.intensity) || !(point.R > 0 && point.intensity > 0))
    throw ConfigError(where + ": '" + text + "' is not a point; expected R,I with R in a.u. and I in " +
                      "W/cm², both > 0, as 2.5,3e14");
  return point;
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
        parse_point(line.substr(begin, last - begin + 1), file + ": line " + std::to_string(number)));
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
  std::ostringstream text;
  text << interpolator.store().path().string() << ": " << results.front().left_out.size() << " of "
       << interpolator.rows().size() << " points are inside the hull\n"
       << "mean |ΔW| of each, interpolated from the others, in grey levels:\n"
       << "method        mean  median    95 %  largest  ms each\n";
  for (const auto& result : results) {
    char line[160];
    const auto& s = result.summary;
    std::snprintf(line, sizeof line, "%-10s %7.2f %7.2f %7.2f %8.2f %8.1f\n", to_string(result.method),
                  s.mean, s.median, s.percentile_95, s.largest, result.milliseconds);
    text << line;
  }
  return text.str();
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

void leave_out(const CommandLine& command_line, const Store& store, const AugmentSettings& settings) {
  std::vector<InterpolationMethod> methods{settings.interpolation.method};
  if (!command_line.has("method"))
    methods = {InterpolationMethod::spline, InterpolationMethod::log_linear, InterpolationMethod::linear};
  catch_signals();
  std::vector<Result> results;
  std::string report;
  for (const auto method : methods) {
    auto of_method = settings.interpolation;
    of_method.method = method;
    Interpolator interpolator(store, of_method, settings.rows);
    RowProgress progress(std::string("leave one out, ") + to_string(method));
    const auto begin = std::chrono::steady_clock::now();
    auto left_out = leave_one_out(interpolator, std::ref(progress));
    const std::chrono::duration<double, std::milli> spent = std::chrono::steady_clock::now() - begin;
    progress.end();
    const auto summary = summarise(left_out);
    const double each = spent.count() / static_cast<double>(left_out.size());
    results.push_back({method, std::move(left_out), summary, each});
    if (command_line.has("map") && method == methods.front()) {
      char title[160];
      std::snprintf(title, sizeof title,
                    "Interpolation (%s) between %zu distributions: mean error %.2f grey levels",
                    to_string(method), interpolator.rows().size(), summary.mean);
      draw_interpolation_map(interpolator.triangulation(), results.front().left_out, title,
                             command_line.text("map"));
    }
    if (method == methods.back())
      report =
          command_line.has("json") ? report_json(interpolator, results) : report_text(interpolator, results);
  }
  std::cout << report;
}

std::vector<PlanePoint> requested_points(const CommandLine& command_line) {
  std::vector<PlanePoint> points;
  for (const auto& text : command_line.texts("at"))
    points.push_back(parse_point(text, "--at"));
  if (command_line.has("points")) {
    const auto read = read_points(command_line.text("points"));
    points.insert(points.end(), read.begin(), read.end());
  }
  return points;
}

}  // namespace

int interpolate(const Arguments& arguments) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()                                                                                     //
      ("images", text()->value_name("N"), "distributions of the new store in all, computed ones included")  //
      ("test-fraction", text()->value_name("F"), "of the computed ones, for tests (default 0.25)")          //
      ("seed", text()->value_name("S"), "of the random points and what is for tests (default 1)")           //
      ("at", po::value<std::vector<std::string>>()->value_name("R,I"),
       "a point in a.u. and W/cm²; may be given several times")                                       //
      ("points", text()->value_name("FILE.csv"), "such points, one on each line")                     //
      ("clip", "points outside the hull are moved to it")                                             //
      ("leave-one-out", "errors instead of a new store")                                              //
      ("map", text()->value_name("FILE.png"), "picture of the errors in the plane")                   //
      ("json", "errors for programs")                                                                 //
      ("method", text()->value_name("METHOD"), "spline (default), log_linear or linear")              //
      ("neighbours", text()->value_name("N"), "points that a spline goes through (default 32)")       //
      ("runs", text()->value_name("LIST"), "only between these runs, e.g. 0-99 (default: all done)")  //
      ("memory", text()->value_name("MIB"), "for distributions that were read (default 1024)");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, "expected a store and a new file", 1, 2)) return exit_success;

  AugmentSettings settings;
  settings.interpolation.method =
      interpolation_method(command_line.choice("method", interpolation_method_names(), "spline"));
  constexpr auto largest = std::numeric_limits<std::int64_t>::max();
  settings.interpolation.neighbours =
      static_cast<std::size_t>(command_line.integer("neighbours", 3, 1000, 32));
  settings.interpolation.cache_bytes =
      static_cast<std::size_t>(command_line.integer("memory", 1, 1 << 30, 1024)) << 20;
  settings.seed = static_cast<std::uint64_t>(command_line.integer("seed", 0, largest, 1));
  settings.test_fraction = command_line.number("test-fraction", {.min = 0, .max = 1, .max_open = true}, 0.25);
  settings.distributions = static_cast<std::size_t>(command_line.integer("images", 1, 100'000, 1));

  const bool errors = command_line.has("leave-one-out"), images = command_line.has("images");
  const bool points = command_line.has("at") || command_line.has("points");
  const bool output = command_line.files().size() == 2;
  if (errors) {
    refuse_together(command_line, "leave-one-out", "with",
                    {"images", "test-fraction", "seed", "at", "points", "clip"});
    if (output) throw WrongCommandLine("--leave-one-out makes no store; '" + command_line.files()[1] + "'?");
  } else {
    refuse_together(command_line, "leave-one-out", "without", {"map", "json"});
    if (!images && !points)
      throw WrongCommandLine(
          "what is to be done? give --images N, --at R,I, --points FILE or --leave-one-out");
    if (!output) throw WrongCommandLine("expected a store and a new file");
    if (images) refuse_together(command_line, "images", "with", {"at", "points", "clip"});
    if (points) refuse_together(command_line, "images", "without", {"test-fraction", "seed"});
  }
  const auto requested = requested_points(command_line);

  const auto store = Store::open(command_line.files().front(), Store::Mode::read);
  if (command_line.has("runs")) {
    Selection selection;
    selection.runs = command_line.text("runs");
    if (selection.runs.empty()) throw WrongCommandLine("--runs: the list is empty");
    settings.rows = select_runs(store, selection);
  }
  if (errors) {
    leave_out(command_line, store, settings);
    return exit_success;
  }
  const std::string file = command_line.files()[1];
  catch_signals();
  RowProgress progress("interpolate");
  std::string made = std::to_string(requested.size()) + " interpolated distributions for training";
  if (points) {
    const auto outside = command_line.has("clip") ? Outside::clip : Outside::refuse;
    interpolate_at(store, file, requested, outside, settings, std::ref(progress));
  } else {
    const auto report = augment(store, file, settings, std::ref(progress));
    made = std::to_string(report.training) + " computed and " + std::to_string(report.interpolated) +
           " interpolated distributions for training, " + std::to_string(report.test) +
           " computed ones for tests";
  }
  progress.end();
  std::cout << file << ": " << made << "; " << format_bytes(std::filesystem::file_size(file)) << '\n';
  return exit_success;
}
