#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <catch2/catch.hpp>

#include "libml/explain/laws.hpp"
#include "libml/explain/pixels.hpp"
#include "tests/libml/planted.hpp"
#include "tests/support/planned_store.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;
using namespace bondscope::ml::testing;

namespace {

/// Answers the distance whose fringes along kx an image shows most, as no network could do it better.
class FringeReader : public ml::Method {
 public:
  std::vector<double> predict(const ml::SampleSet& samples, std::span<const std::size_t> chosen,
                              const ml::LoadMonitor&) const override {
    std::vector<double> answers;
    for (const auto sample : chosen)
      answers.push_back(distance_of(samples, sample));
    return answers;
  }

 private:
  static double distance_of(const ml::SampleSet& samples, std::size_t sample) {
    const auto p = ml::probability_of(ml::pixels_of(samples, sample), samples.image);
    const auto& e = samples.samples[sample].extent;
    const auto kx = cell_centres(e.kx_min, e.kx_max, samples.image.width);
    double best = 0, most = -1;
    for (double distance = 2; distance < 12; distance += 0.05) {
      double sum = 0;
      for (std::size_t i = 0; i < p.size(); ++i)
        sum += static_cast<double>(p[i]) *
               std::cos(kx[i / static_cast<std::size_t>(samples.image.height)] * distance);
      if (sum > most) std::tie(best, most) = std::pair{distance, sum};
    }
    return best;
  }
};

/// Answers R, and half of the intensity on top.
class Confused : public ml::Method {
 public:
  std::vector<double> predict(const ml::SampleSet& samples, std::span<const std::size_t> chosen,
                              const ml::LoadMonitor&) const override {
    std::vector<double> answers;
    for (const auto sample : chosen) {
      const auto& run = samples.samples[sample].parameters;
      answers.push_back(run.R + 0.5 * run.intensity_w_cm2 / 1e14);
    }
    return answers;
  }
};

template <class Answering>
ml::Model model_that_answers() {
  ml::Model model;
  model.description.recipe = tiny();
  model.method = std::make_shared<Answering>();
  return model;
}

/// One image of probabilities under an even envelope with fringes of the distance R, as powers or logarithms.
ml::SampleSet fringed(double R, Scale scale, PixelValues values) {
  ml::SampleSet samples;
  samples.image.width = 64;
  samples.image.height = 32;
  samples.image.scale = scale;
  samples.image.exponent = 1;
  samples.image.values = values;
  ml::Sample sample;
  sample.parameters.R = R;
  sample.extent = {-2, 2, -1, 1};
  samples.samples.push_back(sample);
  const bool bytes = values == PixelValues::bytes;
  for (const double kx : cell_centres(-2, 2, samples.image.width))
    for (int y = 0; y < samples.image.height; ++y) {
      const double p = 0.1 + 0.9 * std::pow(std::cos(kx * R / 2), 2);
      const double shown = scale == Scale::power ? p : bytes ? std::log10(p) / 5 + 1 : std::log10(p);
      if (bytes)
        samples.pixels.push_back(static_cast<std::uint8_t>(std::lround(255 * shown)));
      else
        samples.floats.push_back(static_cast<float>(shown));
    }
  return samples;
}

}  // namespace

TEST_CASE("cells of a sum do nothing together, unless one of them sees both") {
  Trained trained;
  const ml::FaithfulnessSettings cells{.cells_kx = 8, .cells_ky = 4};
  const std::vector<std::size_t> some{0, 1, 2};
  const auto sum = trained.model({"network.hidden=8", "network.additive=true", "training.epochs=10"});
  const std::vector<ml::Explanation> of_first(some.size());  // of output 0; their maps are not looked at
  const auto of_sum = ml::pair_interactions(sum, trained.samples, some, of_first, cells);
  REQUIRE(of_sum.distances.size() == 4);
  CHECK(of_sum.single > 0.01);
  CHECK(of_sum.distances[0].interaction > 0);
  // A cell sees 10 pixels: with cells of 4, those farther apart than 3 do not meet in any.
  CHECK(of_sum.distances[3].pairs > 5);
  CHECK(of_sum.distances[3].interaction < 1e-5);
  const auto other = trained.model({"network.kind=dense", "network.units=32", "training.epochs=10"});
  CHECK(ml::pair_interactions(other, trained.samples, some, of_first, cells).distances[3].interaction > 1e-4);
  ml::Laws laws{.beyond = {.map = 0.1, .area = 0.3},
                .pairs = of_sum,
                .rings = {},
                .halves = {},
                .fringes = {},
                .parameters = {}};
  CHECK_THAT(ml::laws_summary(laws, "a.u."), Contains("10.0 % of the maps") && Contains("farther"));
  CHECK_THAT(ml::laws_csv(laws), Contains("pairs of cells,farther,") && !Contains("fringes"));
}

TEST_CASE("how much of a map lies beyond the direct electrons") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder, {.runs = 4});
  const std::vector<std::size_t> chosen{0, 1, 2, 3};
  std::vector<ml::Explanation> maps(4);
  for (auto& one : maps)
    one.map.assign(samples.pixels_per_image(), -2);
  const auto even = ml::beyond_direct(samples, chosen, maps);
  CHECK(even.area > 0.01);
  CHECK(even.area < 0.99);
  CHECK(even.map == Approx(even.area));
  CHECK(ml::beyond_direct(planted_samples(1), std::vector<std::size_t>{0}, maps).area == 0);
}

