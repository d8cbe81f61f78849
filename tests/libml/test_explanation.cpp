#include <algorithm>
#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

#include "libml/explain/cells.hpp"
#include "libml/explain/dictionary_maker.hpp"
#include "libml/explain/explanation_report.hpp"
#include "libml/explain/figures.hpp"
#include "libml/explain/gradients.hpp"
#include "libml/explain/information.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/store/derived_store.hpp"
#include "tests/libml/planted.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;
using Method = bondscope::ml::ExplanationMethod;

namespace {

/// Share of the map's size in the cells of 4 × 4 that the square is in and those around it: 9 of 32.
double share_around_planted(const std::vector<float>& map) {
  const auto cells = ml::in_cells(map, width, height, 8, 4, true);
  double inside = 0, all = 0;
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    const std::size_t x = cell / 4, y = cell % 4;
    all += cells[cell];
    if (x >= 4 && x <= 6 && y >= 1 && y <= 3) inside += cells[cell];
  }
  return inside / all;
}

ml::ExplanationSettings settings_of(Method method) {
  ml::ExplanationSettings settings{.method = method, .mask = 0.25, .stride = 0.125};
  settings.lime = {.cells_kx = 8, .cells_ky = 4, .samples = 150};
  return settings;
}

}  // namespace

TEST_CASE("every method finds what tells R, and sums up where it says so") {
  Trained trained;
  const auto model = trained.model({"network.hidden=8", "network.extent=false", "network.additive=true"});
  const auto& samples = trained.samples;
  for (const auto method :
       {Method::occlusion, Method::grad_cam, Method::lime, Method::integrated_gradients, Method::additive}) {
    INFO(to_string(method));
    double share = 0;
    for (std::size_t i = 0; i < 10; ++i) {
      const auto found = ml::explain(model, samples, i, 0, settings_of(method));
      REQUIRE(found.map.size() == width * height);
      const auto answers = model.method->predict(samples, std::vector<std::size_t>{i});
      CHECK(found.answer == Approx(answers.front()).epsilon(1e-4));
      share += share_around_planted(found.map) / 10;
      const double sum = std::accumulate(found.map.begin(), found.map.end(), 0.0);
      const double change = found.answer - found.baseline;
      if (method == Method::additive) CHECK(sum == Approx(change).margin(1e-3));
      if (method == Method::integrated_gradients) CHECK(sum == Approx(change).margin(0.1));
    }
    CHECK(share > 0.4);  // of an even map 0.28
  }
}

TEST_CASE("contributions and a constant are the answer") {
  Trained trained;
  const auto model = trained.model(
      {"network.hidden=8", "network.extent=true", "network.additive=true", "training.epochs=2"});
  for (std::size_t i = 0; i < 3; ++i) {
    const std::vector<std::size_t> one{i};
    const auto parts = ml::contributions(model, model.preprocessing().inputs(trained.samples, one),
                                         model.preprocessing().extents(trained.samples, one), 0);
    CHECK(parts.parts.size() == 8 * 4);
    CHECK(std::accumulate(parts.parts.begin(), parts.parts.end(), parts.rest) ==
          Approx(model.method->predict(trained.samples, one).front()).epsilon(1e-5));
  }
}

TEST_CASE("gradients along the way sum up, with the crop's extent as it is") {
  Trained trained;
  const auto model = trained.model({"network.hidden=8", "network.extent=true", "network.filters=32"});
  auto settings = settings_of(Method::integrated_gradients);
  settings.steps = 200;
  const auto found = ml::explain(model, trained.samples, 3, 0, settings);
  CHECK(std::accumulate(found.map.begin(), found.map.end(), 0.0) ==
        Approx(found.answer - found.baseline).margin(0.02));
  CHECK(std::abs(found.answer - found.baseline) > 0.05);
}

