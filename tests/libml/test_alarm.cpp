#include <numeric>

#include <catch2/catch.hpp>

#include "libml/arrays/rounded.hpp"
#include "libml/predict/alarm.hpp"
#include "libml/predict/calibration_content.hpp"
#include "libml/predict/traits.hpp"
#include "libpmd/base/error.hpp"
#include "tests/libml/baseline_samples.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
using ml::testing::invented_samples;

namespace {

constexpr int width = 32, height = 16;

std::vector<std::size_t> all_of(const ml::SampleSet& samples) {
  std::vector<std::size_t> all(samples.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

std::vector<double> truths_of(const ml::SampleSet& samples) {
  std::vector<double> truths;
  for (const auto& sample : samples.samples)
    truths.push_back(sample.parameters.R);
  return truths;
}

ml::KnownRuns known_runs(const ml::SampleSet& samples) {
  std::vector<std::int64_t> runs(samples.size());
  std::iota(runs.begin(), runs.end(), 0);
  return {samples, all_of(samples), runs, truths_of(samples), 1};
}

std::vector<ml::Strangeness> strangeness_of(const ml::KnownRuns& known, const ml::SampleSet& samples) {
  std::vector<ml::Strangeness> all;
  for (const auto& place : known.places(samples, all_of(samples), 1))
    all.push_back(place.strangeness);
  return all;
}

double share_raised(const ml::Alarm& alarm, const std::vector<ml::Strangeness>& asked) {
  return static_cast<double>(
             std::ranges::count_if(asked, [&](const ml::Strangeness& one) { return alarm(one, 0).raised; })) /
         static_cast<double>(asked.size());
}

/// Known runs, and an alarm calibrated with 200 others.
struct Calibrated {
  ml::SampleSet learned = invented_samples(200, 1, width, height);
  ml::KnownRuns known = known_runs(learned);
  ml::SampleSet held_back = invented_samples(200, 2, width, height);
  ml::Alarm alarm{strangeness_of(known, held_back), std::vector<double>(200)};
};

}  // namespace

TEST_CASE("the alarm is silent for what is known and raised for what is foreign") {
  const Calibrated c;
  // Of one calibration with 200 runs the rate of false alarms is 1 ± 0.7 %; of six it is known better.
  const auto fresh = strangeness_of(c.known, invented_samples(300, 3, width, height));
  double sum = 0;
  for (std::uint64_t seed = 20; seed < 26; ++seed)
    sum += share_raised(
        {strangeness_of(c.known, invented_samples(200, seed, width, height)), std::vector<double>(200)},
        fresh);
  INFO("false alarms " << sum / 6);
  CHECK(sum / 6 < 0.02);

  SECTION("another structure") {
    auto foreign = invented_samples(50, 4, width, height);
    for (std::size_t i = 0; i < foreign.size(); ++i)
      for (std::size_t p = 0; p < foreign.pixels_per_image(); ++p)
        if ((p / height / 2 + p % height / 2) % 2 == 0)
          foreign.pixels[i * foreign.pixels_per_image() + p] /= 2;
    CHECK(share_raised(c.alarm, strangeness_of(c.known, foreign)) == 1);
  }
  SECTION("mirror images") {
    auto foreign = invented_samples(50, 4, width, height);
    for (std::size_t i = 0; i < foreign.size(); ++i)
      ml::mirror(
          std::span(foreign.pixels).subspan(i * foreign.pixels_per_image(), foreign.pixels_per_image()),
          height, {.along_kx = true});
    CHECK(share_raised(c.alarm, strangeness_of(c.known, foreign)) > 0.95);
  }
  SECTION("another crop") {
    auto foreign = invented_samples(50, 4, width, height);
    for (auto& sample : foreign.samples)
      sample.extent = {-2, 2, -1, 1};
    // The invented runs have no extent of their own: there is nothing to be far from.
    CHECK(share_raised(c.alarm, strangeness_of(c.known, foreign)) < 0.2);
  }
}

TEST_CASE("the crop's extent counts where crops differ") {
  auto learned = invented_samples(100, 1, width, height), held_back = invented_samples(100, 2, width, height);
  for (auto* set : {&learned, &held_back})
    for (auto& sample : set->samples) {
      const double reach = 1 + sample.parameters.intensity_w_cm2 / 4e14;
      sample.extent = {-reach, reach, -reach / 2, reach / 2};
    }
  const auto known = known_runs(learned);
  const ml::Alarm alarm(strangeness_of(known, held_back), std::vector<double>(100));
  auto foreign = held_back;
  for (auto& sample : foreign.samples)
    sample.extent.kx_max += 1.5;
  const auto asked = strangeness_of(known, foreign);
  CHECK(share_raised(alarm, asked) == 1);
  CHECK(ml::Strangeness::names[alarm(asked.front(), 0).strangest] == std::string("extent"));
}

TEST_CASE("p-values of the alarm are uniform for what is known") {
  const Calibrated c;
  const auto asked = strangeness_of(c.known, invented_samples(600, 5, width, height));
  for (const double level : {0.1, 0.3, 0.5}) {
    const auto below = std::ranges::count_if(
        asked, [&](const ml::Strangeness& one) { return c.alarm(one, 0).p_value <= level; });
    INFO(level << ": " << below);
    CHECK(static_cast<double>(below) / 600 < level + 0.09);
    CHECK(static_cast<double>(below) / 600 > level - 0.09);
  }
}

TEST_CASE("the nearest known run is the one that is most alike") {
  const Calibrated c;
  auto asked = c.learned;
  const auto places = c.known.places(asked, std::vector<std::size_t>{17}, 1);
  CHECK(places[0].neighbours.front().known == 17);
  CHECK(places[0].neighbours.front().distance == Approx(0).margin(1e-3));
  CHECK(c.known.truths_of(17)[0] == static_cast<double>(static_cast<float>(asked.samples[17].parameters.R)));
  const auto reference = c.known.reference(places[0].references.front().known);
  CHECK(reference.known == 17);
  CHECK(reference.picture.size() == asked.pixels_per_image());
}

TEST_CASE("hints name the trait that is unusual") {
  std::vector<ml::Traits> traits;
  const auto samples = invented_samples(300, 1, width, height);
  const auto small = ml::thumbnails(samples, all_of(samples));
  for (std::size_t i = 0; i < small.size(); ++i)
    traits.push_back(ml::traits_of(small, i));
  auto noisy = samples;
  for (std::size_t p = 0; p < noisy.pixels.size(); ++p)
    noisy.pixels[p] = static_cast<std::uint8_t>(p % 2 == 0 ? noisy.pixels[p] / 2 : noisy.pixels[p]);
  const auto hints = ml::hints(ml::traits_of(ml::thumbnails(noisy, all_of(noisy)), 3), traits);
  CHECK(std::ranges::any_of(hints, [](const std::string& one) { return one.find("rougher") != one.npos; }));
  CHECK(ml::hints(traits[3], traits).size() <= 1);
}

TEST_CASE("what a calibration keeps comes back, and what does not fit is refused") {
  const Calibrated c;
  ml::ModelDescription model;
  model.recipe.targets = {"R"};
  model.recipe.image = c.learned.image;
  model.train.resize(c.learned.size());
  ml::CalibrationContent content{.evidence = {.targets = 1,
                                              .periods = {0},
                                              .answers = truths_of(c.held_back),
                                              .truths = truths_of(c.held_back),
                                              .electrons = std::vector<double>(200),
                                              .distances = std::vector<double>(200, 1.0)},
                                 .strangeness = strangeness_of(c.known, c.held_back),
                                 .traits = std::vector<ml::Traits>(200),
                                 .known = c.known};
  const auto learned = content.learned();
  const auto again = ml::CalibrationContent::from(learned, model);
  CHECK(again.learned().arrays == learned.arrays);
  const auto asked = invented_samples(5, 9, width, height);
  CHECK(strangeness_of(again.known, asked)[4].values == strangeness_of(c.known, asked)[4].values);

  for (std::size_t i = 0; i < learned.arrays.size(); ++i) {
    auto missing = learned;
    missing.arrays.erase(missing.arrays.begin() + static_cast<std::ptrdiff_t>(i));
    INFO(learned.arrays[i].name);
    CHECK_THROWS_AS(ml::CalibrationContent::from(missing, model), DataError);
    auto other_shape = learned;
    other_shape.arrays[i].shape.back() += 1;
    CHECK_THROWS_AS(ml::CalibrationContent::from(other_shape, model), DataError);
  }
  // Earlier versions had numbers of more bits, and no misfit, and ask about none.
  auto before = learned;
  for (auto& array : before.arrays)
    if (const auto* floats = std::get_if<std::vector<float>>(&array.values);
        floats && array.name != "mean_image" && array.name != "known.residuals" &&
        array.name != "known.extents")
      array.values = std::vector<double>(floats->begin(), floats->end());
  for (const auto& [name, scaled] :
       {std::pair{"components", ml::Scaled::rows}, {"known.features", ml::Scaled::columns}}) {
    const auto found = std::ranges::find(before.arrays, std::string(name), &ml::NamedArray::name);
    if (found->shape.size() == 3)
      found->values = ml::rounded_values(learned, name, {ml::Learned::any, width, height}, scaled);
    else
      found->values = ml::rounded_values(learned, name, {ml::Learned::any, ml::Learned::any}, scaled);
  }
  std::erase_if(before.arrays, [](const auto& array) { return array.name.ends_with(".exponents"); });
  for (auto& array : before.arrays) {
    if (array.name != "strangeness") continue;
    std::vector<double> values;
    for (const auto& one : content.strangeness)
      values.insert(values.end(), one.values.begin(), one.values.end() - 1);
    array = {array.name, {200, 5}, std::move(values)};
  }
  const auto old = ml::CalibrationContent::from(before, model);
  CHECK(old.learned().arrays == learned.arrays);
  auto with_misfit = strangeness_of(c.known, asked)[2];
  const auto p = c.alarm(with_misfit, 0).p_value;
  with_misfit.values.back() = 1e6;
  CHECK(ml::Alarm(old.strangeness, old.evidence.electrons)(with_misfit, 0).p_value == p);
  auto misfits = content.strangeness;
  for (auto& one : misfits)
    one.values.back() = 1;
  const ml::Alarm asks(misfits, std::vector<double>(200));
  CHECK(asks(with_misfit, 0).raised);
  CHECK(ml::Strangeness::names[asks(with_misfit, 0).strangest] == std::string("misfit"));

  // Pictures that are mirror images of themselves are kept by halves, and come back whole.
  auto symmetric = c.learned;
  for (std::size_t x = 0; x < symmetric.pixels.size(); x += height)
    for (std::size_t y = 0; y < height / 2; ++y)
      symmetric.pixels[x + y] = symmetric.pixels[x + height - 1 - y];
  content.known = known_runs(symmetric);
  const auto halved = content.learned();
  CHECK(halved.rows("references.images", {ml::Learned::any, width, height / 2}) == 200);
  CHECK(ml::CalibrationContent::from(halved, model).known.reference(7).picture ==
        content.known.reference(7).picture);

  auto fewer = model;
  fewer.train.resize(100);
  CHECK_THROWS_WITH(ml::CalibrationContent::from(learned, fewer), Contains("trained on"));
}
