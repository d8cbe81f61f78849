#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/experiments/train_curves.hpp"
#include "libml/experiments/work_folder.hpp"

using namespace bondscope;

namespace {

constexpr const char* help =
    R"(Usage: pmd_train learning-curve --store STORE --recipe NAME|FILE --samples N,N,... --output FOLDER [options]

How does the error fall with the number of runs to train on? Trains the recipe on so many of the store's runs, for
every number and every seed, tests each on the same held-out runs (of one seed), and fits MAE = a N^b + c to the means
over the seeds (Sec. III of the paper). Methods without chance are trained with the first seed only. A larger number
keeps the runs of the smaller ones.

Written into FOLDER:
  nN-seedS/                a model folder for each training, as 'pmd_train train' makes it
  learning_curve.csv       all trainings: number of runs, seed, error
  learning_curve.json      means, fit with standard uncertainties and 95 % intervals, runs needed for the target
  learning_curve.png, report.html

The same command continues after an interruption (exit code 75) and does nothing twice: with a further seed or number
it trains only what is new. How many runs an error needs is an extrapolation beyond the largest N; its interval knows
of the scatter between seeds, not of whether the law holds out there.

Example:
  pmd_train learning-curve --store cep.h5 --recipe paper --samples 500,1000,1500,2000,2250 --seeds 1,2,3 \
                           --target-mae 0.1 --output results/curve
)";

}  // namespace

int learning_curve(const Arguments& arguments) {
  ml::CurveSettings settings;
  settings.seeds = {1, 2, 3};
  RecipeOptions recipe;
  MachineOptions machine_options;
  LimitOptions limit_options;
  bool overwrite = false;
  CommandLine command_line(help);
  add_store(command_line, settings.store);
  recipe.declare(command_line, "how to learn");
  add_samples(command_line, settings.samples, "numbers of runs to train on").required();
  add_seeds(command_line, settings.seeds, "a training for each of them (default 1,2,3)");
  command_line.number("target-mae", "E", settings.target_mae, Range::positive(),
                      "how many runs does this MAE of the first target need?");
  add_output(command_line, settings.output, "where results and models go");
  add_overwrite(command_line, overwrite);
  limit_options.declare(command_line);
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  const auto limits = limit_options.limits();
  settings.recipe = recipe.read();
  open_in_child({settings.store});
  Console console;
  const auto listener = console.listener();
  ml::TrainingSeries series(machine_options.prepare(), limits, listener, overwrite);
  // Refuses a number that the store does not have before the first training.
  const auto jobs = ml::curve_jobs(settings, series);
  const ml::WorkFolder folder(settings.output);
  report_curves(ml::train_curves(settings, jobs, series), settings.output, "learning_curve", limits);
  return exit_code::success;
}
