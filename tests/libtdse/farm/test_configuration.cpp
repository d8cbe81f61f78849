#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libtdse/farm/configuration.hpp"
#include "libtdse/farm/prepare.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

using bondscope::tdse::FarmConfiguration;
using bondscope::tdse::FarmSources;
using Catch::Contains;

namespace {

FarmSources demo() {
  return {"demo", "quick", {}, {}, {}};
}

}  // namespace

TEST_CASE("the resolved configuration reads back to itself") {
  for (const char* dataset : {"base", "cep", "large_r", "angle", "heh", "focal", "general", "demo",
                              "focal_demo", "examples", "bent_demo"}) {
    INFO(dataset);
    const auto farm = FarmConfiguration::load({dataset, "quick", {}, {}, {}});
    const auto again = FarmConfiguration::from_resolved(farm.resolved(), "store");
    CHECK(again.resolved() == farm.resolved());
    CHECK(again.dataset.draw() == farm.dataset.draw());
    CHECK(again.dataset.averages() == farm.dataset.averages());
  }
}

TEST_CASE("the data sets are the paper's") {
  const auto load = [](const char* name) {
    return FarmConfiguration::load({name, "quick", {}, {}, {}}).dataset;
  };
  CHECK(load("base").size() == 3000);
  CHECK(load("cep").size() == 3000);
  CHECK(load("large_r").size() == 850);
  CHECK(load("heh").size() == 1250);
  CHECK(load("focal").averages().size() == 100);
  CHECK(std::get<RunRanges>(load("heh").content).min.molecule == "HeH+");
  const auto far = std::get<RunRanges>(load("large_r").content);
  CHECK(far.min.R == 8);
  CHECK(far.max.R == 12);
  CHECK(std::get<RunRanges>(load("angle").content).max.angle == Approx(3.14159265));
  const auto general = std::get<RunRanges>(load("general").content);
  CHECK(load("general").size() == 3000);
  CHECK(general.max.cep == Approx(6.2831853));
  CHECK(general.max.angle == Approx(3.14159265));
}

TEST_CASE("all data sets can be computed with all presets of configs/") {
  for (const char* preset : {"quick", "production", "paper"})
    for (const char* dataset : {"base", "cep", "large_r", "angle", "heh", "focal", "general", "demo",
                                "focal_demo", "examples", "bent_demo"}) {
      INFO(preset << ", " << dataset);
      const auto farm = FarmConfiguration::load({dataset, preset, {}, {}, {}});
      auto runs = farm.dataset.draw();
      if (runs.size() > 20) runs.resize(20);
      CHECK(farm.forecast(runs).costs.size() == runs.size());
    }
}

TEST_CASE("overrides of the command line count and are kept") {
  auto sources = demo();
  sources.set = {"dataset.R=[2, 3]", "preset.momentum.kx_max=2"};
  sources.runs = 17;
  sources.seed = 99;
  const auto farm = FarmConfiguration::load(sources);
  CHECK(farm.dataset.size() == 17);
  CHECK(farm.dataset.seed == 99);
  CHECK(std::get<RunRanges>(farm.dataset.content).min.R == 2);
  CHECK(std::get<RunRanges>(farm.dataset.content).max.R == 3);
  CHECK(farm.preset.momentum.kx_max == 2);
  const auto d = farm.describe();
  CHECK(d.seed == 99);
  CHECK(d.runs.size() == 17);
  CHECK(d.kx.back() == Approx(2));
  for (const char* part : {"--set dataset.R=[2, 3]", "--set preset.momentum.kx_max=2", "--runs 17",
                           "--seed 99", "# ---- data set"})
    CHECK_THAT(d.configuration_given, Contains(part));
  CHECK_THAT(d.libraries, Contains("HDF5") && Contains("MPI") && Contains("instructions"));
}

TEST_CASE("an override that no molecule of the data set would see is refused") {
  FarmSources sources{"base", "production", {"preset.grid.spacing=0.4"}, {}, {}};
  CHECK_THROWS_WITH(FarmConfiguration::load(sources),
                    Contains("--set preset.grid.spacing=0.4") && Contains("preset.molecules.H2+.spacing"));
  sources.dataset = "heh";
  CHECK(FarmConfiguration::load(sources).preset.discretisation.spacing == 0.4);
  sources = {"base", "production", {"preset.time_step=0.1"}, {}, {}};
  CHECK(FarmConfiguration::load(sources).preset.discretisation_of("H2+", 2).time_step == 0.1);
}

