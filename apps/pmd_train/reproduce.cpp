#include <filesystem>
#include <iostream>

#include "apps/pmd_train/command_line.hpp"
#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/reproduction.hpp"
#include "apps/pmd_train/studies.hpp"
#include "libml/experiments/load.hpp"
#include "libml/report/lines.hpp"
#include "libml/train/folder_lock.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help = R"(Usage: pmd_train reproduce --data FOLDER --output FOLDER [options]

Runs the experiments of Shvetsov-Shilovski & Lein, Phys. Rev. A 107, 033106 (2023), and this project's own beside them,
on the data sets in FOLDER (NAME.h5 as tdse_farm and pmd_store write them, or NAME-images.h5), each with every seed,
and writes one table: the paper's value, ours (mean and standard deviation over the seeds), how many runs trained and
tested, and what could not be done.

Experiments are YAML files; names are looked up in configs/experiments:
  all     every experiment (default)
  paper   the paper's, with its settings
  best    the same questions with this project's recipes
  NAME    one; with it comes what it builds on, such as the network that a transfer begins with
An experiment whose data are missing is left out and marked so. One that fails is, too, and the others go on.

Data sets that the experiments look for: base, cep, large_r, angle, heh, as configs/datasets makes them;
focal_averages, as 'pmd_store average' makes them of focal; base_interpolated, as 'pmd_store interpolate' makes it.

Written into the output folder:
  reproduction.md, .csv, .json      the table, after every step
  EXPERIMENT/seed-S.json            what was measured
  EXPERIMENT/...seed-S/             the model folders, each with report.html

The same command continues after an interruption (exit code 75) and does not repeat what is done, unless data or
settings have changed; then the models of before are replaced. Exit code 1 if an experiment failed.

Examples:
  pmd_train reproduce --data data --output results --plan
  pmd_train reproduce --data data --output results --experiments cnn_R,transfer_heh --seeds 1,2,3,4,5
  pmd_train reproduce --data data --output results --time-limit 3:59:00
)";

std::vector<std::string> split_by_commas(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text)
    if (c == ',')
      parts.emplace_back();
    else if (c != ' ')
      parts.back() += c;
  return parts;
}

}  // namespace

int reproduce(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                        //
      ("experiments,e", text_option("NAME,..."), "which: names or files (default all)")        //
      ("data,d", text_option("FOLDER"), "where the data sets are (required)")                  //
      ("output,o", text_option("FOLDER"), "where results and models go (required)")            //
      ("seeds", text_option("S,S,..."), "every experiment with each of them (default 1,2,3)")  //
      ("plan", "only show what has data and what does not");
  add_time_options(options);
  add_machine_options(options);
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments)) return success;
  const Limits limits(command_line);
  const ReproductionFolders folders{command_line.required("data", "the folder with the data sets"),
                                    command_line.required("output", "the folder for the results")};
  const auto seeds = command_line.integers("seeds", 0, largest_seed, {1, 2, 3});
  StudyRunner runner(command_line, limits);
  runner.replace_others();
  ReproductionRun run(ml::load_experiments(split_by_commas(command_line.text("experiments", "all"))),
                      {seeds.begin(), seeds.end()}, folders, runner);
  std::cout << run.plan() << std::endl;
  if (command_line.has("plan")) return success;
  const NewFolders new_folders(folders.output);
  ml::prepare_folder(folders.output);
  const ml::FolderLock lock(folders.output);
  run.run();
  run.write_tables();
  std::cout << '\n'
            << run.markdown() << "\nresults: " << folders.output.string() << " (this took "
            << format_duration(limits.now()) << ")\n";
  return run.any_failed() ? failure : success;
}