TEST_CASE("tests of faithfulness tell a good map from chance and from an untrained network") {
  Trained trained;
  const auto model = trained.model({"network.hidden=8"});
  const ml::FaithfulnessSettings cells{.cells_kx = 8, .cells_ky = 4, .steps = 8, .random_orders = 3};
  const std::vector<std::size_t> chosen{0, 1, 2, 3, 4, 5};
  std::vector<ml::Explanation> explained;
  for (const auto sample : chosen)
    explained.push_back(ml::explain(model, trained.samples, sample, 0, settings_of(Method::occlusion)));
  std::size_t done = 0;
  const auto count = [&](std::size_t, std::size_t) { ++done; };
  const auto scores = ml::test_faithfulness(model, trained.samples, chosen, explained,
                                            settings_of(Method::occlusion), cells, count);
  CHECK(done == chosen.size());
  CHECK(scores.images == 6);
  CHECK(scores.curves.deletion > scores.curves.random);
  CHECK(scores.curves.insertion < scores.curves.random);
  CHECK(std::isnan(scores.incompleteness));
  CHECK(scores.stability > 0.8);
  REQUIRE(scores.randomised.size() == ml::layers_from_above(model.network().spec()).size());
  CHECK(scores.randomised.back() < scores.stability);
  const auto text = ml::faithfulness_summary(scores, model.network().spec(), "a.u.");
  CHECK_THAT(text, Contains("random order") && Contains("block1"));
  CHECK(ml::agreement(explained, model, trained.samples, chosen, settings_of(Method::occlusion), cells,
                      count) == Approx(1));
  CHECK(done == 2 * chosen.size());
  CHECK_THROWS_AS(ml::agreement(explained, model, trained.samples, std::vector<std::size_t>{0},
                                settings_of(Method::occlusion), cells),
                  DataError);
  CHECK(ml::with_random_layers(model, 0).network().arrays() == model.network().arrays());
}

TEST_CASE("each image is tested for the class that its explanation is of") {
  Trained trained;
  auto samples = trained.samples;
  train_tiny(trained.folder / "classes", samples,
             tiny({"network.blocks=2", "training.epochs=5", "classes=[1, 3, 5, 8]",
                   "training.loss=cross_entropy", "preprocessing.target_scaling=none"}));
  const auto model = ml::load_model(trained.folder / "classes", ml::Weights::best, ml::Device::cpu);
  const ml::FaithfulnessSettings cells{.cells_kx = 8, .cells_ky = 4, .steps = 8, .random_orders = 2};
  const std::vector<std::size_t> chosen{0, 1};
  const auto scores_of = [&](std::size_t first, std::size_t second) {
    const std::vector<ml::Explanation> explained{
        ml::explain(model, samples, 0, first, settings_of(Method::occlusion)),
        ml::explain(model, samples, 1, second, settings_of(Method::occlusion))};
    const auto scores =
        ml::test_faithfulness(model, samples, chosen, explained, settings_of(Method::occlusion), cells);
    double expected = 0;
    for (const auto sample : chosen) {
      const std::vector<std::size_t> one{sample};
      const auto extent =
          model.network().spec().extent ? model.preprocessing().extents(samples, one) : std::vector<float>{};
      expected +=
          ml::deletion_curves(ml::answers_of(model, extent), model.preprocessing().inputs(samples, one),
                              width, height, explained[sample].output, explained[sample].map, cells)
              .deletion /
          2;
    }
    CHECK(scores.curves.deletion == Approx(expected));
    return scores.curves.deletion;
  };
  CHECK(scores_of(1, 2) != scores_of(0, 0));
}

TEST_CASE("rank correlations") {
  CHECK(ml::rank_correlation(std::vector<double>{1, 2, 3}, std::vector<double>{10, 20, 90}) == Approx(1));
  CHECK(ml::rank_correlation(std::vector<double>{1, 2, 3}, std::vector<double>{3, 2, 1}) == Approx(-1));
  CHECK(ml::rank_correlation(std::vector<double>{1, 1, 1}, std::vector<double>{3, 2, 1}) == 0);
  // Ranks 0, 1.5, 1.5, 3 and 0, 1, 2, 3: 4.5/√(4.5·5).
  CHECK(ml::rank_correlation(std::vector<double>{1, 2, 2, 3}, std::vector<double>{1, 2, 3, 4}) ==
        Approx(4.5 / std::sqrt(4.5 * 5)));
  CHECK_THROWS_AS(ml::rank_correlation(std::vector<double>{1}, std::vector<double>{1}), DataError);
  CHECK_THROWS_AS(ml::rank_correlation(std::vector<double>{1, NAN}, std::vector<double>{1, 2}), DataError);
}

