// Data sets of molecules that configs/molecules, a file or they themselves define.

#include <catch2/catch.hpp>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "libpmd/dataset/dataset.hpp"
#include "libpmd/dataset/single_run.hpp"
#include "libpmd/model/potential.hpp"
#include "libpmd/model/units.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Contains;

namespace {

DataSet read(const std::string& yaml, MoleculeFiles files = MoleculeFiles::allowed) {
  return DataSet::from_config(Config::from_text(yaml, "d.yaml"), files);
}

/// As a store's configuration is read.
DataSet kept(const DataSet& set) {
  return read(set.to_yaml(), MoleculeFiles::refused);
}

const std::string plain = "name: d\nseed: 3\nruns: 20\nR: [1, 3]\nintensity_w_cm2: [1e14, 4e14]\n";
const std::string bent = plain + "molecule: bent\nbend: [1.5, 2.5]\n";
const std::string own = "molecules: {X: {centres: [{charge: 1, softening: 0.7, at: {x: R}}]}}\nmolecule: X\n";

}  // namespace

TEST_CASE("parameters of a molecule are given, drawn and declared as any other") {
  const auto set = read(bent);
  REQUIRE(set.declared.size() == 1);
  CHECK(set.declared.front().name == "bend");
  CHECK(set.declared.front().unit == "rad");
  for (const auto& run : set.draw()) {
    CHECK(run.molecule == "bent");
    const double bend = set.declared.front().of(run);
    CHECK((bend >= 1.5 && bend < 2.5));
  }
  auto without = set.draw()[7];
  without.declared.clear();
  without.molecule = "H2+";
  CHECK(without == read(plain).draw()[7]);
  const auto degrees = read(plain + "molecule: bent\nbend_deg: 105\n").draw();
  CHECK(degrees[0].declared[0].value == 105 * units::degrees);
  CHECK_NOTHROW(read(plain + "molecule: bent\nbend_deg: 180\n"));
}

TEST_CASE("what is kept of a data set defines its molecules, but for those built in") {
  const auto set = read(bent);
  CHECK_THAT(set.to_yaml(), Contains("molecules:\n  bent:"));
  CHECK(kept(set).draw() == set.draw());
  CHECK(kept(set).to_yaml() == set.to_yaml());
  CHECK(kept(set).model == set.model);
  CHECK(kept(set).declared.size() == 1);
  for (const char* name : {"H2+", "HeH+"}) {
    const auto old = read(plain + "molecule: " + name + "\n");
    CHECK_THAT(old.to_yaml(), !Contains("molecules"));
    CHECK(kept(old).draw() == old.draw());
  }
}

TEST_CASE("a store of before in which HeH+ had the data set's softening is another one") {
  CHECK_THAT(read(plain + "softening: 0.6\n").to_yaml(), !Contains("molecules"));
  const auto set = read(plain + "softening: 0.6\nmolecule: HeH+\n");
  CHECK_THAT(set.to_yaml(), Contains("molecules:\n  HeH+:"));
  CHECK(kept(set).to_yaml() == set.to_yaml());
}

TEST_CASE("a molecule may be a file, or defined in the data set") {
  const TemporaryFolder folder;
  const auto file = (folder / "mine.yaml").string();
  write_file(file, "name: mine\ncentres: [{charge: 1, softening: 0.7, at: {x: R}}]\n");
  const auto set = read(plain + "molecule: " + file + "\n");
  CHECK(set.draw()[0].molecule == "mine");
  std::filesystem::remove(file);
  CHECK(kept(set).draw() == set.draw());
  CHECK(Potential(set.draw()[0], kept(set).model).centres()[0].x == set.draw()[0].R);
  CHECK(kept(read(plain + own)).to_yaml() == read(plain + own).to_yaml());
}

