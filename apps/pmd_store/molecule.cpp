#include <filesystem>
#include <iostream>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/dataset/single_run.hpp"
#include "libpmd/inspect/potential_picture.hpp"
#include "libpmd/model/fields.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store molecule NAME|FILE|STORE.h5... [options]

Shows molecules: where their centres are, which other angles and phases give mirror images of a distribution, and with
--output their potentials side by side. A file is one as configs/molecules has them; it is checked. Of a store it is
the molecule of one run, as the store itself defines it. Nothing is computed.

Examples:
  pmd_store molecule bent --R 2 --geometry bend_deg=105 --output bent.png
  pmd_store molecule mine.yaml
  pmd_store molecule base.h5 --run 7
)";

PotentialOfRun of_store(const std::string& file, std::size_t row) {
  open_in_child({file});
  const auto store = Store::open(file, Store::Mode::read);
  const auto& d = store.description();
  if (row >= d.runs.size())
    throw WrongCommandLine(fmt::format("--run {}: {} has rows 0 to {}", row, file, d.runs.size() - 1));
  PotentialOfRun of{d.runs[row], {}};
  read(Config::from_text(d.configuration, file + ": configuration").section("dataset"), of.model);
  return of;
}

PotentialOfRun of_name(const SingleRun& single) {
  const auto set = DataSet::from_config(Config::from_text(single_run_dataset(single, {}), "command line"));
  return {set.draw().front(), set.model};
}

}  // namespace

int molecule(const Arguments& arguments) {
  std::vector<std::string> names;
  std::filesystem::path output;
  std::size_t row = 0;
  SingleRun single;
  CommandLine command_line(help);
  command_line.arguments(
      names, 1, 8, "expected molecules (files, stores, or names: " + join(config_names("molecules")) + ")");
  command_line.number("R", "X", single.R, Range::any(),
                      "internuclear distance, a.u. (default: 2, if it has one)");
  command_line.assignments("geometry", "NAME=VALUE", single.geometry,
                           "a parameter that the molecule's file declares; angles also as NAME_deg=VALUE");
  command_line.number("angle-deg", "X", single.angle_deg, Range::any(),
                      "angle between the molecule's axis and the polarisation, degrees");
  command_line.integer("run", "N", row, 0, most_runs, "row of a store");
  command_line.text("output,o", "FILE.png", output, "the picture");
  if (!command_line.read(arguments)) return exit_code::success;
  std::vector<PotentialOfRun> shown;
  for (const auto& name : names) {
    single.run.molecule = name;
    shown.push_back(std::filesystem::path(name).extension() == ".h5" ? of_store(name, row) : of_name(single));
    std::cout << potential_text(shown.back()) << '\n';
  }
  if (!output.empty()) {
    draw_potentials(shown, output);
    std::cout << output.string() << '\n';
  }
  return exit_code::success;
}
