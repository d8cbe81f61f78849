#include <algorithm>
#include <cmath>
#include <filesystem>

#include <catch2/catch.hpp>

#include "libml/explain/layers_report.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/box_muller.hpp"
#include "tests/libml/planted.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;

namespace {

ml::LayerOutputs random_outputs(std::size_t images, std::size_t features, const std::string& purpose) {
  ml::LayerOutputs outputs{.images = images, .channels = features, .values = {}};
  Random random(1, purpose);
  for (std::size_t i = 0; i < images * features; ++i)
    outputs.values.push_back(static_cast<float>(box_muller(random)));
  return outputs;
}

}  // namespace

TEST_CASE("layers are alike up to rotation, scale and shift, and unrelated ones are not") {
  auto outputs = random_outputs(12, 400, "one");
  auto changed = outputs;
  for (std::size_t image = 0; image < 12; ++image)
    for (std::size_t i = 0; i < 400; i += 2) {  // pairs of features turned by 45 degrees
      float* pair = &changed.values[image * 400 + i];
      const float a = pair[0], b = pair[1];
      pair[0] = 3 * (a - b) + 100;
      pair[1] = 3 * (a + b);
    }
  const auto products = ml::inner_products(outputs);
  CHECK(ml::alignment(products, ml::inner_products(changed)) == Approx(1).epsilon(1e-3));
  // Far more features than images: the biased estimate would be 0.97 here.
  CHECK(std::abs(ml::alignment(products, ml::inner_products(random_outputs(12, 400, "another")))) < 0.5);
  CHECK_THROWS_AS(ml::alignment(products, ml::inner_products(random_outputs(11, 400, "one"))), DataError);
  outputs.values[3] = NAN;
  CHECK_THROWS_AS(ml::inner_products(outputs), DataError);
}

TEST_CASE("components are the directions of the largest variance") {
  auto outputs = random_outputs(30, 5, "noise");
  for (std::size_t image = 0; image < 30; ++image)
    outputs.values[image * 5 + 2] = 10 * static_cast<float>(image);
  const auto components = ml::components_of(ml::inner_products(outputs), 3);
  REQUIRE(components.size() == 3);
  CHECK(components[0].share > 0.99);
  CHECK(components[0].share + components[1].share + components[2].share < 1);
  CHECK(std::abs(components[0].scores[29] - components[0].scores[0]) == Approx(290).epsilon(0.01));
  CHECK(ml::components_of(ml::inner_products(random_outputs(8, 2, "flat")), 5).size() == 2);
}

TEST_CASE("what the output layer sees gives the answer") {
  Trained trained;
  for (const auto* additive : {"network.additive=false", "network.additive=true"}) {
    const auto model =
        trained.model({"network.hidden=8", "network.extent=true", "training.epochs=1", additive});
    CHECK(ml::layers_from_below(model.network().spec()) ==
          std::vector<std::string>{"block1", "block2", "hidden"});
    const std::vector<std::size_t> chosen{3, 7};
    const auto seen = ml::layer_outputs(model, trained.samples, chosen, 2);
    std::vector<float> weight, bias;
    for (const auto& array : model.network().arrays()) {
      if (array.name == "output.weight") weight = array.floats();
      if (array.name == "output.bias") bias = array.floats();
    }
    REQUIRE(seen.channels == weight.size());
    const auto answers = model.method->predict(trained.samples, chosen);
    for (const std::size_t image : {0, 1}) {
      double sum = static_cast<double>(bias.at(0));
      for (std::size_t i = 0; i < weight.size(); ++i)
        sum += static_cast<double>(weight[i]) * static_cast<double>(seen.values[image * weight.size() + i]);
      const auto& scaling = model.preprocessing().targets[0];
      CHECK(scaling.offset + scaling.scale * sum == Approx(answers[image]).epsilon(1e-4));
    }
    CHECK(ml::layer_outputs(model, trained.samples, chosen, 0).along_kx == width / 2);
    CHECK_THROWS_AS(ml::layer_outputs(model, trained.samples, chosen, 3), DataError);
  }
}

TEST_CASE("a trained network orders images by what it was asked for, and is unlike an untrained one") {
  Trained trained;
  const auto model = trained.model({"network.hidden=8", "network.dropout=0"});
  auto more = planted_samples(20);
  for (auto& pixel : more.pixels)
    pixel = static_cast<std::uint8_t>(255 - pixel);
  std::vector<std::size_t> chosen, of_more;
  for (std::size_t i = 0; i < 20; ++i) {
    chosen.push_back(i);
    of_more.push_back(i);
  }
  const std::vector<ml::ImageGroup> groups{{trained.samples, chosen}, {more, of_more}};
  const std::vector<ml::Model> others{model};
  std::size_t done = 0;
  const auto found = ml::compare_layers(model, others, groups, [&](std::size_t, std::size_t) { ++done; });
  CHECK(done == 3);
  CHECK(found.images == 20);
  CHECK(found.quantities == std::vector<std::string>{"R", "intensity", "data set"});
  REQUIRE(found.layers.size() == 3);
  for (const auto& layer : found.layers) {
    REQUIRE(layer.likeness.size() == 2);
    CHECK(layer.likeness[0] == Approx(1).epsilon(1e-4));
    CHECK(layer.likeness[1] < 0.999);
  }
  const auto own = ml::compare_layers(model, {}, std::span(groups).first(1));
  CHECK(std::abs(own.layers.back().correlations[0][0]) > 0.9);  // R
  CHECK(std::abs(own.layers.back().correlations[0][1]) < 0.5);  // the intensity shows nowhere
  const auto text = ml::layers_summary(found, {"itself"});
  CHECK_THAT(text, Contains("untrained") && Contains("beside 1: itself") && Contains("data set"));
  CHECK_THAT(ml::layers_csv(found, {"itself"}), Contains("layer,beside 1,untrained\nblock1,1.0000,"));
  CHECK_THAT(ml::components_csv(found), Contains("hidden,1,"));
  const auto deeper = trained.model({"network.hidden=8", "network.blocks=3", "training.epochs=1"});
  CHECK_THROWS_AS(ml::compare_layers(model, std::vector<ml::Model>{deeper}, groups), ConfigError);
}

TEST_CASE("filters and what blocks make of an image become pictures") {
  Trained trained;
  const auto model = trained.model({"training.epochs=1"});
  const auto power = ml::filter_power(model, 1);
  CHECK(power.brightness + power.edges + power.spots == Approx(1));
  CHECK(power.edges > 0.2);
  CHECK(ml::filters_of(model, 2).channels == 8);
  CHECK_THROWS_AS(ml::filters_of(model, 3), ConfigError);
  const std::vector<ml::Model> two{model, model};
  const std::vector<std::string> names{"before", "after"};
  const std::vector<std::size_t> chosen{0, 1, 2, 3, 4};
  ml::draw_filters(trained.folder / "filters.png", two, names);
  ml::draw_feature_maps(trained.folder / "maps.png", two, names, trained.samples, chosen);
  for (const auto* name : {"filters.png", "maps.png"})
    CHECK(std::filesystem::file_size(trained.folder / name) > 10'000);
}
