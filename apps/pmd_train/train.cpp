#include <filesystem>
#include <iostream>

#include "apps/pmd_train/command_line.hpp"
#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/watcher.hpp"
#include "libml/report/lines.hpp"
#include "libml/study/train_and_test.hpp"
#include "libml/train/checkpoint.hpp"
#include "libml/train/folder_lock.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help =
    R"(Usage: pmd_train train --store STORE --recipe NAME|FILE --output FOLDER [options]

Makes an image of every done run of the store, keeps a part of them for the test, trains the recipe's
network on the rest and tests it. STORE may be an images file ('pmd_store images') with images of the
recipe's size and floor. Runs that a derived store marks for training are never tested with, those it
marks for tests never learned from. Recipes are YAML files; a name is looked up in configs/recipes:
  quick   a minute or two on two cores for a few hundred runs
  paper   the paper's training
Any value in a recipe can be changed by --set with its dotted path. The recipe as it was used is printed
and kept.

Written into FOLDER at the end:
  best.weights, last.weights, recipe.yaml, model.json   the model, model.json last; best by validation
                                                        loss, without a validation part by training loss
                                                        (never by the test)
  predictions.csv, scatter.png, metrics.json            the test of the best epoch
  learning_curve.csv (after every epoch), .png          loss and mean absolute error per epoch

The training is saved in FOLDER/training.checkpoint after every epoch, in long epochs every
--checkpoint-interval, and when SIGTERM, SIGINT or SIGUSR1 asks it to stop after the current batch (exit
code 75). Whatever ended it, the same command continues it and, on one type of processor with the same
number of threads, ends with the same model bit for bit. Once the model is complete, the same command
says so and does nothing. A model or checkpoint of another recipe or other data, and a checkpoint of
another version of the program, are refused unless --overwrite is given.

--time-limit is for batch systems: the training is saved and ends with exit code 75 before so much time
is over, counted from the start of the program: seconds, or as Slurm writes it, 30:00 (half an hour) or
2-04:00:00 (two days and four hours). Give it a minute less than the job has.

Examples:
  pmd_train train --store base.h5 --recipe quick --output models/base
  pmd_train train --store base.h5 --recipe paper --output models/paper --seed 2 --device cuda
  pmd_train train --store base.h5 --recipe quick --output models/both --set 'targets=[R, intensity]' \
                  --set training.epochs=80 --set split.validation_fraction=0.1
  pmd_train train --store base.h5 --recipe paper --output models/paper --time-limit 3:59:00
)";

}  // namespace

int train(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                 //
      ("store,s", text_option("FILE.h5"), "the store or its images file (required)")    //
      ("recipe,r", text_option("NAME|FILE"), "how to learn (required)")                 //
      ("output,o", text_option("FOLDER"), "the model folder to make (required)")        //
      ("seed", text_option("S"), "seed of everything random; instead of the recipe's")  //
      ("overwrite", "replace a model or a checkpoint of another training that is in FOLDER");
  add_set_option(options);
  add_time_options(options);
  add_machine_options(options);
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments)) return success;
  const Limits limits(command_line);
  const auto store = command_line.required("store", "the file that tdse_farm made");
  const std::filesystem::path output = command_line.required("output", "the folder for the model");
  const int threads = command_line.threads();
  const bool overwrite = command_line.has("overwrite");
  ml::prepare_process(threads);
  const ml::TrainingJob job{output, command_line.recipe()};
  const ml::Machine machine{command_line.device(), threads};
  const NewFolders new_folders(output);
  ml::prepare_folder(output);
  const ml::FolderLock lock(output);
  if (!overwrite && ml::find_result(job, ml::list_samples(store, job.recipe.image))) {
    ml::remove_checkpoint(ml::checkpoint_file(output));
    std::cout << "model: " << output.string()
              << " is complete, trained with this recipe on these runs; --overwrite trains it again\n";
    return success;
  }
  std::cout << "recipe:\n" << job.recipe.to_yaml() << std::endl;

  Watcher watcher(job.recipe, output, limits);
  const auto samples = load(store, job.recipe.image, threads, [&](std::size_t made, std::size_t all) {
    check_loading(limits, made, all, false);
  });
  const ml::JobHooks hooks{.session = watcher.hooks(),
                           .trained =
                               [&](const ml::Session& session) {
                                 watcher.check_stopped(session);
                                 std::cout << "\ntest of the best epoch (" << session.description.best_epoch
                                           << ")\n";
                               },
                           .tested = print};
  try {
    print_warnings(ml::train_and_test(job, samples, machine, hooks, overwrite));
  } catch (const NumericsError& error) {
    throw NumericsError(error.what() + after_divergence(store, output));
  }
  std::cout << "model: " << output.string() << " (this took " << format_duration(limits.now()) << ")\n";
  return success;
}
