#include <filesystem>
#include <iostream>

#include "apps/pmd_train/command_line.hpp"
#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "libml/study/train_and_test.hpp"
#include "libml/train/process.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

namespace po = boost::program_options;
namespace fs = std::filesystem;

namespace {

constexpr const char* help = R"(Usage: pmd_train evaluate --model FOLDER --store STORE [options]

Tests a model on the done runs of a store. Runs that the model was trained on are recognised by their
parameters and left out: on the store of its training, this is the held-out test set, and the numbers are
those that training reported. Runs that a derived store marks for training are left out and counted.
STORE may be an images file. The store's images must mean what the model's do: same pulse, absorber,
propagation time and momentum axes. Without --output, nothing is written.

Examples:
  pmd_train evaluate --model models/base --store base.h5
  pmd_train evaluate --model models/base --store heh.h5 --output results/base_on_heh
)";

}  // namespace

int evaluate(const Arguments& arguments) {
  po::options_description options("Options");
  options.add_options()                                                                              //
      ("model,m", text_option("FOLDER"), "a folder that 'pmd_train train' made (required)")          //
      ("store,s", text_option("FILE.h5"), "the store or its images file (required)")                 //
      ("output,o", text_option("FOLDER"), "write metrics.json, predictions.csv and pictures there")  //
      ("weights", text_option("WHICH"), "best (default) or last epoch")                              //
      ("force", "evaluate although the store's preset makes other images than the model's");
  add_machine_options(options);
  CommandLine command_line(help, options);
  if (!command_line.parse(arguments)) return success;
  const auto folder = command_line.required("model", "the folder that 'pmd_train train' made");
  const auto store = command_line.required("store", "the file that tdse_farm made");
  const fs::path output = command_line.text("output");
  const auto which = command_line.text("weights", "best");
  if (which != "best" && which != "last")
    throw WrongCommandLine("--weights " + which + ": expected best or last");
  const int threads = command_line.threads();
  ml::prepare_process(threads);

  const auto model =
      ml::load_model(folder, which == "best" ? ml::Weights::best : ml::Weights::last, command_line.device());
  const auto& description = model.description;
  std::cout << "model " << folder << ": recipe '" << description.recipe.name << "', "
            << description.parameter_count << " parameters, " << which << " of " << description.epochs_done
            << " epochs, trained on " << description.train.size() << " runs of '" << description.data.dataset
            << "'\n";
  const auto samples = load(store, description.recipe.image, threads);
  ml::expect_same_setting(description, samples, command_line.has("force"));
  for (const auto& [key, of_model, of_store] : ml::setting_differences(description, samples))
    std::cerr << "warning: " << key << " differs: model " << of_model << ", store " << of_store
              << "; the images mean something else\n";
  if (!output.empty()) {
    if (fs::exists(output / "model.json"))
      throw FileError(output.string() +
                      ": holds a model, whose own test would be overwritten; give another --output");
    fs::create_directories(output);
  }
  const auto evaluation = ml::evaluate(model, samples);
  print(evaluation);
  if (!output.empty()) print_warnings(ml::write_results(output, model.description, evaluation, {}));
  return success;
}