TEST_CASE("planted fringes are a factor of the probability, in every representation") {
  for (const auto& [scale, values, near] : {std::tuple{Scale::power, PixelValues::floats, 1e-5},
                                            {Scale::log, PixelValues::floats, 1e-5},
                                            {Scale::power, PixelValues::bytes, 0.06},
                                            {Scale::log, PixelValues::bytes, 0.03}}) {
    const auto samples = fringed(4, scale, values);
    const std::vector<ml::Fringes> fringes{{},
                                           {.distance = 3, .angle = 0, .amplitude = 0.5},
                                           {.distance = 3, .angle = std::numbers::pi / 2, .amplitude = 0.5}};
    const auto planted = ml::with_fringes(samples, 0, fringes);
    REQUIRE(planted.size() == 3);
    CHECK(ml::pixels_of(planted, 0) == ml::pixels_of(samples, 0));
    const auto before = ml::probability_of(ml::pixels_of(samples, 0), samples.image);
    const auto kx = cell_centres(-2, 2, 64), ky = cell_centres(-1, 1, 32);
    for (const std::size_t which : {1, 2}) {
      const auto after = ml::probability_of(ml::pixels_of(planted, which), samples.image);
      CHECK(*std::ranges::max_element(after) == Approx(*std::ranges::max_element(before)).epsilon(near));
      const auto ratio = [&](std::size_t x, std::size_t y) {
        return static_cast<double>(after[x * 32 + y]) / static_cast<double>(before[x * 32 + y]);
      };
      const auto factor = [&](std::size_t x, std::size_t y) {
        return 1 + 0.5 * std::cos(3 * (which == 1 ? kx[x] : ky[y]));
      };
      for (const auto& [x, y] : {std::pair<std::size_t, std::size_t>{20, 3}, {40, 16}, {33, 31}})
        CHECK(ratio(x, y) / ratio(32, 16) == Approx(factor(x, y) / factor(32, 16)).epsilon(2 * near));
    }
  }
}

TEST_CASE("who reads fringes is pulled by planted ones, along the molecule and not across it") {
  const auto samples = fringed(5, Scale::power, PixelValues::floats);
  const std::vector<std::size_t> chosen{0};
  const auto found = ml::fringe_responses(model_that_answers<FringeReader>(), samples, chosen, 0, 0.9);
  REQUIRE(found.at.size() == 7);
  CHECK(found.slope_along > 0.2);
  CHECK(std::abs(found.slope_across) < 0.01);
  CHECK(found.at[3].shift == 0);
  CHECK(std::abs(found.at[3].along) < 0.3);
  const auto untouched = ml::fringe_responses(model_that_answers<FringeReader>(), samples, chosen, 0, 0);
  CHECK(untouched.slope_along == 0);
}

TEST_CASE("pairs of runs say how an answer changes with one parameter") {
  const TemporaryFolder folder;
  synthetic::make_planned(
      folder / "store.h5",
      "name: pairs\nseed: 1\npulse: {wavelength_nm: 800, cycles: 2}\nsoftening: 0.5\nmolecule: H2+\n"
      "runs: 3\nR: [2, 7]\nintensity_w_cm2: [1e14, 4e14]\ncep: 0\nangle: 0\n"
      "displaced: {R: 0.1, intensity_w_cm2: 1e13}\n");
  const auto samples = ml::load_samples(folder / "store.h5", tiny().image, 1);
  const auto found = ml::parameter_responses(model_that_answers<Confused>(), samples, 0);
  REQUIRE(found.size() == 2);
  CHECK(found[0].parameter == "R");
  CHECK(found[0].pairs == 3);
  CHECK(found[0].step == Approx(0.2));
  CHECK(found[0].expected == 1);
  CHECK(found[0].mean == Approx(1));
  CHECK(found[0].rms == Approx(0).margin(1e-9));
  CHECK(found[1].parameter == "intensity");
  CHECK(found[1].mean == Approx(0.5));
  CHECK(found[1].rms == Approx(0.5));
}

TEST_CASE("rings and halves do what the network makes of them") {
  const TemporaryFolder folder;
  const auto samples = some_samples(folder, {.runs = 16});
  train_tiny(folder / "m", samples, tiny({"network.blocks=2", "training.epochs=2"}));
  const auto model = ml::load_model(folder / "m", ml::Weights::best, ml::Device::cpu);
  const std::vector<std::size_t> chosen{0, 5, 9};
  const std::vector<ml::Explanation> of_first(chosen.size());
  const auto rings = ml::ring_influences(model, samples, chosen, of_first);
  REQUIRE(rings.size() == 5);
  double area = 0;
  for (const auto& ring : rings)
    area += ring.area;
  CHECK(area == Approx(1));
  CHECK(rings[0].effect > 0);
  const auto halves = ml::half_influence(model, samples, chosen, of_first);
  auto turned = samples;
  for (auto& sample : turned.samples)
    sample.parameters.angle = 0.5;
  CHECK(ml::half_influence(model, turned, chosen, of_first).images == 0);
  CHECK(halves.images == chosen.size());
  CHECK(halves.effect > 0);
  CHECK(halves.difference <= 2 * halves.effect);
}
