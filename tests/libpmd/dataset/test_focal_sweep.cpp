#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/dataset/dataset.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

DataSet read(const std::string& yaml) {
  return DataSet::from_config(Config::from_text(yaml, "d.yaml"));
}

const std::string ranges = R"(
name: d
seed: 11
R: [1, 8]
intensity_w_cm2: [1e14, 4e14]
)";
const std::string own = ranges + "focal: {points: 20, intensities: 8}\n";
const std::string by_cosh = ranges + "focal: {points: 20, intensities: 8, rule: cosh}\n";
const std::string ladder = ranges + "focal: {points: 20, peaks_per_R: 5, ladder_ratio: 1.2}\n";

/// A momentum distribution at one momentum that knows its run's parameters.
double pmd(const RunParameters& run) {
  return run.R * std::pow(run.intensity_w_cm2 / 1e14, 6);
}

double sum(const FocalAverage& average, const std::vector<RunParameters>& runs) {
  double total = 0;
  for (const auto& term : average.terms)
    total += term.weight * pmd(runs.at(term.run));
  return total;
}

/// ∫ over all intensities of PMD = R I⁶, by ∫ β^2a (1+β²)^-b dβ = Γ(a+1/2) Γ(b-a-1/2) / 2Γ(b).
double exact(const RunParameters& point) {
  const auto term = [](double a, double b) {
    return std::tgamma(a + 0.5) * std::tgamma(b - a - 0.5) / std::tgamma(b) / 2;
  };
  return pmd(point) * 2.0 / 3.0 * (3 * term(1, 7) + term(2, 7));
}

}  // namespace

TEST_CASE("averages are sums over rows of the data set") {
  for (const auto& yaml : {own, by_cosh, ladder, own + "runs: 7\n", ladder + "runs: 7\n"}) {
    INFO(yaml);
    const auto set = read(yaml);
    const auto runs = set.draw();
    const auto averages = set.averages();
    REQUIRE(averages.size() == 20);
    for (const auto& average : averages) {
      CHECK(sum(average, runs) == Approx(exact(average.point)).epsilon(2e-3));
      CHECK(average.lowest_w_cm2 == 2e13);
      for (const auto& term : average.terms) {
        auto run = runs.at(term.run);
        CHECK(run.intensity_w_cm2 >= 2e13);
        run.intensity_w_cm2 = average.point.intensity_w_cm2;
        CHECK(run == average.point);
      }
    }
  }
}

TEST_CASE("own intensities make as many runs for each point") {
  const auto set = read(own);
  CHECK(set.size() == 20 * 8);
  CHECK(set.draw().size() == 20 * 8);
  const auto averages = set.averages();
  for (std::size_t p = 0; p < averages.size(); ++p)
    for (std::size_t j = 0; j < 8; ++j)
      CHECK(averages[p].terms[j].run == 8 * p + j);
}

TEST_CASE("peaks at one R share the runs of the ladder") {
  const auto set = read(ladder);
  const auto runs = set.draw();
  std::set<double> distances;
  std::size_t separately = 0;
  std::map<double, std::size_t> longest;
  for (const auto& average : set.averages()) {
    distances.insert(average.point.R);
    separately += average.terms.size();
    auto& most = longest[average.point.R];
    most = std::max(most, average.terms.size());
  }
  CHECK(distances.size() == 4);
  // What the highest peak needs is enough for those below it.
  std::size_t together = 0;
  for (const auto& [R, count] : longest)
    together += count;
  CHECK(runs.size() == together);
  CHECK(separately > 4 * together);
  for (std::size_t i = 0; i < runs.size(); ++i)
    CHECK(std::count(runs.begin(), runs.end(), runs[i]) == 1);
  // Ten times the peaks at the same distances need hardly more: the ladder ends above the highest.
  auto many = set;
  std::get<RunRanges>(many.focal->points).runs = 200;
  many.focal->peaks_per_R = 50;
  CHECK(many.size() <= 4 * 18);
}

TEST_CASE("plain runs come first and are shared, too") {
  const auto set = read(R"(
name: d
runs:
  - {R: 3, intensity_w_cm2: 2e13}
  - {R: 3, intensity_w_cm2: 4e14}
  - {R: 3, intensity_w_cm2: 4e14}
focal:
  intensities: 4
  rule: cosh
  points:
    - {R: 3, intensity_w_cm2: 4e14}
    - {R: 3, intensity_w_cm2: 4e14}
    - {R: 3, intensity_w_cm2: 4e14, cep: 1}
)");
  const auto runs = set.draw();
  const auto averages = set.averages();
  CHECK(runs.size() == 3 + 3 + 4);  // the lowest of four is there already; the second point needs none
  CHECK(runs[1] == runs[2]);
  CHECK(averages[0].terms.back().run == 0);
  CHECK(averages[1] == averages[0]);
  CHECK(averages[2].terms.front().run == 6);
  CHECK(averages[2].terms.front().weight == averages[0].terms.front().weight);
}

