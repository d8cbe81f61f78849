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
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"
#include "libpmd/base/text/number.hpp"

using namespace bondscope;

namespace po = boost::program_options;

namespace {

constexpr const char* help =
    R"(Usage: pmd_train learning-curve --store STORE --recipe NAME|FILE --samples N,N,... --output FOLDER [options]

How does the error fall with the number of runs to train on? Trains the recipe on so many of the store's runs, for
every number and every seed, tests each on the same held-out runs (of one seed), and fits MAE = a N^b + c to the means
over the seeds (Sec. III of the paper). A larger number keeps the runs of the smaller ones.

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
  po::options_description options("Options");
  options.add_options()                                                                          //
      ("store,s", text_option("FILE.h5"), "the store or its images file (required)")             //
      ("recipe,r", text_option("NAME|FILE"), "how to learn (required)")                          //
      ("samples,n", text_option("N,N,..."), "numbers of runs to train on (required)")            //
      ("seeds", text_option("S,S,..."), "a training for each of them (default 1,2,3)")           //
      ("target-mae", text_option("E"), "how many runs does this MAE of the first target need?")  //
      ("output,o", text_option("FOLDER"), "where results and models go (required)")              //
      ("overwrite", "replace models and checkpoints of other trainings that are there");
  add_set_option(options);
  add_time_options(options);
  add_machine_options(options);
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments)) return success;
  const Limits limits(command_line);
  const auto store = command_line.required("store", "the file that tdse_farm made");
  const std::filesystem::path output = command_line.required("output", "the folder for the results");
  command_line.required("samples", "numbers of runs to train on, such as 100,200,400");
  auto numbers = command_line.integers("samples", 2, 1'000'000'000, {});
  std::ranges::sort(numbers);
  const auto seeds = command_line.integers("seeds", 0, largest_seed, {1, 2, 3});
  const auto target_mae = command_line.number("target-mae", Range::positive());
  const auto recipe = command_line.recipe();
  StudyRunner runner(command_line, limits);

  std::vector<std::pair<ml::TrainingJob, std::string>> jobs;
  const auto& listed = runner.data().listed(store, recipe.image);
  for (const auto n : numbers)
    for (const auto seed : seeds) {
      ml::TrainingJob job{
          output / (std::string("n").append(std::to_string(n)) + "-seed" + std::to_string(seed)), recipe};
      job.recipe.seed = static_cast<std::uint64_t>(seed);
      job.recipe.train_runs = static_cast<std::size_t>(n);
      // Refuses a number that the store does not have before the first training.
      ml::split_samples(listed, recipe.train_fraction, recipe.validation_fraction, job.recipe.seed,
                        job.recipe.train_runs);
      ml::expect_a_batch(recipe.training, job.recipe.train_runs);
      runner.expect(work_of(job.recipe, job.recipe.train_runs));
      jobs.emplace_back(std::move(job), std::to_string(n) + " training runs, seed " + std::to_string(seed));
    }
  const NewFolders new_folders(output);
  ml::prepare_folder(output);
  const ml::FolderLock lock(output);

  ml::ErrorStudy study{.title = "Learning curve, recipe " + recipe.name + " on " + listed.source.dataset,
                       .facts = {{"store", store},
                                 {"data set", listed.source.dataset + ", preset " + listed.source.preset},
                                 {"recipe", recipe.name}},
                       .points = {},
                       .target_mae = target_mae};
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    const auto& [job, title] = jobs[i];
    const auto number = std::to_string(i + 1) + "/" + std::to_string(jobs.size()) + "  ";
    study.points.push_back({recipe.name, job.recipe.seed, runner.run(job, store, number + title)});
  }
  const auto curves = ml::summarise(study);
  std::cout << '\n' << ml::describe(curves, study);
  print_warnings(ml::write_study(output, "learning_curve", study, curves));
  std::cout << "results: " << output.string() << " (this took " << format_duration(limits.now()) << ")\n";
  return success;
}