TEST_CASE("where a molecule has no such parameter it is 0") {
  const std::string list =
      "name: d\nruns:\n  - {molecule: H2+, R: 2, intensity_w_cm2: 1e14}\n"
      "  - {molecule: atom, intensity_w_cm2: 1e14}\n"
      "  - {molecule: bent, R: 3, bend: 2, intensity_w_cm2: 1e14}\n"
      "  - {molecule: H3++, R: 3, R2: 4, intensity_w_cm2: 1e14}\n";
  const auto set = read(list);
  const auto runs = set.draw();
  using Declared = std::vector<DeclaredValue>;
  CHECK(runs[0].declared == Declared{{"R2", 0}, {"bend", 0}});
  CHECK(runs[1].R == 0);
  CHECK(runs[2].declared == Declared{{"R2", 0}, {"bend", 2}});
  CHECK(runs[3].declared == Declared{{"R2", 4}, {"bend", 0}});
  CHECK(kept(set).draw() == runs);
  CHECK(kept(set).to_yaml() == set.to_yaml());
  const auto also = read(plain +
                         "also: [{molecule: bent, R: 2, bend: 2, intensity_w_cm2: 1e14}, "
                         "{molecule: atom, intensity_w_cm2: 1e14}]\n");
  CHECK(also.draw()[20].declared == Declared{{"bend", 2}});
  CHECK(also.draw()[21].R == 0);
  CHECK(also.draw()[3].declared == Declared{{"bend", 0}});
  CHECK(kept(also).draw() == also.draw());
  const auto focal = read(
      "name: d\nmolecule: bent\nR: 2\nbend: [1, 2]\nintensity_w_cm2: 1e14\n"
      "focal: {points: 2}\n");
  CHECK(focal.averages()[1].point.declared.front().value > 1);
  CHECK(kept(focal).averages() == focal.averages());
}

TEST_CASE("molecules that cannot be are refused by file, key and value") {
  const auto refused = [](const std::string& yaml, const std::string& message) {
    INFO(yaml);
    CHECK_THROWS_WITH(read(yaml), Contains("d.yaml") && Contains(message));
    CHECK_THROWS_AS(read(yaml), ConfigError);
  };
  refused(plain + "molecule: HeH\n", "molecule: 'HeH' is neither a file nor one of the molecules");
  refused(plain + "molecule: HeH\n", "did you mean 'HeH+'?");
  refused(plain + "molecule: bent\n", "bend: this key is required");
  refused(plain + "molecule: bent\nbend: 7\n", "bend: 7 is out of range; expected a number >= 0.5");
  refused(plain + "bend: 2\n", "bend: unknown key");
  refused(plain + "molecule: atom\n", "R: 1 is out of range; expected 0");
  refused(plain + "molecules: {X: {centres: [{charge: 1, softening: 1}]}}\n",
          "molecules.X: no run is of this");
  refused(plain + "molecules: {H2+: {centres: [{charge: 1, softening: 1}]}}\n",
          "H2+ has another definition, which is built in");
  refused(plain + "molecules: {X: {centres: [{charge: 1, softening: 1, at: {x: S}}]}}\nmolecule: X\n",
          "molecules.X.centres[0].at.x: S is no parameter of the molecule");
  refused(bent + "parameters: {bend: {unit: a, meaning: b}}\n", "bent declares the parameter bend otherwise");
  CHECK_THROWS_WITH(read(bent, MoleculeFiles::refused),
                    Contains("molecule: 'bent' is unknown; expected one of"));
  CHECK_THROWS_AS(read(plain + "molecule: no/such.yaml\n"), ConfigError);
}

TEST_CASE("one run of any molecule") {
  const auto run_of = [](const SingleRun& single) {
    return DataSet::from_config(Config::from_text(single_run_dataset(single, {}), "d")).draw().at(0);
  };
  SingleRun single;
  CHECK(run_of(single).R == 2);
  single.run.molecule = "atom";
  CHECK(run_of(single).R == 0);
  single.run.molecule = "bent";
  CHECK_THROWS_WITH(run_of(single), Contains("bend: this key is required"));
  single.geometry = {"bend_deg=180"};
  single.R = 3;
  CHECK(run_of(single).R == 3);
  CHECK(run_of(single).declared.at(0).value == Approx(3.14159265));
  single.geometry = {"bend=x"};
  CHECK_THROWS_WITH(run_of(single), Contains("--geometry bend=x: expected NAME=NUMBER"));
  single.geometry = {"bend, R=2"};
  CHECK_THROWS_WITH(run_of(single), Contains("expected NAME=NUMBER"));
}