TEST_CASE("a data set with more points begins with the runs of the smaller one") {
  for (const auto& yaml : {own, ladder, own + "runs: 3\n"}) {
    const auto small = read(yaml);
    auto large = small;
    std::get<RunRanges>(large.focal->points).runs = 50;
    const auto few = small.draw(), many = large.draw();
    REQUIRE(many.size() > few.size());
    CHECK(std::equal(few.begin(), few.end(), many.begin()));
    const auto some = small.averages(), more = large.averages();
    CHECK(std::equal(some.begin(), some.end(), more.begin()));
  }
}

TEST_CASE("points do not depend on plain runs, nor these on points") {
  const auto alone = read(own).averages(), beside = read(own + "runs: 5\n").averages();
  for (std::size_t p = 0; p < alone.size(); ++p)
    CHECK(alone[p].point == beside[p].point);
  const auto plain = read(ranges + "runs: 5\n").draw(), with_focal = read(own + "runs: 5\n").draw();
  CHECK(std::equal(plain.begin(), plain.end(), with_focal.begin()));
  CHECK(plain[0].R != alone[0].point.R);  // random numbers of their own
}

TEST_CASE("points and their intensities are the same for ever") {
  // From Philox4x32-10 written with Python's integers and exact fractions, and Python's cosh and acosh.
  const auto set = read(ranges + "focal: {points: 8, peaks_per_R: 3}\n");
  const auto averages = set.averages();
  CHECK(averages[6].point.R == 1.4109041811735803);
  CHECK(averages[7].point.R == 1.4109041811735803);
  CHECK(averages[6].point.intensity_w_cm2 == 378705158516545.3);
  CHECK(averages[7].point.intensity_w_cm2 == 314182632270727.44);
  const auto four =
      read("{name: d, focal: {intensities: 4, rule: cosh, points: [{R: 2, intensity_w_cm2: 4e14}]}}").draw();
  REQUIRE(four.size() == 4);
  CHECK(four[0].intensity_w_cm2 == 3.014197172e+14);
  CHECK(four[1].intensity_w_cm2 == 1.461951981e+14);
  CHECK(four[2].intensity_w_cm2 == 5.657440161e+13);
  CHECK(four[3].intensity_w_cm2 == 2e+13);
}

TEST_CASE("the rule that is not given is gauss") {
  const auto set = read(own);
  CHECK(set.focal->rule == FocalRule::gauss);
  CHECK(set.averages() == read(ranges + "focal: {points: 20, intensities: 8, rule: gauss}\n").averages());
  CHECK(set.averages() != read(by_cosh).averages());
}

TEST_CASE("keys of the section go before those of the data set") {
  const auto set = read(R"(
name: d
molecule: HeH+
runs: 2
R: [1, 2]
intensity_w_cm2: [1e14, 2e14]
cep: 0.5
angle: 0.25
focal: {points: 3, R: [5, 6], angle_deg: 90}
)");
  CHECK(set.draw()[0].R < 2);
  CHECK(set.draw()[0].angle == 0.25);
  for (const auto& average : set.averages()) {
    CHECK(average.point.molecule == "HeH+");
    CHECK(average.point.R >= 5);
    CHECK(average.point.intensity_w_cm2 < 2e14);
    CHECK(average.point.cep == 0.5);
    CHECK(average.point.angle == Approx(std::acos(0.0)));
    CHECK(average.terms.size() == 10);
  }
}

TEST_CASE("a data set with averages reads back from what to_yaml writes") {
  for (const auto& yaml :
       {own, by_cosh, ladder, ladder + "runs: 7\n", own + "runs: [{R: 2, intensity_w_cm2: 1e14}]\n",
        std::string("{name: d, focal: {lowest_w_cm2: 1e13, points: [{R: 2, intensity_w_cm2: 1e14, angle_deg: "
                    "33}, {molecule: HeH+, R: 2.5, intensity_w_cm2: 1e14}]}}")}) {
    INFO(yaml);
    const auto one = read(yaml), other = read(one.to_yaml());
    CHECK(other.focal == one.focal);
    CHECK(other.content == one.content);
    CHECK(other.draw() == one.draw());
    CHECK(other.averages() == one.averages());
    CHECK(other.to_yaml() == one.to_yaml());
  }
}

