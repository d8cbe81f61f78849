#include <filesystem>
#include <functional>
#include <iostream>
#include <limits>
#include <optional>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/base/files/disk.hpp"
#include "libpmd/detector/degraded_store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store degrade STORE OUTPUT [options]

Writes a new store of the done runs' distributions as a detector would see them. What is not asked for is not done; the
rest happens in the order of the options below: averaged over shots, turned, smeared out, on a background, saturated,
counted. Settings, units and seed are kept in the new store, and for each distribution a link to its run.

Each run has random numbers of its own, drawn from the seed and the run's number: the same however many others there
are. There is one distribution for each run; for more make more stores, with other seeds. Two of these show the same
runs: train with one and test with another only if they were made from different runs.

Shots of other intensities are interpolated between the runs of --between, and made of nothing else. So give training
and tests different ones: where runs of STORE are among those of STORE2, all is for training only afterwards.

Examples:
  pmd_store degrade base.h5 noisy.h5 --electrons 1e6
  pmd_store degrade base.h5 detector.h5 --resolution 0.02 --background 0.01 --electrons 1e5 --cell 0.05 --seed 7
  pmd_store degrade base.h5 turned.h5 --rotation-spread 2
  pmd_store degrade base.h5 bright.h5 --saturation 5
  pmd_store degrade tests.h5 jitter.h5 --intensity-jitter 0.05 --between base.h5 --clip
)";

std::string explained(const DegradationField& field) {
  const std::string unit = field.unit == std::string("1") ? "" : std::string(field.unit) + ": ";
  return std::string(field.meaning) + " (" + unit + field.range.describe() + ")";
}

bool is_marked(const Store& store, std::size_t row, Use use) {
  return store.description().use_of(row) == use;
}

/// The done rows of `other` between which shots of `store` may be interpolated: none for tests, unless
/// `store` is.
std::vector<std::size_t> rows_between(const Store& store, const Store& other) {
  bool tests = false;
  for (std::size_t row = 0; row < store.size(); ++row)
    tests = tests || is_marked(store, row, Use::test);
  std::vector<std::size_t> rows;
  for (const auto row : other.runs_in(RunState::done))
    if (!is_marked(other, row, tests ? Use::training : Use::test)) rows.push_back(row);
  return rows;
}

}  // namespace

int degrade(const Arguments& arguments) {
  std::vector<std::string> files;
  Degradation degradation;
  std::optional<std::string> between_store;
  bool clip = false;
  std::uint64_t seed = 1;
  CommandLine command_line(help);
  command_line.arguments(files, 2, 2, expected_store_and_output);
  for (const auto& field : degradation_fields)
    command_line.number(field.option, "X", degradation.*field.member, field.range, explained(field));
  command_line.text("between", "STORE2", between_store,
                    "for intensity jitter: interpolate shots between the runs of this store");
  command_line.flag("clip", clip,
                    "shots outside of what STORE2 covers take the nearest intensity inside, at the same R "
                    "(default: an error)");
  command_line.integer("seed", "S", seed, 0, std::numeric_limits<std::int64_t>::max(),
                       "of all random numbers");
  if (!command_line.read(arguments)) return exit_code::success;
  if (degradation == Degradation{})
    throw WrongCommandLine("nothing to do; expected one of the degradations, e.g. --electrons 1e6");
  if (degradation.cell_au && !degradation.electrons)
    throw WrongCommandLine("--cell: detector cells count electrons; expected --electrons, too");
  const bool jitter = degradation.intensity_jitter.value_or(0) > 0;
  if (jitter != between_store.has_value())
    throw WrongCommandLine(jitter
                               ? "--intensity-jitter: shots need --between STORE2, whose runs lie around them"
                               : "--between is for --intensity-jitter; expected both or none");

  const auto& output = files[1];
  open_in_child({files[0]});
  const auto store = Store::open(files[0], Store::Mode::read);
  std::optional<Store> other;
  std::optional<Interpolator> between;
  if (jitter) {
    open_in_child({*between_store});
    other.emplace(Store::open(*between_store, Store::Mode::read));
    between.emplace(*other, InterpolationSettings{}, rows_between(store, *other));
  }
  StoppableProgress progress("degrade", "runs");
  const auto made = write_degraded(output, store, degradation, seed, std::ref(progress),
                                   between ? &*between : nullptr, clip ? Outside::clip : Outside::refuse);
  progress.end();
  std::cout << output << ": " << made << " distributions, "
            << format_bytes(std::filesystem::file_size(output)) << "\n";
  return exit_code::success;
}
