#include <cmath>

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/model/units.hpp"

using namespace bondscope;

using bondscope::DataSet;
using Catch::Contains;

namespace {

DataSet read(const std::string& yaml) {
  return DataSet::from_config(Config::from_text(yaml, "d.yaml"));
}

const std::string ranges = R"(
name: d
seed: 11
runs: 2000
R: [1, 8]
intensity_w_cm2: [1e14, 4e14]
cep: [0, 6.283]
angle_deg: [0, 180]
)";

std::string without(std::string text, const std::string& line_start) {
  const auto begin = text.find("\n" + line_start);
  text.erase(begin, text.find('\n', begin + 1) - begin);
  return text;
}

}  // namespace

TEST_CASE("draws lie in their ranges and fill them") {
  const auto set = read(ranges);
  double least[4] = {1e99, 1e99, 1e99, 1e99}, most[4] = {}, sum[4] = {};
  const auto runs = set.draw();
  REQUIRE(runs.size() == 2000);
  for (const auto& run : runs) {
    CHECK(run.molecule == "H2+");
    const double u[4] = {(run.R - 1) / 7, (run.intensity_w_cm2 - 1e14) / 3e14, run.cep / 6.283,
                         run.angle / units::pi};
    for (int i = 0; i < 4; ++i) {
      least[i] = std::min(least[i], u[i]);
      most[i] = std::max(most[i], u[i]);
      sum[i] += u[i];
    }
  }
  for (int i = 0; i < 4; ++i) {
    CHECK(least[i] >= 0);
    CHECK(least[i] < 0.01);
    CHECK(most[i] < 1);
    CHECK(most[i] > 0.99);
    CHECK(sum[i] / 2000 == Approx(0.5).margin(0.03));  // 4.6 standard deviations
  }
}

TEST_CASE("draws of different parameters and runs are not correlated") {
  const auto runs = read(ranges).draw();
  double between_parameters = 0, between_runs = 0;
  for (std::size_t i = 0; i + 1 < runs.size(); ++i) {
    const double r = (runs[i].R - 4.5) / 7, next = (runs[i + 1].R - 4.5) / 7;
    between_parameters += r * (runs[i].intensity_w_cm2 - 2.5e14) / 3e14;
    between_runs += r * next;
  }
  // One standard deviation of such a mean is 1/12/sqrt(2000) = 0.0019.
  CHECK(std::abs(between_parameters / 2000) < 0.008);
  CHECK(std::abs(between_runs / 2000) < 0.008);
}

TEST_CASE("a run depends on seed and index only") {
  auto set = read(ranges);
  const auto all = set.draw();
  set.resize(10);
  const auto few = set.draw();
  CHECK(std::equal(few.begin(), few.end(), all.begin()));
  set.seed = 12;
  CHECK(set.draw()[0].R != all[0].R);
}

TEST_CASE("fixing one parameter leaves the others' draws alone") {
  const auto all = read(ranges).draw();
  const auto fixed = read(without(ranges, "cep") + "cep: 0.5\n").draw();
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(fixed[i].R == all[i].R);
    CHECK(fixed[i].intensity_w_cm2 == all[i].intensity_w_cm2);
    CHECK(fixed[i].angle == all[i].angle);
    CHECK(fixed[i].cep == 0.5);
  }
}

TEST_CASE("draws are the same for ever") {
  // From Philox4x32-10 written with Python's integers and exact fractions. Were they to change, no store
  // could be continued.
  const auto run = read(ranges).draw()[7];
  CHECK(run.R == 5.354050302661169);
  CHECK(run.intensity_w_cm2 == 322505027630990.0);
}

TEST_CASE("a list is taken as it stands") {
  const auto set = read(R"(
name: list
molecule: HeH+
runs:
  - {molecule: H2+, R: 2.0, intensity_w_cm2: 3.9e14, cep: 0.25, angle: 0.5}
  - {R: 3, intensity_w_cm2: 1e14, angle_deg: 90}
)");
  const auto runs = set.draw();
  REQUIRE(runs.size() == 2);
  CHECK(runs[0] == RunParameters{"H2+", 2.0, 3.9e14, 0.25, 0.5});
  CHECK(runs[1].molecule == "HeH+");
  CHECK(runs[1].cep == 0);
  CHECK(runs[1].angle == Approx(units::pi / 2));
}

