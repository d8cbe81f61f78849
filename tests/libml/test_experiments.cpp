#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "libml/experiments/experiment.hpp"
#include "libml/experiments/load.hpp"
#include "libml/experiments/quantity.hpp"
#include "libml/train/recipe.hpp"
#include "libpmd/base/config/config.hpp"
#include "libpmd/base/config/find_config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/files/text_file.hpp"
#include "tests/libml/experiment_texts.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::ml::texts;

namespace fs = std::filesystem;
using bondscope::ml::Experiment;
using bondscope::ml::ExperimentKind;
using Catch::Matchers::Contains;

namespace {

/// Files of a folder's YAML, without the ending.
std::vector<std::string> names_in(const std::string& kind) {
  const auto any = find_config(kind, "paper");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(any.parent_path()))
    names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> names_of(const std::vector<Experiment>& experiments) {
  std::vector<std::string> names;
  for (const auto& experiment : experiments)
    names.push_back(experiment.name);
  return names;
}

ml::Recipe recipe_of(const Experiment& experiment) {
  auto config = Config::from_file(find_config("recipes", experiment.recipe));
  for (const auto& assignment : experiment.set)
    config.set(assignment);
  return ml::Recipe::from_config(config);
}

/// A folder with experiments, one file each.
class Folder {
 public:
  fs::path add(const std::string& name, const std::string& text) {
    bondscope::write_file(folder_ / (name + ".yaml"), text);
    return folder_ / (name + ".yaml");
  }
  fs::path add_folder(const std::string& name) {
    fs::create_directory(folder_ / name);
    return folder_ / name;
  }
  fs::path path(const std::string& name) const { return folder_ / name; }

 private:
  TemporaryFolder folder_;
};

}  // namespace

TEST_CASE("the list of all experiments holds every shipped one") {
  auto loaded = names_of(ml::load_experiments({"all"}));
  std::sort(loaded.begin(), loaded.end());
  auto files = names_in("experiments");
  for (const char* list : {"all", "paper", "remarks", "best"})
    std::erase(files, list);
  CHECK(files.size() >= 19);
  CHECK(loaded == files);
}

TEST_CASE("every shipped experiment's recipe can be read, and gives what the paper's figures are of") {
  for (const auto& experiment : ml::load_experiments({"all"})) {
    if (experiment.recipe.empty()) continue;
    INFO(experiment.name);
    const auto recipe = recipe_of(experiment);
    auto measured = recipe.targets;
    if (!recipe.classes.empty()) measured = {"accuracy"};
    if (experiment.kind == ExperimentKind::learning_curve) continue;
    for (const auto& paper : experiment.paper) {
      const auto quantity = paper.quantity.substr(0, paper.quantity.find_first_of("@ "));
      CHECK(std::count(measured.begin(), measured.end(), quantity) == 1);
    }
  }
}

TEST_CASE("shipped experiments cover the paper's Table I") {
  std::vector<std::string> filled;
  for (const auto& experiment : ml::load_experiments({"paper"}))
    for (const auto& cell : ml::table_cells(experiment)) {
      INFO(experiment.name << " " << cell.quantity);
      CHECK(std::any_of(experiment.paper.begin(), experiment.paper.end(),
                        [&](const auto& paper) { return paper.quantity == cell.quantity; }));
      filled.push_back(cell.row + " on " + cell.data);
    }
  CHECK(filled.size() == 30);  // six methods, five data sets
}