TEST_CASE("a number of runs is that of plain ones, or of all where there are only averages") {
  auto both = read(own + "runs: 5\n");
  both.resize(9);
  CHECK(both.size() == 9 + 160);
  CHECK(both.averages().size() == 20);
  const auto all = read(own);
  REQUIRE(all.size() == 160);
  for (const std::size_t runs : {160, 81, 80, 79, 400}) {
    auto averages = read(own);
    averages.resize(runs);
    CHECK(averages.averages().size() == runs / 8);
    CHECK(averages.size() == runs / 8 * 8);
    CHECK(averages.averages()[0] == all.averages()[0]);
  }
  auto averages = read(own);
  CHECK_THROWS_WITH(averages.resize(7), Contains("--runs 7") && Contains("needs 8"));
  // Points that add no run would fit without end.
  auto saturated = read(
      "{name: d, R: 2, cep: 0, angle: 0, intensity_w_cm2: [2e14, 3e14], focal: {points: 5, "
      "lowest_w_cm2: 1e14, ladder_ratio: 1.2}}");
  saturated.resize(40);
  CHECK(saturated.averages().size() == 40);
  auto shared = read(ladder);
  const auto before = shared.size();
  shared.resize(before);
  CHECK(shared.size() == before);
}

TEST_CASE("no focal section, no averages") {
  CHECK(read(ranges + "runs: 5\n").averages().empty());
}

TEST_CASE("focal sections that cannot be are refused with file, key and value") {
  const auto refused = [](const std::string& yaml, const std::string& message) {
    INFO(yaml);
    CHECK_THROWS_WITH(read(yaml), Contains("d.yaml") && Contains(message));
    CHECK_THROWS_AS(read(yaml), ConfigError);
  };
  const auto section = [](const std::string& keys) { return ranges + "focal: {" + keys + "}\n"; };
  refused(ranges + "focal: 100\n", "focal: '100' is not a mapping");
  refused(section(""), "focal.points: this key is required");
  refused(section("points: 0"), "focal.points: 0 is out of range");
  refused(section("points: 2000000"), "focal.points: 2000000 points");
  refused(section("points: 900000, intensities: 12"), "focal.points: 900000 points of up to 12 runs");
  refused(section("points: []"), "focal.points: the list is empty");
  refused(section("point: 3"), "did you mean 'points'");
  refused(section("points: 3, intensities: 1"), "focal.intensities: 1 is out of range");
  refused(section("points: 3, intensities: 1001"), "focal.intensities: 1001 is out of range");
  refused(section("points: 3, intensities: 5, ladder_ratio: 1.1"),
          "focal.ladder_ratio: intensities is given");
  refused(section("points: 3, rule: cosh, ladder_ratio: 1.1"), "focal.ladder_ratio: rule is given");
  refused(section("points: 3, rule: gaus"), "did you mean 'gauss'");
  refused(section("points: 3, ladder_ratio: 1"), "focal.ladder_ratio: 1 is out of range");
  refused(section("points: 3, ladder_ratio: 1.01, lowest_w_cm2: 1e9"), "focal.ladder_ratio: focal average");
  refused(section("points: 3, peaks_per_R: 0"), "focal.peaks_per_R: 0 is out of range");
  refused(section("points: 3, peaks_per_r: 2"), "did you mean 'peaks_per_R'");
  refused(section("points: 3, lowest_w_cm2: 0"), "focal.lowest_w_cm2: 0 is out of range");
  refused(section("points: 3, lowest_w_cm2: 1e14"), "focal.lowest_w_cm2: 1e+14 is not below");
  refused(section("points: 3, R: -1"), "focal.R: -1 is out of range");
  refused(section("points: 3, angle: 1, angle_deg: 2"), "focal.angle_deg: angle is given too");
  refused("name: d\nR: 2\nfocal: {points: 3}\n", "focal.intensity_w_cm2: this key is required");
  refused("name: d\nfocal: {peaks_per_R: 2, points: [{R: 2, intensity_w_cm2: 1e14}]}\n",
          "focal.peaks_per_R: unknown key");
  refused("name: d\nfocal: {points: [{R: 2, intensity_w_cm2: 1e13}]}\n", "begin at 1e+13");
  refused("name: d\nfocal: {points: [{R: 2}]}\n", "focal.points[0].intensity_w_cm2");
  refused("name: d\nR: 2\nfocal: {points: [{R: 2, intensity_w_cm2: 1e14}]}\n", "R: unknown key");
}