TEST_CASE("what cannot be explained is refused") {
  Trained trained;
  const auto model = trained.model({"network.kind=dense", "network.units=8", "training.epochs=1"});
  CHECK_THROWS_WITH(ml::explain(model, trained.samples, 0, 0, settings_of(Method::grad_cam)),
                    Contains("convolutions"));
  CHECK_THROWS_WITH(ml::explain(model, trained.samples, 0, 0, settings_of(Method::additive)),
                    Contains("--recipe additive"));
  CHECK_THROWS_AS(ml::explain(model, trained.samples, 0, 1, settings_of(Method::integrated_gradients)),
                  DataError);
  auto of_spectra = model;
  of_spectra.description.recipe.image.view = View::dp_dkx;
  CHECK_THROWS_WITH(ml::expect_explainable(of_spectra, Method::occlusion), Contains("one-dimensional"));
  CHECK_THROWS_WITH(ml::DictionaryMaker(model, trained.samples, std::vector<std::size_t>{0}, ml::paper_bands,
                                        settings_of(Method::occlusion)),
                    Contains("--recipe classifier"));
}

TEST_CASE("averages are on the same momenta, whatever an image's crop") {
  auto samples = planted_samples(3);
  samples.samples[0].parameters = {.R = 2, .intensity_w_cm2 = 2e14};
  samples.samples[1].parameters = {.R = 2.5, .intensity_w_cm2 = 2e14};
  samples.samples[2].parameters = {.R = 6, .intensity_w_cm2 = 9e14};  // in no bin
  samples.samples[1].extent = {-1, 1, -0.5, 0.5};
  const std::vector<std::vector<float>> maps(3, std::vector<float>(width * height, 1.0f));
  const auto averages = ml::average_maps(samples, std::vector<std::size_t>{0, 1, 2}, maps, true,
                                         ml::even_edges(1, 4, 1), ml::even_edges(1, 4, 1));
  REQUIRE(averages.bins.size() == 1);
  const auto& bin = averages.bins.front();
  CHECK(bin.count == 2);
  CHECK(bin.R == Approx(2.25));
  CHECK(averages.extent == Extent{-2, 2, -1, 1});
  const double cell = 8.0 / static_cast<double>(averages.width * averages.height);
  // Each map's integral over momenta is its sum, and each attention's is 1.
  CHECK(cell * std::accumulate(bin.mean.begin(), bin.mean.end(), 0.0) ==
        Approx(width * height).epsilon(1e-3));
  CHECK(cell * std::accumulate(bin.attention.begin(), bin.attention.end(), 0.0) == Approx(1).epsilon(1e-3));
  // The middle is in both crops, the rim in one.
  CHECK(bin.mean[averages.height / 2 + averages.width / 2 * averages.height] == Approx((64 + 256) / 2.0));
  CHECK(bin.mean.front() == Approx(32));
  CHECK_THROWS_AS(ml::average_maps(samples, std::vector<std::size_t>{0}, maps, true, ml::even_edges(1, 4, 1),
                                   ml::even_edges(1, 4, 1)),
                  DataError);
}