TEST_CASE("recipes of one-dimensional distributions and of classes are what the paper describes") {
  const auto cnn = recipe_of(ml::load_experiments({"cnn_1d"}).front());
  CHECK(cnn.image.width == 256);
  CHECK(cnn.image.height == 1);
  CHECK(cnn.network.kind == "cnn");
  const auto dense = recipe_of(ml::load_experiments({"dense_1d"}).front());
  CHECK(dense.network.kind == "dense");
  CHECK(dense.network.blocks == 3);
  CHECK(dense.network.units == 512);
  const auto classifier = recipe_of(ml::load_experiments({"classifier"}).front());
  CHECK(classifier.classes == std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(classifier.image.view == View::first_quadrant);
  CHECK(classifier.training.loss == "cross_entropy");
}

TEST_CASE("all keys of all kinds are read") {
  const auto t =
      read(train + "set: [training.epochs=3]\ntrain_runs: 2250\ntable_row: CNN\nfigures: {R: 2(a)}\n");
  CHECK(t.kind == ExperimentKind::train);
  CHECK(t.set == std::vector<std::string>{"training.epochs=3"});
  CHECK(t.train_runs == 2250);
  CHECK(t.tests == std::vector<std::string>{"cep", "heh"});
  CHECK(t.table_row == "CNN");
  REQUIRE(t.figures.size() == 1);
  CHECK(t.figures[0].shows == "R");
  CHECK(t.figures[0].number == "2(a)");
  REQUIRE(t.paper.size() == 2);
  CHECK(t.paper[1].quantity == "R@cep");
  CHECK(t.paper[1].value == 0.89);
  const auto m = read(transfer + "scratch_recipe: paper\ntrain_runs: 750\n");
  CHECK(m.model == "net");
  CHECK(m.freeze == 3);
  CHECK(m.scratch);
  CHECK(m.scratch_recipe == "paper");
  const auto c = read(curve);
  CHECK(c.samples == std::vector<std::size_t>{100, 200, 300});
  CHECK(c.target_mae == 0.1);
  CHECK(read(baseline).method == "mse");
  const auto o = read(dictionary +
                      "method: lime\nlikeness: rank\nchoices: 4\nimages_per_cell: 5\nintensity_bands: [1, "
                      "4]\nthreshold: 0.3\nmask: 0.4\n"
                      "stride: 0.5\nrandom_tests: 6\n")
                     .dictionary;
  CHECK(o.method == ml::ExplanationMethod::lime);
  CHECK(o.likeness == ml::Likeness::rank);
  CHECK(o.fill == ml::Fill::mean_image);
  CHECK(o.choices == 4);
  CHECK(o.images_per_cell == 5);
  CHECK(o.intensity_bands == std::vector<double>{1, 4});
  CHECK(o.threshold == 0.3);
  CHECK(o.mask == 0.4);
  CHECK(o.stride == 0.5);
  CHECK(o.random_tests == 6);
}

TEST_CASE("what an experiment cannot be is refused by file and key") {
  struct Bad {
    std::string text, assignment, message;
  };
  const auto bad = GENERATE(values<Bad>({
      {train, "kind=trian", "test.yaml: kind: 'trian' is unknown; expected one of train, transfer"},
      {train, "name=a/b", "test.yaml: name: 'a/b' is not a name"},
      {train, "name=..", "test.yaml: name: '..' is not a name"},
      {train, "data=/etc/passwd", "test.yaml: data: '/etc/passwd' is not a name"},
      {train, "title=", "test.yaml: title"},
      {train, "train_run=5", "test.yaml: train_run: unknown key; did you mean 'train_runs'"},
      {transfer, "modl=a", "test.yaml: modl: unknown key; did you mean 'model'?"},
      {curve, "maximum=3", "test.yaml: maximum: unknown key"},
      {train, "train_runs=-5", "test.yaml: train_runs: -5 is out of range"},
      {train, "freeze=3", "test.yaml: freeze: unknown key"},
      {train, "set=[epochs]", "test.yaml: set: 'epochs': expected KEY=VALUE"},
      {train, "tests=[base]", "test.yaml: tests: 'base' is what it learns from"},
      {train, "tests=[cep, cep]", "test.yaml: tests: 'cep' is given twice"},
      {train, "paper={R@angle: 1}", "test.yaml: paper.R@angle: this is nothing that the experiment measures"},
      {train, "paper={r: 1}", "test.yaml: paper.r: this is nothing that the experiment measures"},
      {train, "paper={intensty: 1}", "did you mean 'intensity'"},
      {train, "paper={R: small}", "test.yaml: paper.R: 'small' is not a number"},
      {transfer, "model=a b", "test.yaml: model: 'a b' is not a name"},
      {transfer, "freeze=11", "test.yaml: freeze: 11 is out of range"},
      {transfer, "paper={R from scrtch: 1}", "did you mean 'R from scratch'"},
      {curve, "samples=[1000, 500, 2000]", "test.yaml: samples: expected numbers of runs, each larger"},
      {curve, "samples=[100, 200]", "test.yaml: samples"},
      {curve, "samples=[100, 200, 250.5]", "test.yaml: samples: 250.5 is not an integer"},
      {curve, "target_mae=0", "test.yaml: target_mae"},
      {curve, "paper={accuracy: 1}", "test.yaml: paper.accuracy: this is nothing"},
      {baseline, "method=msr", "did you mean 'mse'"},
      {baseline, "recipe=paper", "test.yaml: recipe: unknown key"},
      {baseline, "paper={accuracy: 1}", "test.yaml: paper.accuracy: this is nothing"},
      {dictionary, "threshold=2", "test.yaml: threshold: 2 is out of range"},
      {dictionary + "method: lime\n", "threshold_of=score",
       "test.yaml: threshold_of: only the map of occlusion"},
      {dictionary, "intensity_bands=[2, 1]", "test.yaml: intensity_bands: expected the edges of bands"},
      {dictionary, "method=guess", "test.yaml: method: 'guess' is unknown; expected one of occlusion"},
      {dictionary, "table_row=CNN", "test.yaml: table_row: unknown key"},
      {dictionary, "figures={R: 8}", "test.yaml: figures: unknown key"},
      {baseline, "figures={cep: 6(a)}", "test.yaml: figures.cep: unknown key"},
      {baseline, "figures={R: ''}", "test.yaml: figures.R: expected one line"},
  }));
  INFO(bad.assignment);
  CHECK_THROWS_AS(read(bad.text, bad.assignment), ConfigError);
  CHECK_THROWS_WITH(read(bad.text, bad.assignment), Contains(bad.message));
}

TEST_CASE("without training from scratch there are no figures of it") {
  CHECK_THROWS_WITH(read(transfer + "scratch: false\n", "paper={R from scratch: 1}"),
                    Contains("this is nothing that the experiment measures"));
  CHECK_THROWS_WITH(read(transfer + "scratch: false\nscratch_recipe: paper\n"), Contains("scratch is false"));
}

TEST_CASE("settings change with what results depend on, and with nothing else") {
  const auto before = read(transfer).settings();
  for (const char* assignment : {"data=heh", "recipe=paper", "set=[a=1]", "model=other", "freeze=2",
                                 "scratch_recipe=paper", "train_runs=5"})
    CHECK(read(transfer, assignment).settings() != before);
  for (const char* assignment :
       {"title=another", "section=V", "table_row=X", "figures={R: 1}", "paper={R: 5}"})
    CHECK(read(transfer, assignment).settings() == before);
  CHECK(read(dictionary, "stride=0.2").settings() != read(dictionary).settings());
  CHECK(read(curve, "target_mae=0.2").settings() != read(curve).settings());
  CHECK(read(baseline, "with=cep").with == "cep");
  CHECK(read(baseline, "with=cep").settings() != read(baseline).settings());
  CHECK_THROWS_WITH(read(baseline, "with=base"), Contains("with: 'base' is its own data"));
  CHECK(read(baseline, "method=sift").settings() != read(baseline).settings());
}

TEST_CASE("what an experiment builds on comes before it, once") {
  Folder folder;
  folder.add("net", train);
  const auto moved = folder.add("moved", transfer), hidden = folder.add("hidden", dictionary);
  const auto list = folder.add("list", "experiments: [hidden, moved, net]\n");
  const std::vector<std::string> one{"net", "moved"}, all{"net", "hidden", "moved"};
  CHECK(names_of(ml::load_experiments({moved})) == one);
  CHECK(names_of(ml::load_experiments({moved, moved})) == one);
  CHECK(names_of(ml::load_experiments({list})) == all);
  CHECK(names_of(ml::load_experiments({list, hidden})) == all);
  CHECK(names_of(ml::load_experiments({"transfer_cep"})) ==
        std::vector<std::string>{"cnn_R", "transfer_cep"});
}

TEST_CASE("lists may hold lists, even themselves") {
  Folder folder;
  folder.add("net", train);
  folder.add("inner", "experiments: [net, outer]\n");
  const auto outer = folder.add("outer", "experiments: [inner]\n");
  CHECK(names_of(ml::load_experiments({outer})) == std::vector<std::string>{"net"});
}

TEST_CASE("partners of comparisons are known without being asked for, transfers, too") {
  Folder folder;
  folder.add("net", train);
  folder.add("moved", transfer);
  const std::string cep = "title: t\nsection: IV\nkind: train\ndata: cep\nrecipe: quick\npaper: {}\n";
  const auto plain = folder.add("plain", "name: plain\n" + cep);
  const auto ours = folder.add("ours", "name: ours\ncompare_with: [moved, plain]\n" + cep);
  CHECK(names_of(ml::load_experiments({ours})) == std::vector<std::string>{"ours"});
  CHECK(names_of(ml::load_partners({ours})) == std::vector<std::string>{"net", "moved", "plain"});
  CHECK(names_of(ml::load_partners({plain, ours})) == std::vector<std::string>{"net", "moved"});
  CHECK(ml::load_partners({plain}).empty());
  CHECK(read(transfer, "compare_with=net").compare_with == std::vector<std::string>{"net"});
}

TEST_CASE("experiments that do not fit together are refused") {
  Folder folder;
  SECTION("unknown name") {
    CHECK_THROWS_AS(ml::load_experiments({"cnn_r"}), ConfigError);
    CHECK_THROWS_WITH(ml::load_experiments({"cnn_r"}), Contains("did you mean 'cnn_R'"));
  }
  SECTION("unknown name in a list") {
    const auto list = folder.add("list", "experiments: [cnn_r]\n");
    CHECK_THROWS_WITH(ml::load_experiments({list}), Contains("list.yaml: experiments: 'cnn_r' is neither"));
  }
  SECTION("key that a list does not have") {
    const auto list = folder.add("list", "experiments: [cnn_R]\nseed: 3\n");
    CHECK_THROWS_WITH(ml::load_experiments({list}), Contains("list.yaml: seed: unknown key"));
  }
  SECTION("name that is not the file's") {
    const auto file = folder.add("other", train);
    CHECK_THROWS_WITH(ml::load_experiments({file}),
                      Contains("other.yaml: name: 'net' is not the file's name"));
  }
  SECTION("one name, two files") {
    const auto first = folder.add("net", train);
    const auto second = folder.add_folder("more") / "net.yaml";
    bondscope::write_file(second, train);
    CHECK_THROWS_WITH(ml::load_experiments({first, second}), Contains("name: 'net' is also the name of"));
  }
  SECTION("model that is not there") {
    const auto file = folder.add("moved", transfer);
    CHECK_THROWS_WITH(ml::load_experiments({file}), Contains("moved.yaml: model: 'net' is neither a file"));
  }
  SECTION("model that is not trained") {
    folder.add("net", "name: net\n" + baseline.substr(baseline.find('\n') + 1));
    const auto file = folder.add("moved", transfer);
    CHECK_THROWS_WITH(ml::load_experiments({file}),
                      Contains("model: 'net' is not an experiment of kind train"));
  }
  SECTION("model that is a list") {
    folder.add("net", "experiments: [cnn_R]\n");
    const auto file = folder.add("moved", transfer);
    CHECK_THROWS_WITH(ml::load_experiments({file}),
                      Contains("model: 'net' is not an experiment of kind train"));
  }
  SECTION("models in a circle") {
    folder.add("net", "name: net\nmodel: moved\n" +
                          transfer.substr(transfer.find('\n') + 1,
                                          transfer.find("model") - transfer.find('\n') - 1));
    const auto file = folder.add("moved", transfer);
    CHECK_THROWS_WITH(ml::load_experiments({file}), Contains("is not an experiment of kind train"));
  }
  SECTION("compared with what has other tests") {
    const auto refuses = [&](const std::string& name, const std::string& with, const std::string& why) {
      const auto file = folder.add(
          name, "name: " + name +
                    "\ntitle: t\nsection: II\nkind: train\ndata: cep\nrecipe: quick\ncompare_with: " + with +
                    "\npaper: {}\n");
      CHECK_THROWS_WITH(ml::load_experiments({file}), Contains("compare_with: '" + with + "' is " + why));
    };
    folder.add("net", train);
    refuses("other", "net", "about base; expected an experiment on cep");
    folder.add("curve", curve);
    refuses("again", "curve", "of kind learning_curve");
    refuses("itself", "itself", "this experiment; expected others");
  }
  SECTION("a mean of what has other tests, or of one") {
    const std::string mean = "name: mean\ntitle: t\nsection: II\nkind: mean\ndata: base\npaper: {R: 0.1}\n";
    folder.add("net", train);
    folder.add("compare", baseline);
    const auto file = folder.add("mean", mean + "of: [net, compare]\n");
    CHECK(names_of(ml::load_experiments({file})) == std::vector<std::string>{"net", "compare", "mean"});
    folder.add("mean", mean + "of: [net]\n");
    CHECK_THROWS_WITH(ml::load_experiments({file}), Contains("of: expected two experiments or more"));
    folder.add("mean", mean + "of: [net, curve]\n");
    folder.add("curve", curve);
    CHECK_THROWS_WITH(ml::load_experiments({file}), Contains("of: 'curve' is of kind learning_curve"));
  }
  SECTION("learning from its own data twice") {
    const auto file = folder.add("net", train + "with: base\n");
    CHECK_THROWS_WITH(ml::load_experiments({file}), Contains("with: 'base' is its own data"));
  }
  SECTION("one cell of Table I, two experiments") {
    const auto first = folder.add("compare", baseline);
    const auto second = folder.add("again", "name: again\n" + baseline.substr(baseline.find('\n') + 1));
    CHECK_THROWS_WITH(ml::load_experiments({first, second}),
                      Contains("table_row: 'Comparison' has a value for 'heh' already"));
  }
}

TEST_CASE("data are a store, or images of one") {
  const TemporaryFolder folder;
  CHECK_FALSE(ml::find_data(folder.path(), "base"));
  bondscope::write_file(folder / "base-images.h5", "images");
  CHECK(ml::find_data(folder.path(), "base") == folder / "base-images.h5");
  bondscope::write_file(folder / "base.h5", "store");
  CHECK(ml::find_data(folder.path(), "base") == folder / "base.h5");
  CHECK_THROWS_AS(ml::find_data(folder / "nowhere", "base"), FileError);
}
