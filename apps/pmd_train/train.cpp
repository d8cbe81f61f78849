#include <cstdint>
#include <filesystem>
#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/data/targets.hpp"
#include "libml/experiments/loaded_data.hpp"
#include "libml/experiments/training_watch.hpp"
#include "libml/experiments/work_folder.hpp"
#include "libml/train/checkpoint.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

namespace {

constexpr const char* help =
    R"(Usage: pmd_train train --store STORE --recipe NAME|FILE --output FOLDER [options]

Makes an image of every done run of the store, keeps a part of them for the test, trains the recipe's
method on the rest and tests it. STORE may be an images file ('pmd_store images') with images of the
recipe's size and floor. Runs that a derived store marks for training are never tested with, those it
marks for tests never learned from. Recipes are YAML files; a name is looked up in configs/recipes:
  quick   a minute or two on two cores for a few hundred runs
  paper   the paper's training
  best    what is best at equal data: a kernel, in seconds
  best_network_roots   the best network; best_network: the best one of the paper's images
  measured   for counted electrons with background and finite resolution
  svm_hog, svm_sift, tree_hog, mse, sift   the paper's other methods; as the kernel they learn in one go
With --with, all runs of another store are learned from, too, beyond the number that split.train_runs asks
for: what there is of one kind helps where there is little of another.
Any value in a recipe can be changed by --set with its dotted path. The recipe as it was used is printed
and kept.

Written into FOLDER at the end:
  best.safetensors, last.safetensors,    the model, model.json last; best by validation loss, without a
  recipe.yaml, model.json                validation part the last epoch (never by the test)
  report.html, card.md                   all of it for people
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
  pmd_train train --store cep.h5 --with base.h5 --recipe best --set augmentation.flip_kx=true \
                  --output models/cep
  pmd_train train --store base.h5 --recipe paper --output models/paper --time-limit 3:59:00
)";

void print_coverage(const std::vector<ml::TargetCoverage>& coverages) {
  for (const auto& of : coverages) {
    const auto& all = of.parts.front().levels;
    std::cout << fmt::format(
        "{}: intervals of 68, 90 and 95 % hold {:.1f}, {:.1f} and {:.1f} % of the runs\n", of.target.name,
        100 * all[0].share(), 100 * all[1].share(), 100 * all[2].share());
  }
}

}  // namespace

int train(const Arguments& arguments) {
  std::string store, with;
  std::filesystem::path output;
  RecipeOptions recipe;
  MachineOptions machine_options;
  LimitOptions limit_options;
  std::optional<std::int64_t> seed;
  bool overwrite = false;
  CommandLine command_line(help);
  add_store(command_line, store);
  command_line.text("with", "FILE.h5", with, "another store to learn from, too; it does not test");
  recipe.declare(command_line, "how to learn");
  add_output(command_line, output, "the model folder to make");
  command_line.integer("seed", "S", seed, 0, ml::largest_seed,
                       "seed of everything random; instead of the recipe's");
  add_overwrite(command_line, overwrite);
  limit_options.declare(command_line);
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  if (seed) recipe.set.push_back(fmt::format("seed={}", *seed));
  const auto limits = limit_options.limits();
  open_in_child({store});
  if (!with.empty()) open_in_child({with});
  const auto machine = machine_options.prepare();
  const ml::TrainingJob job{output, recipe.read(), {}, with};
  const ml::WorkFolder folder(output);
  Console console;
  const auto listener = console.listener();
  ml::LoadedData data(limits, listener, machine.threads);
  const auto& listed = data.listed(store, job.recipe.image, with);
  // Refuses a target that this store does not have before the images are made.
  ml::targets(job.recipe.targets, listed.source.declared);
  if (!overwrite && ml::find_result(job, listed)) {
    ml::remove_checkpoint(ml::checkpoint_file(output));
    std::cout << "model: " << output.string()
              << " is complete, trained with this recipe on these runs; --overwrite trains it again\n";
    return exit_code::success;
  }
  std::cout << "recipe:\n" << job.recipe.to_yaml() << std::endl;

  const auto& samples = data.loaded(store, job.recipe.image, with);
  ml::TrainingWatch watch(job.recipe, output, limits, listener);
  const auto trained = [&](const ml::Session& session) {
    watch.check_stopped(session);
    listener.line(session.curve.empty()
                      ? "\ntest"
                      : fmt::format("\ntest of the best epoch ({})", session.description.best_epoch));
  };
  try {
    print_warnings(ml::train_and_test(job, samples, machine, {watch.hooks(), trained, print, print_coverage},
                                      overwrite));
  } catch (const NumericsError& error) {
    throw NumericsError(error.what() + ml::after_divergence(store, output));
  }
  print_end("model", output, limits);
  print_next(fmt::format("pmd_train evaluate --model {} --store OTHER.h5", output.string()));
  return exit_code::success;
}
