// Maximum likelihood: as near to the truth as counted electrons allow, whatever an experiment did that it was
// told of.

#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

#include "libml/baselines/baseline.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/detector/degrade.hpp"

using namespace bondscope;

namespace {

constexpr int width = 26, height = 16;
const MomentumPlane plane{.kx_points = width,
                          .ky_points = height,
                          .kx_first = -2.6 + 0.1,
                          .ky_first = -1.5 + 1.5 / height,
                          .dkx = 0.2,
                          .dky = 3.0 / height};
const std::vector<std::string> targets{"R", "intensity"};

/// A spot that grows with the intensity, with fringes whose distance depends on R.
ml::SampleSet samples(std::size_t count, std::uint64_t seed) {
  ml::SampleSet set;
  set.image = {.width = width,
               .height = height,
               .window = Window::fixed,
               .scale = Scale::power,
               .exponent = 1,
               .normalisation = Normalisation::sum,
               .values = PixelValues::floats};
  set.source.store = "invented";
  Random random(seed, "invented");
  for (std::size_t i = 0; i < count; ++i) {
    ml::Sample sample;
    sample.number = i;
    auto& run = sample.parameters;
    run.R = 1 + 3 * random.uniform();
    run.intensity_w_cm2 = (1 + 3 * random.uniform()) * 1e14;
    set.samples.push_back(sample);
    for (int x = 0; x < width; ++x)
      for (int y = 0; y < height; ++y) {
        const double kx = plane.kx_first + x * plane.dkx, ky = plane.ky_first + y * plane.dky;
        const double k2 = (kx - 0.2) * (kx - 0.2) + ky * ky, size = 0.5 + run.intensity_w_cm2 / 4e14;
        set.floats.push_back(static_cast<float>(std::exp(-k2 / size) * (1.2 + std::cos(2 * run.R * kx))));
      }
  }
  return set;
}

std::vector<std::size_t> all(const ml::SampleSet& set) {
  std::vector<std::size_t> positions(set.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  return positions;
}

ml::SampleSet seen(ml::SampleSet set, const Degradation& degradation) {
  for (std::size_t i = 0; i < set.size(); ++i)
    std::ranges::copy(detected(set.floats_of(i), plane, degradation, {7, i}),
                      set.floats.begin() + static_cast<std::ptrdiff_t>(i * width * height));
  return set;
}

std::unique_ptr<ml::Baseline> make(std::vector<std::string> effects = {}) {
  return ml::make_baseline("likelihood", {.threads = 2,
                                          .mirrors = {.along_ky = true},
                                          .signs = ml::unchanged(targets.size()),
                                          .effects = std::move(effects)});
}

double mean_error(const ml::Baseline& method, const ml::SampleSet& set) {
  const auto answers = method.predict(set, all(set));
  double sum = 0;
  for (std::size_t i = 0; i < set.size(); ++i)
    sum +=
        std::abs(answers[targets.size() * i] - set.samples[i].parameters.R) / static_cast<double>(set.size());
  return sum;
}

}  // namespace

TEST_CASE("a hundred times the electrons give a tenth of the error") {
  const auto known = samples(150, 1), unknown = samples(60, 2);
  const auto method = make();
  method->fit(known, all(known), targets);
  CHECK(mean_error(*method, unknown) < 0.001);
  const double few = mean_error(*method, seen(unknown, {.electrons = 1e3}));
  const double many = mean_error(*method, seen(unknown, {.electrons = 1e5}));
  CHECK(few < 0.1);
  CHECK(few / many == Approx(10).epsilon(0.3));
}

TEST_CASE("what an experiment does is found with the targets, if it is asked for") {
  const auto known = samples(150, 1), unknown = samples(40, 2);
  const auto blind = make(), told = make({"resolution_au", "background", "saturation"});
  blind->fit(known, all(known), targets);
  told->restore(known.image, targets, blind->learned());
  const Degradation done{.resolution_au = 0.15, .background = 0.1, .saturation = 2, .electrons = 1e6};
  const double biased = mean_error(*blind, seen(unknown, done));
  CHECK(mean_error(*told, seen(unknown, done)) < 0.2 * biased);
  CHECK(mean_error(*told, seen(unknown, {.electrons = 1e6})) < 0.01);
}

TEST_CASE("a restored likelihood answers the same bits, and what does not fit is refused") {
  const auto known = samples(60, 1), unknown = samples(10, 2);
  const auto method = make({"background"});
  method->fit(known, all(known), targets);
  const auto learned = method->learned();
  const auto restored = make({"background"});
  restored->restore(known.image, targets, learned);
  CHECK(restored->predict(unknown, all(unknown)) == method->predict(unknown, all(unknown)));
  const auto broken = [&](const auto& change) {
    auto other = learned;
    change(other);
    CHECK_THROWS_AS(make()->restore(known.image, targets, other), DataError);
  };
  broken([](ml::Learned& other) { other.settings["length_1"] = 0; });
  broken([](ml::Learned& other) { other.settings.erase("length_2"); });
  broken([](ml::Learned& other) { other.arrays.pop_back(); });
  broken([](ml::Learned& other) { other.arrays.front().shape.front() = 3; });
}

TEST_CASE("a likelihood refuses what it cannot tell") {
  auto known = samples(10, 1);
  CHECK_THROWS_AS(make()->fit(known, all(known), {"R"}), ConfigError);  // the intensity differs, too
  CHECK_THROWS_AS(make({"weather"}), ConfigError);
  CHECK_THROWS_AS(ml::make_baseline("likelihood", {.mirrors = {.along_kx = true}, .signs = ml::unchanged(2)}),
                  ConfigError);
  known.image.scale = Scale::log;
  CHECK_THROWS_AS(make()->fit(known, all(known), targets), ConfigError);
  auto dark = samples(10, 1);
  const auto method = make();
  method->fit(dark, all(dark), targets);
  std::ranges::fill(dark.floats, 0.0F);
  CHECK_THROWS_AS(method->predict(dark, all(dark)), DataError);
}
