#include <functional>
#include <iostream>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "apps/shared/progress.hpp"
#include "libpmd/inspect/comparison.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store compare REFERENCE OTHER [options]

How far the distributions of two stores are apart: of two presets, of the solver and the textbook method, of two
machines. Runs that are done in both are told by their parameters. The difference of two is given in grey levels of the
8-bit image, |dW| 255/|floor| with W = log10(PMD/max PMD) cut off at the floor, over the part of the momentum plane that
the reference's image shows: on average, root of the mean square, at most. Below one on average a network hardly sees it.

Examples:
  pmd_store compare converged.h5 production.h5
  pmd_store compare one-witness.h5 one.h5          what tdse_run --check made
  pmd_store compare a.h5 b.h5 --floor -4           the brighter part only
  pmd_store compare one-witness.h5 one.h5 --picture one-check.png
      both distributions side by side and where they differ, of the runs that differ most
)";

}  // namespace

int compare(const Arguments& arguments) {
  std::vector<std::string> files;
  std::filesystem::path picture;
  bool json = false;
  double floor = -5;
  CommandLine command_line(help);
  command_line.arguments(files, 2, 2, "expected two stores, the names of their files");
  command_line.number("floor", "W", floor, Range::between(-20, -0.1), "where W is cut off");
  command_line.text("picture", "FILE.png", picture,
                    "both and their difference, of the four runs that differ most");
  command_line.flag("json", json, "for programs");
  if (!command_line.read(arguments)) return exit_code::success;
  // Neither is a store overwritten by a slip, nor does a long comparison end with a name that cannot be.
  if (!picture.empty() && picture.extension() != ".png")
    throw WrongCommandLine("--picture " + picture.string() + ": expected a name that ends with .png");
  open_in_child({files.begin(), files.end()});
  const auto reference = Store::open(files[0], Store::Mode::read),
             other = Store::open(files[1], Store::Mode::read);
  Progress progress("compare", "runs");
  const auto comparison = compare(reference, other, floor, std::ref(progress));
  progress.end();
  std::cout << (json ? comparison_json(reference, comparison) : comparison_text(reference, comparison));
  if (!picture.empty()) draw_comparison(reference, other, comparison, picture);
  return exit_code::success;
}
