// How many runs a focal average takes. `bench_focal plan` prints the data set whose runs it needs;
// `bench_focal table STORE…` compares the averages made of these runs and prints tables (Markdown). Exit code
// 3: a goal is missed.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/focal.hpp"
#include "libpmd/store/derived_store.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

struct Point {
  double R, peak;
};
constexpr std::array<Point, 3> points{{{2, 3.9e14}, {4, 2.5e14}, {7, 4e14}}};
constexpr std::array<int, 5> counts{5, 8, 10, 15, 30};
constexpr std::array<double, 2> ladders{1.2, 1.15};
constexpr std::array<double, 4> cuts{4e13, 2e13, 1e13, 5e12};
constexpr double cut = 2e13;
constexpr double goal = 1;  // grey levels, mean, of the default rule with 10 runs

/// The rule `cosh` of 120 intensities, continued below its cut with steps of twice the size: all cuts are
/// above.
std::vector<double> dense(double peak) {
  const double step = std::acosh(std::sqrt(peak / cut)) / 120;
  std::vector<double> intensities{peak};
  for (const auto& node : focal_nodes(FocalRule::cosh, peak, cut, 120))
    intensities.push_back(node.intensity);
  for (int j = 122; intensities.back() > cuts.back(); j += 2) {
    std::array<char, 40> digits{};
    std::snprintf(digits.data(), digits.size(), "%.9e", peak / std::pow(std::cosh(step * j), 2));
    intensities.push_back(std::strtod(digits.data(), nullptr));
  }
  std::reverse(intensities.begin(), intensities.end());
  return intensities;
}

struct Entry {
  std::string rule;
  std::vector<FocalNode> nodes;
};

std::vector<Entry> table_of(double peak) {
  std::vector<Entry> entries;
  for (const auto rule : {FocalRule::trapezoid, FocalRule::cosh, FocalRule::gauss})
    for (const int count : counts)
      entries.push_back({to_string(rule), focal_nodes(rule, peak, cut, count)});
  for (const double ratio : ladders)
    entries.push_back({"ladder " + format_number(ratio), focal_ladder(peak, cut, ratio)});
  entries.push_back({"cosh", focal_nodes(FocalRule::cosh, peak, cut, 120)});
  return entries;
}

std::vector<FocalNode> reference(double peak) {
  return focal_nodes(FocalRule::gauss, peak, cut, 60);
}

void print_plan() {
  std::cout << "name: focal_benchmark\nruns:\n";
  for (const auto& point : points) {
    std::vector<double> all = dense(point.peak);
    for (const auto& entry : table_of(point.peak))
      for (const auto& node : entry.nodes)
        all.push_back(node.intensity);
    for (const auto& node : reference(point.peak))
      all.push_back(node.intensity);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (const double intensity : all)
      std::cout << "  - {R: " << format_number(point.R) << ", intensity_w_cm2: " << format_number(intensity)
                << "}\n";
  }
}

struct Average {
  std::vector<float> pmd;
  double yield = 0, sum_of_yields = 0;
};

class Runs {
 public:
  explicit Runs(const std::vector<std::string>& files) {
    for (const auto& file : files)
      stores_.push_back(Store::open(file, Store::Mode::read));
    std::vector<const Store*> all;
    for (const auto& store : stores_)
      all.push_back(&store);
    check_compatible(all);
    for (const auto& store : stores_)
      for (const auto row : store.runs_in(RunState::done)) {
        const auto& run = store.description().runs[row];
        places_[{run.R, run.intensity_w_cm2}] = {&store, row};
      }
  }

  std::size_t ky_points() const { return stores_.front().description().ky.size(); }
  const std::string& preset() const { return stores_.front().description().preset; }

  /// Nothing if a run is missing.
  std::optional<Average> average(double R, const std::vector<FocalNode>& nodes) const {
    const auto& d = stores_.front().description();
    std::vector<double> sum(d.kx.size() * d.ky.size());
    Average result;
    for (const auto& node : nodes) {
      if (node.weight == 0) continue;
      const auto place = places_.find({R, node.intensity});
      if (place == places_.end()) return {};
      const auto& [store, row] = place->second;
      const auto pmd = intact_pmd(*store, row);
      for (std::size_t i = 0; i < sum.size(); ++i)
        sum[i] += node.weight * pmd[i];
      result.sum_of_yields += node.weight * store->diagnostics(row).yield;
    }
    const double cell = (d.kx[1] - d.kx[0]) * (d.ky[1] - d.ky[0]);
    for (const double value : sum) {
      result.pmd.push_back(static_cast<float>(std::max(value, 0.0)));
      result.yield += result.pmd.back() * cell;
    }
    return result;
  }

