#include <iostream>
#include <string>
#include <vector>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/experiments/load.hpp"
#include "libml/experiments/run_experiments.hpp"
#include "libml/experiments/work_folder.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_train reproduce --data FOLDER --output FOLDER [options]

Runs the experiments of Shvetsov-Shilovski & Lein, Phys. Rev. A 107, 033106 (2023), and this project's own beside them,
on the data sets in FOLDER (NAME.h5 as tdse_farm and pmd_store write them, or NAME-images.h5), each with every seed,
and writes one table: the paper's value, ours (mean and standard deviation over the seeds, 95 % interval), how many runs
trained and tested, how long a model took to learn, and what could not be done; then comparisons run by run.

Experiments are YAML files; names are looked up in configs/experiments:
  all     every experiment (default)
  paper   the paper's, with its settings
  best    the same questions with this project's recipes
  remarks what the paper remarks: its settings with one thing changed
  NAME    one; with it comes what it builds on, such as the network that a transfer begins with
An experiment whose data are missing is left out and marked so. One that fails is, too, and the others go on.

Data sets that the experiments look for: base, cep, large_r, angle, heh, general, as configs/datasets makes them;
focal_averages, as 'pmd_store average' makes them of focal; base_interpolated, focal_from_runs and focal_made, as
'pmd_store interpolate' makes them. benchmarks/datasets/run makes all.

Written into the output folder:
  reproduction.md, .csv, .json      the table, after every step
  figures.png                       the paper's figures of predictions, with these
  EXPERIMENT/seed-S.json            what was measured
  EXPERIMENT/...seed-S/             the model folders, each with report.html

The same command continues after an interruption (exit code 75) and does not repeat what is done, unless data or
settings have changed; then the models of before are replaced. Exit code 1 if an experiment failed.

Examples:
  pmd_train reproduce --data data --output results --plan
  pmd_train reproduce --data data --output results --experiments cnn_R,transfer_heh --seeds 1,2,3,4,5
  pmd_train reproduce --data data --output results --time-limit 3:59:00
)";

}  // namespace

int reproduce(const Arguments& arguments) {
  ml::ExperimentFolders folders;
  std::string experiments = "all";
  std::vector<std::uint64_t> seeds{1, 2, 3};
  MachineOptions machine_options;
  LimitOptions limit_options;
  bool plan_only = false;
  CommandLine command_line(help);
  command_line.text("experiments,e", "NAME,...", experiments, "which: names or files");
  command_line.text("data,d", "FOLDER", folders.data, "where the data sets are").required();
  add_output(command_line, folders.output, "where results and models go");
  add_seeds(command_line, seeds, "every experiment with each of them (default 1,2,3)");
  command_line.flag("plan", plan_only, "only show what has data and what does not");
  limit_options.declare(command_line);
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  const auto limits = limit_options.limits();
  open_all_in_child(folders.data);
  Console console;
  const auto listener = console.listener();
  ml::TrainingSeries series(machine_options.prepare(), limits, listener, true);
  const auto names = split(experiments);
  ml::ExperimentsRun run(ml::load_experiments(names), ml::load_partners(names), seeds, folders, series);
  std::cout << run.plan() << std::endl;
  if (plan_only) return exit_code::success;
  const ml::WorkFolder folder(folders.output);
  run.run();
  run.draw_figures();
  run.write_tables();
  std::cout << '\n' << run.markdown() << '\n';
  print_end("results", folders.output, limits);
  return run.any_failed() ? exit_code::failure : exit_code::success;
}
