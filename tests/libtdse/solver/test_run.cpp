#include <cmath>

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/solver/run.hpp"
#include "tests/libtdse/solver/quick_runs.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

double cost(const Preset& preset) {
  return Plan({}, {}, preset).cost();
}

}  // namespace

TEST_CASE("a run reports a plausible distribution, and the same bits every time") {
  const RunParameters parameters{.R = 2, .intensity_w_cm2 = 3.9e14};
  double last = 0;
  const auto first = run({parameters, {}, quick()}, [&](double fraction) {
    CHECK(fraction > last);
    last = fraction;
    return true;
  });
  CHECK(last == 1);
  const auto& d = first.diagnostics;
  CHECK(d.ground_state_energy == Approx(-1.1114).margin(1e-3));
  CHECK(d.yield == Approx(8.5e-4).epsilon(0.05));
  CHECK(d.yield / d.absorbed == Approx(1).margin(0.25));
  CHECK(d.noise_floor < 1e-8 * d.pmd_max);
  CHECK(d.steps > 1000);
  // With its amplitude, which costs nothing and changes nothing.
  const auto second = run({parameters, {}, quick({"amplitude=true"})});
  CHECK(first.pmd == second.pmd);
  CHECK(first.amplitude.empty());
  REQUIRE(second.amplitude.size() == second.pmd.size());
  double worst = 0;
  for (std::size_t i = 0; i < second.pmd.size(); ++i)
    worst =
        std::max(worst, std::abs(std::norm(std::complex<double>(second.amplitude[i])) / second.pmd[i] - 1));
  CHECK(worst < 1e-6);
  // α = 0: nothing tells +ky from -ky.
  CHECK(mirrored_difference(first, first, false, true) < 1e-6);  // single precision in the store
}

TEST_CASE("no field, no distribution") {
  const auto result = run({{.R = 2, .intensity_w_cm2 = 0}, {}, quick()});
  float largest = 0;
  for (const float p : result.pmd)
    largest = std::max(largest, p);
  CHECK(largest < 1e-18);
  CHECK(std::abs(result.diagnostics.absorbed) < 1e-10);
}

TEST_CASE("α → π - α mirrors ky, φ → φ + π mirrors kx for H2+ along the field") {
  const double angle = 0.5;
  // Every second point is not the same set of points in the mirror.
  const Preset preset = quick({"mechanisms.sparse_sampling=false"});
  const auto tilted = run({{.R = 3, .intensity_w_cm2 = 2e14, .angle = angle}, {}, preset});
  const auto opposite = run({{.R = 3, .intensity_w_cm2 = 2e14, .angle = units::pi - angle}, {}, preset});
  CHECK(mirrored_difference(tilted, opposite, false, true) < 5e-5);  // single precision after the pulse
  CHECK(mirrored_difference(tilted, opposite, false, false) > 1e-3);
  const auto phase = run({{.R = 3, .intensity_w_cm2 = 2e14, .cep = 0.4}, {}, preset});
  const auto reversed = run({{.R = 3, .intensity_w_cm2 = 2e14, .cep = 0.4 + units::pi}, {}, preset});
  CHECK(mirrored_difference(phase, reversed, true, false) < 5e-5);
  CHECK(mirrored_difference(phase, reversed, false, false) > 1e-3);
}

TEST_CASE("each mechanism may be switched off and changes little") {
  const RunParameters parameters{.R = 2, .intensity_w_cm2 = 2e14};
  const auto all = run({parameters, {}, quick()});
  const auto without = [&](const std::string& setting) {
    return mirrored_difference(all, run({parameters, {}, quick({setting})}), false, false);
  };
  CHECK(without("mechanisms.sparse_sampling=false") < 5e-4);
  CHECK(without("after_pulse=[]") < 0.02);
  // Every second point is not even: without that it is exact.
  const std::string every = "mechanisms.sparse_sampling=false", single = "after_pulse=[]";
  const auto half = run({parameters, {}, quick({every, single})});
  const auto whole = run({parameters, {}, quick({every, single, "mechanisms.even_symmetry=false"})});
  CHECK(mirrored_difference(half, whole, false, false) < 1e-6);  // single precision in the store
}

TEST_CASE("an inner and an outer grid give the picture of one") {
  const RunParameters parameters{.R = 2, .intensity_w_cm2 = 1e14};
  const std::vector<std::string> box{"grid.half_width_x=110", "grid.half_width_y=110", "absorber.radius=80"};
  auto outer = box;
  outer.emplace_back(
      "outer={spacing: 0.9, roll_off: 0.75, time_step: 0.4, least_radius: 30, mask_width: 25}");
  REQUIRE(Plan(parameters, {}, quick(outer)).schedule().outer);
  const auto one = run({parameters, {}, quick(box)}), two = run({parameters, {}, quick(outer)});
  CHECK(two.diagnostics.absorbed == Approx(one.diagnostics.absorbed).epsilon(0.01));
  CHECK(mean_difference(one, two) < 0.01);
}

TEST_CASE("rare absorption events give the picture of frequent ones, though electrons arrive until the end") {
  const RunParameters parameters{.R = 2, .intensity_w_cm2 = 4e14};
  const auto frequent = run({parameters,
                             {},
                             quick({"absorber.interval=0.5",
                                    "after_pulse=[{delay: 0, spacing: 0.65, roll_off: 0.55, time_step: 0.25, "
                                    "absorber_interval: 0.5}]"})});
  CHECK(mean_difference(run({parameters, {}, quick()}), frequent) < 1e-3);
}

TEST_CASE("the grid and step of `production` give the picture of finer ones") {
  // A small version of benchmarks/solver: the absorber of `quick`, so that it takes seconds.
  const auto production = Preset::from_config(Config::from_file(find_config("presets", "production")));
  for (const auto& parameters :
       {RunParameters{.R = 1, .intensity_w_cm2 = 1e14},
        RunParameters{.R = 3, .intensity_w_cm2 = 2e14, .angle = 158 * units::degrees},
        RunParameters{.molecule = "HeH+", .R = 2, .intensity_w_cm2 = 3.9e14}}) {
    auto coarse_preset = quick({"absorber.interval=1"}), fine_preset = quick({"absorber.interval=1"});
    coarse_preset.discretisation = production.discretisation_of(parameters.molecule, parameters.R);
    fine_preset.discretisation = {.spacing = 0.3125, .roll_off = 0.6, .time_step = 0.07};
    const auto coarse = run({parameters, {}, coarse_preset}), fine = run({parameters, {}, fine_preset});
    INFO(parameters.molecule << " R = " << parameters.R);
    CHECK(mean_difference(coarse, fine) < 0.005);
    CHECK(coarse.diagnostics.absorbed == Approx(fine.diagnostics.absorbed).epsilon(0.02));
  }
}

TEST_CASE("a run stops when its monitor says so") {
  CHECK_THROWS_AS(run({{}, {}, quick()}, [](double fraction) { return fraction < 0.1; }), Interrupted);
}

TEST_CASE("the expected cost follows grid and steps") {
  const std::string plain = "after_pulse=[]", step = "time_step=0.1", even = "mechanisms.even_symmetry=false";
  const double one = cost(quick({plain, step}));
  CHECK(cost(quick({plain, step, "duration=4"})) == Approx(2 * one).epsilon(1e-3));
  CHECK(cost(quick({plain, "time_step=0.05"})) == Approx(2 * one).epsilon(1e-3));
  CHECK(cost(quick({plain, step, even})) > 2 * one);
  CHECK(cost(quick({step})) < 0.8 * one);
}
