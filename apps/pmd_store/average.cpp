#include "libpmd/average/average.hpp"

#include <charconv>
#include <functional>
#include <iostream>
#include <set>

#include <boost/program_options.hpp>

#include "apps/pmd_store/commands.hpp"
#include "apps/pmd_store/row_progress.hpp"
#include "apps/store_command_line.hpp"
#include "libpmd/base/text/number.hpp"

using namespace bondscope;

namespace po = boost::program_options;

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

constexpr std::int64_t most_peaks = 100'000;
const char* const peaks_expected =
    "expected intensities in W/cm^2 with commas between, 1e14,2e14, or FROM:TO:COUNT, evenly spaced with "
    "both ends";

[[noreturn]] void refuse_peaks(const std::string& text) {
  throw WrongCommandLine("--peaks: '" + text + "' is no intensity; " + peaks_expected);
}

template <class Number>
Number read(const std::string& text, const std::string& whole) {
  Number value{};
  const auto end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped != end) refuse_peaks(whole);
  return value;
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char letter : text)
    if (letter == separator)
      parts.emplace_back();
    else
      parts.back() += letter;
  return parts;
}

std::vector<double> read_peaks(const std::string& text) {
  std::vector<double> peaks;
  for (const auto& part : split(text, ',')) {
    const auto numbers = split(part, ':');
    const double from = read<double>(numbers[0], part);
    if (numbers.size() == 1) {
      peaks.push_back(from);
      continue;
    }
    if (numbers.size() != 3) refuse_peaks(part);
    const double to = read<double>(numbers[1], part);
    const auto count = read<std::int64_t>(numbers[2], part);
    if (!(from < to) || count < 2 || count > most_peaks) refuse_peaks(part);
    for (std::int64_t i = 0; i < count; ++i)
      peaks.push_back(
          i + 1 == count ? to : from + (to - from) * static_cast<double>(i) / static_cast<double>(count - 1));
  }
  return peaks;
}

AveragePlan plan_of(const Store& store, const CommandLine& command_line) {
  const bool skip = command_line.has("skip-incomplete");
  if (!command_line.has("peaks")) {
    for (const char* option : {"rule", "lowest"})
      if (command_line.has(option))
        throw WrongCommandLine(std::string("--") + option +
                               " is for --peaks; without it the data set says how to average");
    return planned_averages(store, skip);
  }
  SweepAverages wanted;
  wanted.skip_incomplete = skip;
  wanted.peaks_w_cm2 = read_peaks(command_line.text("peaks"));
  wanted.lowest_w_cm2 = command_line.number("lowest", Range::between(1e9, 1e16), 0);
  if (command_line.choice("rule", {"ladder", "trapezoid"}, "ladder") == "trapezoid")
    wanted.rule = SweepAverages::Rule::trapezoid;
  return sweep_averages(store, wanted);
}

}  // namespace

int average(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()  //
      ("peaks", po::value<std::string>()->value_name("LIST"),
       "I0 in W/cm^2: 1e14,2e14 or FROM:TO:COUNT; not above the highest stored")  //
      ("rule", po::value<std::string>()->value_name("ladder|trapezoid"),
       "with --peaks: between the stored intensities cubic interpolation of PMD/I^6 in ln I (ladder, "
       "default), or "
       "straight lines, as in the paper (trapezoid)")  //
      ("lowest", po::value<std::string>()->value_name("W/cm^2"),
       "with --peaks: lower cut of the integral (default: each sweep's lowest)")  //
      ("skip-incomplete", "leave out averages that lack a run or have a damaged one, and name them");
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments, "expected a store and a new file", 2, 2)) return exit_success;
  const std::string output = command_line.files()[1];
  const auto store = Store::open(command_line.files()[0], Store::Mode::read);
  catch_signals();
  const auto plan = plan_of(store, command_line);
  for (const auto& reason : plan.left_out)
    std::cerr << "warning: left out: " << reason << '\n';
  RowProgress progress("average");
  write_averages(output, store, plan, std::ref(progress));
  progress.end();
  std::set<std::size_t> runs;
  for (const auto& average : plan.averages)
    for (const auto& term : average.terms)
      runs.insert(term.run);
  std::cout << output << ": " << plan.averages.size() << " averages of " << runs.size() << " runs";
  if (!plan.left_out.empty()) std::cout << "; " << plan.left_out.size() << " left out";
  std::cout << "\n";
  return exit_success;
}