 private:
  std::vector<Store> stores_;
  std::map<std::pair<double, double>, std::pair<const Store*, std::size_t>> places_;
};

std::string text(const char* format, double value) {
  std::array<char, 40> digits{};
  std::snprintf(digits.data(), digits.size(), format, value);
  return digits.data();
}

std::string text(const GreyDifference& d) {
  return text("%.3f", d.mean) + " / " + text("%.2f", d.rms) + " / " + text("%.1f", d.largest);
}

std::string header(const std::string& first) {
  std::string names = "| " + first + " |", line = "| --- |";
  for (const auto& point : points) {
    names += " R " + format_number(point.R) + ", " + format_number(point.peak) + " |";
    line += " --- |";
  }
  return names + "\n" + line + "\n";
}

bool print_tables(const Runs& runs) {
  std::size_t reached = 0;  // points
  double norm = 0;
  std::vector<std::string> lines, cut_lines;
  for (const auto& point : points) {
    const auto exact = runs.average(point.R, reference(point.peak));
    std::size_t row = 0;
    for (const auto& entry : table_of(point.peak)) {
      const bool is_ladder = entry.rule.starts_with("ladder");
      const std::string count = std::to_string(entry.nodes.size());
      if (lines.size() <= row) {
        lines.push_back("| ");
        lines.back()
            .append(entry.rule)
            .append(is_ladder ? std::string() : std::string(", ").append(count))
            .append(" |");
      }
      const auto made = exact ? runs.average(point.R, entry.nodes) : std::nullopt;
      if (made) {
        const auto d = grey_difference(exact->pmd, made->pmd, runs.ky_points());
        norm = std::max(norm, std::abs(made->yield / made->sum_of_yields - 1));
        lines[row].append(" ").append(text(d));
        if (is_ladder) lines[row].append(" (").append(count).append(" runs)");
        lines[row].append(" |");
        if (entry.rule == "gauss" && entry.nodes.size() == 10 && d.mean <= goal) ++reached;
      } else {
        lines[row] += " runs missing |";
      }
      ++row;
    }
    const auto intensities = dense(point.peak);
    const auto lowest = runs.average(point.R, focal_interpolation(intensities, point.peak, cuts.back()));
    for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
      if (cut_lines.size() <= i) cut_lines.push_back("| " + format_number(cuts[i]) + " |");
      const auto made = runs.average(point.R, focal_interpolation(intensities, point.peak, cuts[i]));
      if (made && lowest)
        cut_lines[i]
            .append(" ")
            .append(text(grey_difference(lowest->pmd, made->pmd, runs.ky_points())))
            .append("; yield -")
            .append(text("%.2g", 100 * (1 - made->yield / lowest->yield)))
            .append(" % |");
      else
        cut_lines[i] += " runs missing |";
    }
  }
  std::cout << "Preset " << runs.preset()
            << ". Grey levels, mean / rms / largest, against `gauss` with 60 runs; cut at "
            << format_number(cut) << " W/cm².\n\n"
            << header("rule, runs");
  for (const auto& line : lines)
    std::cout << line << "\n";
  std::cout << "\nLower cut, against " << format_number(cuts.back()) << " W/cm²:\n\n" << header("cut, W/cm²");
  for (const auto& line : cut_lines)
    std::cout << line << "\n";
  std::cout << "\nYield of the average against the average of the yields: relative difference at most "
            << text("%.1e", norm) << ".\n";
  std::cout << "Goal, `gauss` with 10 runs at most " << format_number(goal)
            << " on average: " << (reached == points.size() ? "reached" : "missed") << "\n";
  return reached == points.size();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 1 && arguments[0] == "plan") {
      print_plan();
      return 0;
    }
    if (arguments.size() > 1 && arguments[0] == "table")
      return print_tables(Runs({arguments.begin() + 1, arguments.end()})) ? 0 : 3;
    std::cerr << "usage: bench_focal plan | bench_focal table STORE…\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