TEST_CASE("listed runs stand beside draws, which they leave alone") {
  const std::string draws = "{name: d, seed: 5, runs: 4, R: [1, 8], intensity_w_cm2: 2e14, cep: 0.5";
  const auto alone = read(draws + "}").draw();
  const auto set = read(draws + R"(, also: [
      {R: 2}, {R: 12, cep: 1.5, angle_deg: 90, molecule: HeH+, intensity_w_cm2: 1e14}]})");
  CHECK(set.size() == 6);
  auto runs = set.draw();
  REQUIRE(runs.size() == 6);
  CHECK(runs[4] == RunParameters{"H2+", 2, 2e14, 0.5, 0});
  CHECK(runs[5].molecule == "HeH+");
  CHECK(runs[5].R == 12);
  CHECK(runs[5].angle == Approx(units::pi / 2));
  runs.resize(4);
  CHECK(runs == alone);

  const auto again = read(set.to_yaml());
  CHECK(again.draw() == set.draw());
  CHECK(again.to_yaml() == set.to_yaml());
  auto more = set;
  more.resize(7);
  CHECK(more.size() == 9);
  CHECK(more.draw()[7] == set.draw()[4]);

  CHECK_THROWS_WITH(read(draws + ", also: [{cep: 1}]}"), Catch::Contains("R"));
  CHECK_THROWS_WITH(read(draws + ", also: []}"), Catch::Contains("the list is empty"));
  CHECK_THROWS_WITH(read(draws + ", also: [{R: 2, height: 1}]}"), Catch::Contains("height"));
  CHECK_THROWS_WITH(read("{name: d, runs: [{R: 2, intensity_w_cm2: 1e14}], also: [{R: 2}]}"),
                    Catch::Contains("runs beside draws"));
}

TEST_CASE("defaults are those of the paper") {
  const auto set = read("{name: d, runs: 1, R: 2, intensity_w_cm2: 1e14}");
  CHECK(set.model == ModelParameters{{.wavelength_nm = 800, .cycles = 2}, 0.5});
  CHECK(set.seed == 0);
  CHECK(set.draw()[0] == RunParameters{"H2+", 2, 1e14, 0, 0});
}

TEST_CASE("what to_yaml writes reads back to the same data set") {
  const auto check = [](const std::string& yaml) {
    const auto one = read(yaml), other = read(one.to_yaml());
    CHECK(other.name == one.name);
    CHECK(other.seed == one.seed);
    CHECK(other.model == one.model);
    CHECK(other.content == one.content);
    CHECK(other.to_yaml() == one.to_yaml());
  };
  check(ranges);
  check(
      "{name: d, runs: 3, R: 2.1, intensity_w_cm2: 1e14, pulse: {wavelength_nm: 400.5, cycles: 4}, "
      "softening: 0.6}");
  check(
      "{name: d, runs: 3, R: 2.1, intensity_w_cm2: 1e14, pulse: {cycles: 1.5, envelope: gaussian, harmonic: "
      "3, "
      "relative_intensity: 0.2, relative_phase: -1.5}}");
  check(
      "{name: 'a: b', runs: [{R: 2, intensity_w_cm2: 1e14, angle_deg: 33}, {molecule: HeH+, R: 2, "
      "intensity_w_cm2: 1e14}]}");
}