TEST_CASE("overrides that mean nothing are refused") {
  const auto refused = [](const std::string& assignment, const std::string& message) {
    INFO(assignment);
    auto sources = demo();
    sources.set = {assignment};
    CHECK_THROWS_WITH(FarmConfiguration::load(sources), Contains(message));
    CHECK_THROWS_AS(FarmConfiguration::load(sources), ConfigError);
  };
  refused("R=3", "expected preset.KEY=VALUE or dataset.KEY=VALUE");
  refused("time_step=3", "expected preset.KEY=VALUE or dataset.KEY=VALUE");
  refused("recipe.x=3", "expected preset.KEY=VALUE or dataset.KEY=VALUE");
  refused("dataset", "expected preset.KEY=VALUE or dataset.KEY=VALUE");
  refused("dataset=a.b", "expected preset.KEY=VALUE or dataset.KEY=VALUE");
  refused("dataset.Q=3", "Q: unknown key");
  refused("preset.time_stp=3", "did you mean 'time_step'");
  refused("dataset.R=-3", "R: -3 is out of range");
  refused("preset.time_step=fast", "'fast' is not a number");
}

TEST_CASE(
    "a store's configuration knows the molecule without its file, and another definition is another farm's") {
  const TemporaryFolder folder;
  const auto file = (folder / "mine.yaml").string();
  const auto load = [&](const std::string& softening) {
    std::ofstream(file) << "name: mine\nparameters: {d: {unit: a.u., meaning: distance, range: [0, 9]}}\n"
                        << "centres: [{charge: 1, softening: " + softening + ", at: {x: d}}]\n";
    return FarmConfiguration::load(
        {.dataset = "command line",
         .preset = "quick",
         .set = {},
         .runs = {},
         .seed = {},
         .dataset_text = "name: d\nmolecule: " + file + "\nruns: 3\nintensity_w_cm2: 1e14\nd: [1, 2]\n"});
  };
  const auto farm = load("0.6");
  std::filesystem::remove(file);
  const auto again = FarmConfiguration::from_resolved(farm.resolved(), "store");
  CHECK(again.resolved() == farm.resolved());
  const auto d = farm.describe();
  CHECK(d.declared.at(0).name == "d");
  CHECK(d.runs == again.dataset.draw());
  CHECK(again.plan(d.runs[2]).potential().centres()[0].x == d.runs[2].declared[0].value);
  CHECK_NOTHROW(check_same_farm("a.h5", d, load("0.6").describe()));
  CHECK_THROWS_WITH(check_same_farm("a.h5", d, load("0.7").describe()), Contains("molecules.mine.centres"));
}

TEST_CASE("what is said of molecules and has no effect is refused") {
  auto sources = demo();
  sources.set = {"dataset.molecule=HeH+", "dataset.softening=0.6"};
  CHECK_THROWS_WITH(FarmConfiguration::load(sources), Contains("softening: 0.6 has no influence"));
  sources.set = {"dataset.softening=0.6"};
  CHECK_NOTHROW(FarmConfiguration::load(sources));
  sources.set = {"preset.molecules.HeH.spacing=0.4"};
  CHECK_THROWS_WITH(FarmConfiguration::load(sources),
                    Contains("molecules.HeH: no such molecule") && Contains("did you mean 'HeH+'?"));
}

TEST_CASE("numerics that would ruin a run are refused before any run") {
  auto sources = demo();
  sources.set = {"preset.time_step=0.9"};
  const auto farm = FarmConfiguration::load(sources);
  CHECK_THROWS_WITH(farm.forecast(farm.dataset.draw()), Contains("run 0 (H2+") && Contains("time_step"));
}

TEST_CASE("missing files and unknown names are named") {
  CHECK_THROWS_WITH(FarmConfiguration::load({"nowhere/d.yaml", "quick", {}, {}, {}}),
                    Contains("nowhere/d.yaml"));
  CHECK_THROWS_WITH(FarmConfiguration::load({"demo", "quik", {}, {}, {}}), Contains("did you mean 'quick'"));
  const TemporaryFolder folder;
  std::ofstream(folder / "bad.yaml") << "name: [";
  CHECK_THROWS_WITH(FarmConfiguration::load({(folder / "bad.yaml").string(), "quick", {}, {}, {}}),
                    Contains("not valid YAML"));
}
