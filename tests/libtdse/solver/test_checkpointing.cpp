#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/array_file.hpp"
#include "libtdse/solver/run.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

Preset short_preset(const std::string& setting = "duration=1.4") {
  auto config = Config::from_file(find_config("presets", "quick"));
  config.set("duration=1.4");
  config.set(setting);
  return Preset::from_config(config);
}

const RunParameters parameters{.R = 2, .intensity_w_cm2 = 3e14, .cep = 0.3};

/// Runs until `fraction` and is stopped.
void interrupt(const Preset& preset, double fraction, const Checkpointing& checkpointing) {
  CHECK_THROWS_AS(
      run(
          {parameters, {}, preset}, [&](double done) { return done < fraction; }, {}, checkpointing),
      Interrupted);
}

}  // namespace

TEST_CASE("an interrupted run continues with the same bits, in every stage and as often as it takes") {
  const TemporaryFolder folder;
  // On one grid, and on an inner and an outer one.
  Preset preset = short_preset();
  if (GENERATE(false, true)) {
    preset.half_width_x = preset.half_width_y = 125;
    preset.absorber_radius = 85;
    preset.outer = {.discretisation = {0.9, 0.75, 0.4}, .least_radius = 30, .mask_width = 20};
    REQUIRE(Plan(parameters, {}, preset).schedule().outer);
  }
  const auto uninterrupted = run({parameters, {}, preset});
  const Checkpointing checkpointing{folder.path() / "run.checkpoint", 1e-9};
  double last = 0;
  for (const double fraction : {0.05, 0.3, 0.5, 0.8, 0.95}) {
    interrupt(preset, fraction, checkpointing);
    REQUIRE(std::filesystem::exists(checkpointing.file));
    // It really goes on from there: the next call's first report is beyond.
    double first = 2;
    CHECK_THROWS_AS(run(
                        {parameters, {}, preset},
                        [&](double done) {
                          first = done;
                          return false;
                        },
                        {}, checkpointing),
                    Interrupted);
    CHECK(first > last);
    CHECK(first >= fraction);
    last = first;
  }
  const auto continued = run({parameters, {}, preset}, {}, {}, checkpointing);
  CHECK(continued.resumed_at > 1.05 * 220);  // in the late stage
  CHECK(continued.pmd == uninterrupted.pmd);
  auto a = continued.diagnostics, b = uninterrupted.diagnostics;
  a.wall_seconds = b.wall_seconds = 0;
  CHECK(a == b);
  CHECK(continued.checkpoint_error.empty());
}

TEST_CASE("the state of another run, or a damaged one, is not used") {
  const TemporaryFolder folder;
  const Preset preset = short_preset();
  const Checkpointing checkpointing{folder.path() / "run.checkpoint", 1e-9};
  interrupt(preset, 0.3, checkpointing);
  const auto first_report = [&](const RunParameters& wanted, const Preset& numerics) {
    double first = -1;
    CHECK_THROWS_AS(run({wanted, {}, numerics},
                        [&](double done) {
                          first = done;
                          return false;
                        },
                        {}, {checkpointing.file, 1e9}),
                    Interrupted);
    return first;
  };
  CHECK(first_report(parameters, preset) > 0.3);
  auto other = parameters;
  other.cep = 0.4;
  CHECK(first_report(other, preset) < 0.1);
  CHECK(first_report(parameters, short_preset("absorber.radius=48")) < 0.1);
  {
    std::fstream file(checkpointing.file, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(100000);
    file.put('x');
  }
  CHECK(first_report(parameters, preset) < 0.1);
}

TEST_CASE("runs that are expected to end before the interval are not saved") {
  const TemporaryFolder folder;
  const Checkpointing checkpointing{folder.path() / "run.checkpoint", 3600};
  interrupt(short_preset(), 0.5, checkpointing);
  CHECK_FALSE(std::filesystem::exists(checkpointing.file));
}

TEST_CASE("a run that cannot be saved goes on and says so") {
  const TemporaryFolder folder;
  const auto result = run({parameters, {}, short_preset("duration=1.02")}, {}, {},
                          {folder.path() / "none" / "run.checkpoint", 1e-9});
  CHECK_THAT(result.checkpoint_error, Catch::Contains("none"));
  CHECK(result.diagnostics.yield > 0);
}
