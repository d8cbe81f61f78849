#include <fmt/format.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/experiments/train_curves.hpp"
#include "libml/experiments/work_folder.hpp"

using namespace bondscope;

namespace {

constexpr const char* help =
    R"(Usage: pmd_train transfer --model FOLDER --store STORE --freeze N --recipe NAME|FILE --output FOLDER [options]

Transfer learning (Sec. IV of the paper): goes on from a trained model on data of another kind, such as larger
distances or another molecule. The first N blocks stay as they are, with the running statistics of their batch
normalisation; what they make of the images is computed once and kept. The others learn on, from the model's weights,
as the recipe's section 'training' says. Images, their preprocessing, the network and the targets are the model's.

Beside it, a network of the same kind is trained from scratch on the same runs, and the model is tested as it is, all
on the same held-out runs: is the transfer worth it? With --samples for several numbers of runs to train on.

Written into FOLDER:
  transferred-nN-seedS/    the model folder of each training, as 'pmd_train train' makes it; for 'pmd_train evaluate'
  from_scratch-nN-seedS/
  transfer.csv, .json      errors against number of training runs and seed; means, fits where there are three numbers
  transfer.png, report.html

The same command continues after an interruption (exit code 75). Runs that the model was trained on never test.

Examples:
  pmd_train transfer --model models/base --store large_r.h5 --freeze 3 --recipe paper --output results/large_r
  pmd_train transfer --model models/base --store heh.h5 --freeze 3 --recipe paper --set training.learning_rate=1e-2 \
                     --samples 100,200,400,750 --seeds 1,2,3 --output results/heh
)";

}  // namespace

int transfer(const Arguments& arguments) {
  ml::CurveSettings settings;
  ModelOptions model_options;
  int freeze = 0;
  RecipeOptions recipe, scratch;
  MachineOptions machine_options;
  LimitOptions limit_options;
  bool fresh_layers = false, no_scratch = false, overwrite = false;
  CommandLine command_line(help);
  model_options.declare(command_line);
  add_store(command_line, settings.store);
  command_line.integer("freeze,f", "N", freeze, 0, 1000, "blocks that stay as they are").required();
  command_line.flag("fresh-layers", fresh_layers,
                    "the layers after the blocks begin anew, and the targets' scaling");
  recipe.declare(command_line, "how to learn on");
  add_output(command_line, settings.output, "where results and models go");
  add_samples(command_line, settings.samples,
              "numbers of runs to train on (default: all of the training part)");
  add_seeds(command_line, settings.seeds, "a training for each of them (default: the recipe's seed)");
  command_line.text("scratch-recipe", "NAME|FILE", scratch.recipe,
                    "how to learn from scratch (default: as the model has)");
  command_line.flag("no-scratch", no_scratch, "no training from scratch");
  add_overwrite(command_line, overwrite);
  limit_options.declare(command_line);
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  if (no_scratch && command_line.given("scratch-recipe"))
    throw WrongCommandLine("--scratch-recipe has no meaning with --no-scratch");
  const auto limits = limit_options.limits();
  model_options.open_in_child();
  open_in_child({settings.store});
  Console console;
  const auto listener = console.listener();
  ml::TrainingSeries series(machine_options.prepare(), limits, listener, overwrite);

  const auto model = model_options.load(series.machine().device);
  const ml::Start start{model, freeze, fresh_layers};
  ml::origin_of(start);  // refuses more blocks than there are
  settings.start.emplace(start);
  settings.recipe = ml::recipe_for(start, recipe.read());
  if (!no_scratch)
    settings.scratch = ml::scratch_recipe(
        start, settings.recipe, scratch.recipe.empty() ? std::nullopt : std::optional(scratch.read()));
  ml::expect_same_setting(model.description, series.data().listed(settings.store, settings.recipe.image),
                          model_options.force);
  const auto jobs = ml::curve_jobs(settings, series);
  const ml::WorkFolder folder(settings.output);
  listener.line(
      fmt::format("model {}: recipe '{}', trained on {} runs of '{}'; {} of {} blocks stay as they are\n"
                  "images, preprocessing, network and targets are the model's",
                  model_options.folder, model.description.recipe.name, model.description.train.size(),
                  model.description.data.dataset, freeze, settings.recipe.network.blocks));
  report_curves(ml::train_curves(settings, jobs, series), settings.output, "transfer", limits);
  return exit_code::success;
}
