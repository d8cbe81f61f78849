#include <filesystem>
#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/predict/calibrate_model.hpp"
#include "libml/predict/coverage_text.hpp"
#include "libml/report/evaluation.hpp"
#include "libml/train/folder_lock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_train calibrate --model FOLDER --input FILE [options]

Makes the answers of a model ones with intervals that hold the truth as often as they say, for distributions
like those of FILE: a store or images file with known parameters, e.g. the store of the training degraded to the
electrons that an experiment counts. Runs that the model was trained on are left out; of the others at least ten
are needed, and some hundreds for intervals that hold in each part of the range. 'pmd_train train' does the same
with the runs that test.

With --input several times, files that differ in the number of electrons, the intervals follow that number.

How often the intervals hold is counted within each FILE, each fifth of its runs with intervals from the others, and
with --check on other files: of the same kind, for a proof with fresh runs, or of kinds that the calibration
says nothing about, to see where it lapses.

Into the model folder goes calibration.safetensors, in place of an earlier one, and coverage.png; card.md tells
what calibrated, and how often intervals held there and on the files of --check.
The known runs that answers are compared with are those of the training: from the earlier calibration, else
from FILE or --known, which must have them.

Examples:
  pmd_store degrade base.h5 counted.h5 --electrons 1e5
  pmd_train calibrate --model models/base --input counted.h5
  pmd_train calibrate --model models/measured --input 1e4.h5 --input 1e5.h5 --input 1e6.h5 --known base.h5
  pmd_train calibrate --model models/base --input base.h5 --check heh.h5 --check large_r.h5
)";

/// A machine without gnuplot does without the picture.
void draw(const std::filesystem::path& folder, const std::string& input,
          const std::vector<ml::TargetCoverage>& coverages) {
  if (coverages.empty()) return;
  try {
    ml::draw_coverage(folder / "coverage.png", fmt::format("Intervals on {}", input), coverages);
  } catch (const FileError& error) {
    print_warnings({fmt::format("a picture is missing: {}", error.what())});
  }
}

}  // namespace

int calibrate(const Arguments& arguments) {
  std::string known;
  std::vector<std::string> inputs, checks;
  ModelOptions model_options;
  MachineOptions machine_options;
  CommandLine command_line(help);
  model_options.declare(command_line);
  command_line
      .texts("input,i", "FILE", inputs, "a store or images file with known parameters; may be repeated")
      .required();
  command_line.text("known", "FILE", known, "the store or images file that the model was trained on");
  command_line.texts("check", "FILE", checks, "count on this one, too");
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  if (model_options.weights != "best")
    throw WrongCommandLine("--weights: a calibration is of the best epoch; expected best");
  model_options.open_in_child();
  for (const auto& input : inputs)
    open_in_child({input});
  if (!known.empty()) open_in_child({known});
  for (const auto& check : checks)
    open_in_child({check});
  const auto machine = machine_options.prepare();
  auto model = model_options.load(machine.device);
  Console console;
  const auto listener = console.listener();
  const ml::FolderLock lock(model.folder);
  const auto load = [&](const std::string& file) {
    return ml::load_samples(file, model.description.recipe.image, machine.threads, listener.images,
                            {{}, true});
  };
  std::vector<ml::SampleSet> samples;
  for (const auto& input : inputs)
    samples.push_back(load(input));
  std::optional<ml::SampleSet> trained;
  if (!known.empty()) trained = load(known);
  for (const auto& set : samples)
    ml::expect_same_setting(model.description, set, model_options.force);
  const auto report = ml::calibrate_model(model, samples, trained ? &*trained : nullptr, machine.threads);
  ml::write_card(model, ml::intervals_of_card(report));
  ml::describe_again(model.folder, model.description);
  draw(model.folder, inputs.front(), report.within.front().coverages);
  for (const auto& of : report.within)
    std::cout << fmt::format("calibrated with {} of {}\n", counted(of.runs, "run"), of.file)
              << ml::describe(of.coverages);
  std::vector<ml::CheckReport> proofs;
  for (const auto& file : checks) {
    const auto& check =
        proofs.emplace_back(ml::check_calibration(model, report.content, load(file), machine.threads));
    std::cout << fmt::format("\n{}: {}, alarm for {:.1f} %\n", file, counted(check.of.runs, "run"),
                             100 * check.alarms)
              << ml::describe(check.of.coverages);
  }
  if (!proofs.empty()) {
    ml::write_card(model, ml::intervals_of_card(report, proofs));
    ml::describe_again(model.folder, model.description);
  }
  print_next(fmt::format("pmd_train predict --model {} --input OTHER.h5", model.folder.string()));
  return exit_code::success;
}
