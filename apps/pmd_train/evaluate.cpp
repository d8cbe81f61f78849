#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/pmd_train/console.hpp"
#include "apps/pmd_train/options.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/experiments/loaded_data.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

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
  std::string store;
  std::filesystem::path output;
  ModelOptions model_options;
  MachineOptions machine_options;
  CommandLine command_line(help);
  model_options.declare(command_line);
  add_store(command_line, store);
  command_line.text("output,o", "FOLDER", output, "write metrics.json, predictions.csv and pictures there");
  machine_options.declare(command_line);
  if (!command_line.read(arguments)) return exit_code::success;
  model_options.open_in_child();
  open_in_child({store});
  const auto machine = machine_options.prepare();
  const auto model = model_options.load(machine.device);
  const auto& description = model.description;
  std::cout << fmt::format("model {}: recipe '{}', {}, trained on {} runs of '{}'\n", model_options.folder,
                           description.recipe.name, ml::about(description, model_options.weights),
                           description.train.size(), description.data.dataset);
  Console console;
  const auto samples = ml::load_samples(store, description.recipe.image, machine.threads, console.listener());
  ml::expect_same_setting(description, samples, model_options.force);
  for (const auto& [key, of_model, of_store] : ml::setting_differences(description, samples))
    print_warnings({fmt::format("{} differs: model {}, store {}; the images mean something else", key,
                                of_model, of_store)});
  if (!output.empty()) {
    if (std::filesystem::exists(output / "model.json"))
      throw FileError(output.string() +
                      ": holds a model, whose own test would be overwritten; give another --output");
    std::filesystem::create_directories(output);
  }
  const auto evaluation = ml::evaluate(model, samples);
  print(evaluation);
  if (!output.empty()) print_warnings(ml::write_test(output, model.description, evaluation));
  return exit_code::success;
}
