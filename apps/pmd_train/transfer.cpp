#include <algorithm>
#include <filesystem>
#include <iostream>

#include "apps/pmd_train/command_line.hpp"
#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/studies.hpp"
#include "libml/data/split.hpp"
#include "libml/report/lines.hpp"
#include "libml/study/error_study.hpp"
#include "libml/train/folder_lock.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

using namespace bondscope;

namespace po = boost::program_options;
namespace fs = std::filesystem;

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

struct Kind {
  bool transferred;
  std::string folder, name;
};

/// Runs that were made from the same ones stay together, so that the part's size may depend on the seed.
std::int64_t smallest_training_part(const ml::SampleSet& samples, const ml::Recipe& recipe,
                                    const std::vector<std::int64_t>& seeds) {
  std::size_t smallest = samples.size();
  for (const auto seed : seeds)
    smallest =
        std::min(smallest, ml::split_samples(samples, recipe.train_fraction, recipe.validation_fraction,
                                             static_cast<std::uint64_t>(seed))
                               .train.size());
  return static_cast<std::int64_t>(smallest);
}

}  // namespace

int transfer(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                           //
      ("model,m", text_option("FOLDER"), "a folder that 'pmd_train train' made (required)")       //
      ("store,s", text_option("FILE.h5"), "the store or images file of the new kind (required)")  //
      ("freeze,f", text_option("N"), "blocks that stay as they are (required)")                   //
      ("recipe,r", text_option("NAME|FILE"), "how to learn on (required)")                        //
      ("output,o", text_option("FOLDER"), "where results and models go (required)")               //
      ("weights", text_option("WHICH"), "of the model: best (default) or last epoch")             //
      ("samples,n", text_option("N,N,..."),
       "numbers of runs to train on (default: all of the training part)")                            //
      ("seeds", text_option("S,S,..."), "a training for each of them (default: the recipe's seed)")  //
      ("scratch-recipe", text_option("NAME|FILE"),
       "how to learn from scratch (default: as the model has)")                              //
      ("no-scratch", "no training from scratch")                                             //
      ("force", "transfer although the store's preset makes other images than the model's")  //
      ("overwrite", "replace models and checkpoints of other trainings that are there");
  add_set_option(options);
  add_time_options(options);
  add_machine_options(options);
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments)) return success;
  const Limits limits(command_line);
  const fs::path folder = command_line.required("model", "the folder that 'pmd_train train' made");
  const auto store = command_line.required("store", "the file that tdse_farm made");
  const fs::path output = command_line.required("output", "the folder for the results");
  const auto which = command_line.text("weights", "best");
  if (which != "best" && which != "last")
    throw WrongCommandLine("--weights " + which + ": expected best or last");
  if (command_line.has("no-scratch") && command_line.has("scratch-recipe"))
    throw WrongCommandLine("--scratch-recipe has no meaning with --no-scratch");
  StudyRunner runner(command_line, limits);
  const auto model = ml::load_model(folder, which == "best" ? ml::Weights::best : ml::Weights::last,
                                    runner.machine().device);
  const ml::Start start{model, static_cast<int>(command_line.integer("freeze", 0, 1000))};
  ml::origin_of(start);  // refuses more blocks than there are
  const auto recipe = ml::recipe_for(start, command_line.recipe());
  auto scratch = model.description.recipe;
  if (command_line.has("scratch-recipe"))
    scratch = ml::recipe_for(start, ml::Recipe::from_config(Config::from_file(
                                        find_config("recipes", command_line.text("scratch-recipe")))));
  scratch.train_fraction = recipe.train_fraction;
  scratch.validation_fraction = recipe.validation_fraction;
  const auto& listed = runner.data().listed(store, recipe.image);
  ml::expect_same_setting(model.description, listed, command_line.has("force"));

  const auto seeds =
      command_line.integers("seeds", 0, largest_seed, {static_cast<std::int64_t>(recipe.seed)});
  auto numbers =
      command_line.integers("samples", 2, 1'000'000'000, {smallest_training_part(listed, recipe, seeds)});
  std::ranges::sort(numbers);
  std::vector<Kind> kinds{{true, "transferred",
                           "transferred, " + std::to_string(start.frozen_blocks) +
                               (start.frozen_blocks == 1 ? " block frozen" : " blocks frozen")}};
  if (!command_line.has("no-scratch")) kinds.push_back({false, "from_scratch", "from scratch"});

  struct Job {
    ml::TrainingJob job;
    std::string curve, title;
  };
  std::vector<Job> jobs;
  for (const auto n : numbers)
    for (const auto seed : seeds)
      for (const auto& kind : kinds) {
        const auto label = "-n" + std::to_string(n) + "-seed" + std::to_string(seed);
        ml::TrainingJob job{output / (kind.folder + label), kind.transferred ? recipe : scratch,
                            kind.transferred ? std::optional(start) : std::nullopt};
        job.recipe.seed = static_cast<std::uint64_t>(seed);
        job.recipe.train_runs = static_cast<std::size_t>(n);
        ml::split_samples(listed, recipe.train_fraction, recipe.validation_fraction, job.recipe.seed,
                          job.recipe.train_runs);
        ml::expect_a_batch(job.recipe.training, job.recipe.train_runs);
        runner.expect(work_of(job.recipe, job.recipe.train_runs));
        jobs.push_back(
            {std::move(job), kind.name,
             kind.name + ", " + std::to_string(n) + " training runs, seed " + std::to_string(seed)});
      }
  const NewFolders new_folders(output);
  ml::prepare_folder(output);
  const ml::FolderLock lock(output);
  std::cout << "model " << folder.string() << ": recipe '" << model.description.recipe.name
            << "', trained on " << model.description.train.size() << " runs of '"
            << model.description.data.dataset << "'; " << start.frozen_blocks << " of "
            << recipe.network.blocks << " blocks stay as they are\n"
            << "images, preprocessing, network and targets are the model's\n";

  ml::ErrorStudy study{
      .title = "Transfer from " + model.description.data.dataset + " to " + listed.source.dataset,
      .facts = {{"model", folder.string()},
                {"store", store},
                {"data set", listed.source.dataset + ", preset " + listed.source.preset},
                {"recipe", recipe.name},
                {"recipe from scratch", kinds.size() > 1 ? scratch.name : "none"},
                {"frozen blocks", std::to_string(start.frozen_blocks)}},
      .points = {},
      .target_mae = {}};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& [job, curve, title] = jobs[i];
    const auto number = std::to_string(i + 1) + "/" + std::to_string(jobs.size()) + "  ";
    study.points.push_back({curve, job.recipe.seed, runner.run(job, store, number + title)});
  }
  // The model as it is, on the runs that the transferred ones were tested with.
  const auto& samples = runner.data().loaded(store, recipe.image);
  const auto device = runner.machine().device;
  std::vector<std::size_t> tests;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& job = jobs[i].job;
    const auto trained = ml::load_model(job.folder, ml::Weights::best, device);
    if (job.start) {  // those from scratch follow
      tests = ml::test_samples(trained.description, samples);
      auto result = ml::test_result(ml::evaluate(model, samples, tests));
      result.train_runs = job.recipe.train_runs;
      study.points.push_back({"not transferred", job.recipe.seed, result});
    } else if (study.points[i].result.test_runs != tests.size()) {
      // The model knew some of the test runs: from scratch, too, those do not count.
      study.points[i].result = ml::test_result(ml::evaluate(trained, samples, tests));
    }
  }
  const auto curves = ml::summarise(study);
  std::cout << '\n' << ml::describe(curves, study);
  print_warnings(ml::write_study(output, "transfer", study, curves));
  std::cout << "results: " << output.string() << " (this took " << format_duration(limits.now()) << ")\n";
  return success;
}