TEST_CASE("what cannot be is refused with file, key and value") {
  const auto refused = [](const std::string& yaml, const std::string& message) {
    INFO(yaml);
    CHECK_THROWS_WITH(read(yaml), Contains("d.yaml") && Contains(message));
    CHECK_THROWS_AS(read(yaml), ConfigError);
  };
  const std::string good = "name: d\nruns: 5\nR: 2\nintensity_w_cm2: 1e14\n";
  refused(without("\n" + good, "R"), "R: this key is required");
  refused(without("\n" + good, "runs"), "runs: this key is required");
  refused(without(good, "intensity"), "intensity_w_cm2: this key is required");
  refused("runs: 5\nR: 2\nintensity_w_cm2: 1e14\n", "name");
  refused(without("\n" + good, "R") + "R: -1\n", "R: -1 is out of range");
  refused(without("\n" + good, "R") + "R: 0\n", "R: 0 is out of range");
  refused(without("\n" + good, "R") + "R: 51\n", "51");
  refused(without("\n" + good, "R") + "R: [1, -8]\n", "-8");
  refused(without("\n" + good, "R") + "R: [8, 1]\n", "is empty");
  refused(without("\n" + good, "R") + "R: [1, 2, 3]\n", "not a list of 2 numbers");
  refused(without("\n" + good, "R") + "R: near\n", "'near' is not a number");
  refused(without("\n" + good, "R") + "R: .nan\n", "R");
  refused(without("\n" + good, "R") + "R: {a: 1}\n", "R");
  refused(without(good, "intensity") + "intensity_w_cm2: 0\n", "intensity_w_cm2: 0 is out of range");
  refused(without(good, "intensity") + "intensity_w_cm2: 1e17\n", "1e17");
  refused(good + "cep: .inf\n", "cep");
  refused(good + "molecule: H2\n", "did you mean 'H2+'");
  refused(good + "angel: 3\n", "did you mean 'angle'");
  refused(good + "angle: 0\nangle_deg: 0\n", "angle_deg: angle is given too");
  refused(good + "pulse: {cycles: 0.2}\n", "pulse.cycles");
  refused(good + "pulse: {envelope: gauss}\n", "expected one of sin2, gaussian");
  refused(good + "pulse: {harmonic: 1}\n", "pulse.harmonic");
  refused(good + "pulse: {relative_intensity: -0.1}\n", "pulse.relative_intensity");
  refused(good + "pulse: {wavelength: 800}\n", "did you mean 'wavelength_nm'");
  refused(good + "softening: 0\n", "softening");
  refused(good + "seed: -1\n", "seed");
  refused(without("\n" + good, "runs") + "runs: 0\n", "runs: 0 is out of range");
  refused(without("\n" + good, "runs") + "runs: many\n", "'many' is not an integer");
  refused("name: d\nruns: []\n", "the list is empty");
  refused("name: d\nruns: [{R: 2}]\n", "runs[0].intensity_w_cm2");
  refused("name: d\nruns: [{R: 2, intensity_w_cm2: 1e14}, {R: -2, intensity_w_cm2: 1e14}]\n",
          "runs[1].R: -2");
  refused("name: d\nruns: [{R: 2, intensity_w_cm2: 1e14, cpe: 0}]\n", "did you mean 'cep'");
  refused("name: d\nR: 2\nruns: [{R: 2, intensity_w_cm2: 1e14}]\n", "R: unknown key");
  refused("name: d\nruns: [2]\n", "not a mapping");
  // A misspelt key is named, and not another one that is missing.
  refused("name: d\nfocl: {points: 3}\n", "focl: unknown key; did you mean 'focal'?");
  refused("name: d\nnumber: 3\nR: 2\n", "number: unknown key");
  refused(without(good, "intensity") + "peak: 1e14\n", "peak: unknown key");
  refused("name: d\nruns: [{R: 2, peak: 1e14}]\n", "runs[0].peak: unknown key");
  refused("name: d\nfocal: {points: 3, lowst_w_cm2: 1e13}\n",
          "focal.lowst_w_cm2: unknown key; did you mean 'lowest_w_cm2'?");
  refused("name: d\nfocal: {points: [{R: 2, peak: 1e14}]}\n", "focal.points[0].peak: unknown key");
  refused(good + "parameters: {bend: {symbl: b}}\n",
          "parameters.bend.symbl: unknown key; did you mean 'symbol'?");
}

TEST_CASE("the number of runs can be changed within reason") {
  auto drawn = read("{name: d, runs: 3, R: 2, intensity_w_cm2: 1e14}");
  drawn.resize(5000);
  CHECK(drawn.draw().size() == 5000);
  CHECK_THROWS_AS(drawn.resize(0), ConfigError);
  auto list = read("{name: d, runs: [{R: 2, intensity_w_cm2: 1e14}, {R: 3, intensity_w_cm2: 1e14}]}");
  CHECK_THROWS_WITH(list.resize(3), Contains("--runs 3") && Contains("only 2"));
  list.resize(1);
  CHECK(list.draw().size() == 1);
  CHECK(list.size() == 1);
}