TEST_CASE("maps are compared with where information lies") {
  // As if the information lay where the probability does.
  const TemporaryFolder folder;
  const auto samples = some_samples(folder, {.runs = 6});
  const auto information = Store::open(folder / "store.h5", Store::Mode::read);
  const auto chosen = ml::samples_with_information(information, samples);
  REQUIRE(chosen.size() == samples.size());
  std::vector<ml::Explanation> even(chosen.size());
  for (auto& one : even)
    one.map.assign(samples.pixels_per_image(), 1);
  const ml::FaithfulnessSettings cells{.cells_kx = 8, .cells_ky = 4};
  const auto scores = ml::compare_with_information(information, samples, chosen, even, cells);
  CHECK(scores.all.runs == chosen.size());
  CHECK(scores.all.map.correlation == 0);
  CHECK(scores.all.map.share == Approx(scores.all.area));
  CHECK(scores.all.probability.correlation > 0.9);
  CHECK(scores.all.probability.share > 0.4);
  CHECK(scores.all.probability.share > 2 * scores.all.area);
  CHECK_THAT(ml::information_summary(scores), Contains("edge detector"));
  // Every run is in one bin of R.
  std::size_t in_bins = 0;
  for (const auto& bin : scores.bins)
    if (bin.range.starts_with("R ")) in_bins += bin.means.runs;
  CHECK(in_bins == scores.all.runs);
  CHECK(ml::samples_with_information(information, planted_samples(3)).empty());
  CHECK_THROWS_AS(ml::compare_with_information(information, planted_samples(3), std::vector<std::size_t>{0},
                                               std::vector<ml::Explanation>(1), cells),
                  DataError);
}

TEST_CASE("only stores of information about the target are compared with") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder, {.runs = 3});
  const auto store = Store::open(folder / "store.h5", Store::Mode::read);
  CHECK_THROWS_WITH(ml::open_information(folder / "store.h5", "R"), Contains("no store of information"));
  const auto derive = [&](const std::string& name, const std::string& kind, float first) {
    std::vector<DerivedRow> rows;
    for (std::size_t row = 0; row < store.size(); ++row)
      rows.push_back({store.description().runs[row], Use::any, {link_to(store, row, 1)}});
    write_derived(folder / name, {&store}, R"({"kind": ")" + kind + R"(", "parameter": "R"})", rows,
                  [&](std::size_t row) {
                    DerivedDistribution made{intact_pmd(store, row), store.diagnostics(row)};
                    made.pmd.front() = first;
                    return made;
                  });
    return folder / name;
  };
  const auto file = derive("information.h5", "sensitivity", 0);
  CHECK(ml::samples_with_information(ml::open_information(file, "R"), samples).size() == 3);
  CHECK_THROWS_WITH(ml::open_information(file, "intensity_w_cm2"), Contains("information about \"R\""));
  CHECK_THROWS_WITH(ml::open_information(derive("other.h5", "focal_average", 0), "R"),
                    Contains("no store of information"));
  const auto negative = ml::open_information(derive("negative.h5", "sensitivity", -1), "R");
  std::vector<ml::Explanation> even(1);
  even.front().map.assign(samples.pixels_per_image(), 1);
  CHECK_THROWS_WITH(ml::compare_with_information(negative, samples, std::vector<std::size_t>{0}, even, {}),
                    Contains("negative or not finite"));
}

TEST_CASE("explanations become tables and pictures") {
  Trained trained;
  const auto model = trained.model({"training.epochs=1"});
  ml::Explanations all{.method = Method::integrated_gradients, .chosen = {0, 5, 7}, .of = {}, .unit = "a.u."};
  for (const auto sample : all.chosen)
    all.of.push_back(ml::explain(model, trained.samples, sample, 0, settings_of(all.method)));
  const auto csv = ml::explanations_csv(trained.samples, all);
  CHECK(std::ranges::count(csv, '\n') == 4);
  CHECK(ml::explanations_safetensors(trained.samples, all).size() > 3 * width * height * sizeof(float));
  const auto sheet = trained.folder / "sheet.png", averages = trained.folder / "averages.png";
  ml::draw_explanations(sheet, "three", trained.samples, all);
  CHECK(std::filesystem::file_size(sheet) > 10'000);
  ml::draw_averages(
      averages, "three", trained.samples,
      ml::average_maps(trained.samples, all.chosen, {all.of[0].map, all.of[1].map, all.of[2].map}, true,
                       ml::even_edges(1, 8, 2), ml::even_edges(1, 4, 2)),
      false, "a.u.");
  CHECK(std::filesystem::file_size(averages) > 10'000);
  CHECK_THROWS_AS(ml::draw_map_sheet(sheet, "", {}, 1), DataError);
}
