#include "libml/report/upgrade.hpp"

#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_train/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libml/train/model_folder.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_train upgrade OLD NEW

Writes the model folder OLD, of an earlier format, as one of the newest: with the same predictions, weights that other
programs read (safetensors), and a checksum of every file. OLD stays as it is; it can be used without this, too.

Example:
  pmd_train upgrade models/base models/base-2
)";

}  // namespace

int upgrade(const Arguments& arguments) {
  std::vector<std::string> folders;
  CommandLine command_line(help);
  command_line.arguments(folders, 2, 2, "expected a model folder and the new one to make of it");
  if (!command_line.read(arguments)) return exit_code::success;
  open_in_child(folders.front(), [&] {
    const auto old = ml::load_model(folders.front(), ml::Weights::best, ml::Device::cpu).description;
    if (old.recipe.is_network()) ml::read_arrays(folders.front(), old, ml::Weights::last);
  });
  ml::upgrade_model(folders.front(), folders.back());
  std::cout << fmt::format("model: {}, the same as {}\n", folders.back(), folders.front());
  print_next(fmt::format("pmd_train evaluate --model {} --store STORE", folders.back()));
  return exit_code::success;
}
