#include "libpmd/average/average.hpp"

#include <cmath>
#include <functional>
#include <iostream>
#include <set>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/text/number.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store average STORE OUTPUT [options]

Makes momentum distributions averaged over the focal volume, Eqs. (5) and (6) of the paper, of stored runs, and writes
them as a sealed store with links to the runs. A row's intensity is the peak I0 in the focus. The average is
the integral of PMD(I) (-dV/dI) dI, in units of PMD times pi w0^2 z_R.

Without --peaks: all averages that the data set of the store plans (its section 'focal'; see
configs/datasets/focal.yaml). With --peaks: averages at these I0 for every sweep in the store, that is at least five
runs equal in all but the intensity.

Examples:
  pmd_store average focal.h5 averages.h5
  pmd_store average focal.h5 averages.h5 --skip-incomplete
  pmd_store average sweep.h5 averages.h5 --peaks 1e14,2.5e14,4e14
  pmd_store average sweep.h5 averages.h5 --peaks 1e14:4e14:31 --lowest 2e13
  pmd_store average sweep.h5 averages.h5 --peaks 4e14 --rule trapezoid
)";

/// The intensities of --peaks.
std::vector<double> read_peaks(const std::string& text) {
  constexpr double most_peaks = 100'000;
  std::vector<double> peaks;
  for (const auto& part : split(text)) {
    std::vector<double> numbers;
    for (const auto& number : split(part, ':'))
      numbers.push_back(read_number(number).value_or(std::nan("")));
    const bool range = numbers.size() == 3 && numbers[0] < numbers[1] && numbers[2] >= 2 &&
                       numbers[2] <= most_peaks && numbers[2] == std::floor(numbers[2]);
    if (!range && (numbers.size() != 1 || std::isnan(numbers[0])))
      throw WrongCommandLine(fmt::format(
          "--peaks: '{}' is no intensity; expected intensities in W/cm^2 with commas between, 1e14,2e14, or "
          "FROM:TO:COUNT, evenly spaced with both ends",
          part));
    peaks.push_back(numbers[0]);
    if (!range) continue;
    for (double i = 1; i + 1 < numbers[2]; ++i)
      peaks.push_back(numbers[0] + (numbers[1] - numbers[0]) * i / (numbers[2] - 1));
    peaks.push_back(numbers[1]);
  }
  return peaks;
}

}  // namespace

int average(const Arguments& arguments) {
  std::vector<std::string> files;
  SweepAverages wanted;
  std::string rule = "ladder";
  CommandLine command_line(help);
  command_line.arguments(files, 2, 2, expected_store_and_output);
  command_line.add("peaks", "LIST", "I0 in W/cm^2: 1e14,2e14 or FROM:TO:COUNT; not above the highest stored",
                   [&](const std::string& text) { wanted.peaks_w_cm2 = read_peaks(text); });
  command_line.choice("rule", "ladder|trapezoid", rule, {"ladder", "trapezoid"},
                      "with --peaks: between the stored intensities cubic interpolation of PMD/I^6 in ln I "
                      "(ladder, default), or straight lines, as in the paper (trapezoid)");
  command_line.number("lowest", "W/cm^2", wanted.lowest_w_cm2, Range::between(1e9, 1e16),
                      "with --peaks: lower cut of the integral (default: each sweep's lowest)");
  command_line.flag("skip-incomplete", wanted.skip_incomplete,
                    "leave out averages that lack a run or have a damaged one, and name them");
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child({files[0]});
  const bool planned = !command_line.given("peaks");
  for (const char* option : {"rule", "lowest"})
    if (planned && command_line.given(option))
      throw WrongCommandLine(
          fmt::format("--{} is for --peaks; without it the data set says how to average", option));
  if (rule == "trapezoid") wanted.rule = SweepAverages::Rule::trapezoid;

  const auto& output = files[1];
  const auto store = Store::open(files[0], Store::Mode::read);
  const auto plan = planned ? planned_averages(store, wanted.skip_incomplete) : sweep_averages(store, wanted);
  for (const auto& reason : plan.left_out)
    std::cerr << "warning: left out: " << reason << '\n';
  StoppableProgress progress("average", "averages");
  write_averages(output, store, plan, std::ref(progress));
  progress.end();
  std::set<std::size_t> runs;
  for (const auto& average : plan.averages)
    for (const auto& term : average.terms)
      runs.insert(term.run);
  std::cout << output << ": " << plan.averages.size() << " averages of " << runs.size() << " runs";
  if (!plan.left_out.empty()) std::cout << "; " << plan.left_out.size() << " left out";
  std::cout << "\n";
  return exit_code::success;
}
