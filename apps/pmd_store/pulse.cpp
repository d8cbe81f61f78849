#include <filesystem>
#include <iostream>
#include <optional>

#include <fmt/format.h>

#include "apps/pmd_store/commands.hpp"
#include "apps/shared/open_in_child.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/inspect/pulse_picture.hpp"
#include "libpmd/model/ground_energy.hpp"
#include "libpmd/store/store.hpp"

using namespace bondscope;

namespace {

constexpr const char* help = R"(Usage: pmd_store pulse STORE.h5|DATASET [options]

Tells what the pulse of a run is, and where it takes electrons: how fast those become that leave directly, and those
that come back and are scattered backwards, and from how far away electrons come back. With --output it draws field,
vector potential and trajectories. A data set is a YAML file or a name of configs/datasets; nothing is computed for it.

Examples:
  pmd_store pulse base.h5 --run 7
  pmd_store pulse two_colours --output pulse.png
)";

/// The data set, and its runs, of which a store has those that it has rows for.
struct Runs {
  DataSet dataset;
  std::vector<RunParameters> runs;
};

Runs read_runs(const std::string& name) {
  if (std::filesystem::path(name).extension() != ".h5") {
    auto dataset = DataSet::from_config(Config::from_file(find_config("datasets", name)));
    auto runs = dataset.draw();
    return {std::move(dataset), std::move(runs)};
  }
  open_in_child({name});
  const auto store = Store::open(name, Store::Mode::read);
  const auto config = Config::from_text(store.description().configuration, name + ": configuration");
  if (!config.is_mapping("dataset"))
    throw DataError(fmt::format("{}: does not say how its runs were computed", name));
  return {DataSet::from_config(config.section("dataset")), store.description().runs};
}

}  // namespace

int pulse(const Arguments& arguments) {
  std::vector<std::string> files;
  std::filesystem::path output;
  int row = 0;
  CommandLine command_line(help);
  command_line.arguments(files, 1, 1, "expected one store, or a data set");
  command_line.integer("run", "N", row, 0, most_runs, "which one of them");
  command_line.text("output,o", "FILE.png", output, "the picture");
  if (!command_line.read(arguments)) return exit_code::success;
  const auto [dataset, runs] = read_runs(files.front());
  if (static_cast<std::size_t>(row) >= runs.size())
    throw WrongCommandLine(fmt::format("--run {}: there are runs 0 to {}", row, runs.size() - 1));
  const auto& run = runs[static_cast<std::size_t>(row)];
  const Pulse pulse(run, dataset.model);
  const double binding = -ground_energy(Potential(run, dataset.model));
  std::cout << fmt::format("run                    {}\n{}", describe(run), pulse_text(pulse, binding));
  if (!output.empty()) {
    draw_pulse(pulse, binding, describe(run), output);
    std::cout << output.string() << '\n';
  }
  return exit_code::success;
}
