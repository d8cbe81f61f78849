// Maximum likelihood: as near to the truth as counted electrons allow, whatever an experiment did that it was
// told of.

#include <cmath>
#include <numeric>
#include <tuple>

#include <catch2/catch.hpp>

#include "libml/baselines/baseline.hpp"
#include "libml/baselines/likelihood.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/detector/degrade.hpp"
#include "libpmd/model/units.hpp"

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

/// A spot that grows with the intensity, with fringes whose distance depends on R, shifted by the phase and
/// as well by the angle, [kx][ky].
std::vector<float> image_of(const RunParameters& run) {
  std::vector<float> image;
  for (int x = 0; x < width; ++x)
    for (int y = 0; y < height; ++y) {
      const double kx = plane.kx_first + x * plane.dkx, ky = plane.ky_first + y * plane.dky;
      const double shift = run.cep + run.angle, x0 = 0.2 + shift, k2 = (kx - x0) * (kx - x0) + ky * ky,
                   size = 0.5 + run.intensity_w_cm2 / 4e14;
      image.push_back(static_cast<float>(std::exp(-k2 / size) * (1.2 + std::cos(2 * run.R * (kx - shift)))));
    }
  return image;
}

double yield_of(const RunParameters& run) {
  return 1e-4 * std::pow(run.intensity_w_cm2 / 1e14, 4) * std::exp(run.cep + run.angle);
}

/// Phases from -phases to phases.
ml::SampleSet samples(std::size_t count, std::uint64_t seed, double phases = 0) {
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
    if (phases > 0) run.cep = phases * (2 * random.uniform() - 1);
    sample.yield = yield_of(run);
    set.samples.push_back(sample);
    std::ranges::copy(image_of(run), std::back_inserter(set.floats));
  }
  return set;
}

std::vector<std::size_t> all(const ml::SampleSet& set) {
  std::vector<std::size_t> positions(set.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  return positions;
}

ml::SampleSet seen(ml::SampleSet set, const Degradation& degradation) {
  for (std::size_t i = 0; i < set.size(); ++i) {
    std::ranges::copy(detected(set.floats_of(i), plane, degradation, {7, i}),
                      set.floats.begin() + static_cast<std::ptrdiff_t>(i * width * height));
    set.samples[i].electrons = degradation.electrons.value_or(0);
  }
  return set;
}

/// Of one shot.
std::vector<float> shot_of(const RunParameters& run) {
  auto image = image_of(run);
  const auto sum = std::accumulate(image.begin(), image.end(), 0.0F);
  for (auto& value : image)
    value *= static_cast<float>(yield_of(run)) / sum;
  return image;
}

/// Averages over shots whose intensity varies by so much of itself, and whose phase (or angle) by so much.
ml::SampleSet over_shots(ml::SampleSet set, double jitter, double of_phase = 0, bool of_angle = false) {
  constexpr int nodes = 15;  // more than the likelihood takes
  const auto at = [&](const RunParameters& run) {
    std::vector<float> mean(set.pixels_per_image());
    for (const auto& node : normal_nodes(of_phase > 0 ? nodes : 1)) {
      auto shot = run;
      (of_angle ? shot.angle : shot.cep) += of_phase * node.place;
      const auto image = shot_of(shot);
      for (std::size_t p = 0; p < mean.size(); ++p)
        mean[p] += static_cast<float>(node.weight) * image[p];
    }
    return mean;
  };
  for (std::size_t i = 0; i < set.size(); ++i)
    std::ranges::copy(jittered(at, set.samples[i].parameters, jitter, nodes),
                      set.floats.begin() + static_cast<std::ptrdiff_t>(i * width * height));
  return set;
}

/// Of runs in the middle of the range, whose shots are all within it.
ml::SampleSet in_the_middle(std::size_t count, std::uint64_t seed, double phases = 0) {
  auto set = samples(count, seed, phases);
  for (std::size_t i = 0; i < count; ++i)
    set.samples[i].parameters.intensity_w_cm2 =
        1.6e14 + 0.4 * (set.samples[i].parameters.intensity_w_cm2 - 1e14);
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
  // What was found explains the counts, and what was not asked for does not.
  const auto mean_misfit = [&](const ml::Baseline& method, const Degradation& degradation) {
    const auto counted = seen(unknown, degradation);
    double sum = 0;
    for (const auto& of_run : method.peaks(counted, all(counted)))
      sum += of_run.front().misfit / static_cast<double>(counted.size());
    return sum;
  };
  const Degradation fewer{.resolution_au = 0.15, .background = 0.1, .saturation = 2, .electrons = 1e4};
  CHECK(mean_misfit(*told, fewer) == Approx(1).margin(0.15));
  CHECK(mean_misfit(*blind, {.electrons = 1e4}) == Approx(1).margin(0.15));
  CHECK(mean_misfit(*blind, fewer) > 1.5);
  CHECK(mean_error(*told, seen(unknown, {.electrons = 1e6})) < 0.01);
}

TEST_CASE("shots of different intensity are told apart from another intensity, and how different is found") {
  const auto known = samples(150, 1), unknown = in_the_middle(40, 2);
  const auto blind = make(), told = make({"background", "intensity_jitter"});
  blind->fit(known, all(known), targets);
  told->restore(known.image, targets, blind->learned());
  const auto error_of_intensity = [](const ml::Baseline& method, const ml::SampleSet& set) {
    const auto answers = method.predict(set, all(set));
    double sum = 0;
    for (std::size_t i = 0; i < set.size(); ++i)
      sum += std::abs(answers[targets.size() * i + 1] - set.samples[i].parameters.intensity_w_cm2 / 1e14);
    return sum / static_cast<double>(set.size());
  };
  const double jitter = 0.12;
  const auto without_noise = over_shots(unknown, jitter);
  CHECK(error_of_intensity(*told, without_noise) < 0.05 * error_of_intensity(*blind, without_noise));
  for (const auto& of_run : told->peaks(without_noise, all(without_noise))) {
    const auto& effects = of_run.front().effects;
    REQUIRE(effects.size() == 2);
    CHECK(effects[0].name == "intensity_jitter");
    CHECK(effects[0].value.value() == Approx(jitter).epsilon(0.1));
    CHECK(effects[1].name == "background");
    CHECK(effects[1].value.value_or(0) < 0.003);
  }
  const auto counted = seen(without_noise, {.background = 0.05, .electrons = 1e6});
  CHECK(error_of_intensity(*told, counted) < 0.3 * error_of_intensity(*blind, counted));
  // Equal shots are found to be equal, as far as electrons tell.
  const auto equal = seen(over_shots(unknown, 0), {.electrons = 1e6});
  double sum = 0;
  for (const auto& of_run : told->peaks(equal, all(equal)))
    sum += of_run.front().effects[0].value.value_or(0) / static_cast<double>(equal.size());
  CHECK(sum < 0.05);
}

TEST_CASE(
    "shots of different phase or orientation are told apart from others, and from those of another "
    "intensity") {
  // The phase in rad, or the orientation in degrees.
  const auto [target, effect, unit] = GENERATE(std::tuple{"cep", "cep_jitter_rad", 1.0},
                                               std::tuple{"angle", "angle_spread_deg", units::degrees});
  const bool turned = target == std::string("angle");
  const std::vector<std::string> of_three{"R", "intensity", target};
  const auto change = [&](ml::SampleSet set) {
    if (turned)
      for (auto& sample : set.samples)
        std::swap(sample.parameters.cep, sample.parameters.angle);
    return set;
  };
  const auto known = change(samples(400, 1, 0.8)), unknown = change(in_the_middle(12, 2, 0.1));
  const auto make_one = [](std::vector<std::string> effects) {
    return ml::make_baseline("likelihood", {.threads = 2,
                                            .mirrors = {.along_ky = true},
                                            .signs = ml::unchanged(3),
                                            .effects = std::move(effects)});
  };
  const auto blind = make_one({});
  blind->fit(known, all(known), of_three);
  const auto error_of_R = [](const ml::Baseline& method, const ml::SampleSet& set) {
    const auto answers = method.predict(set, all(set));
    double sum = 0;
    for (std::size_t i = 0; i < set.size(); ++i)
      sum += std::abs(answers[3 * i] - set.samples[i].parameters.R) / static_cast<double>(set.size());
    return sum;
  };
  for (const double jitter : {0.0, 0.08}) {
    constexpr double width = 0.18;
    const auto seen = over_shots(unknown, jitter, width, turned);
    std::vector<std::string> effects{effect};
    if (jitter > 0) effects.emplace_back("intensity_jitter");
    const auto told = make_one(effects);
    told->restore(known.image, of_three, blind->learned());
    CHECK(error_of_R(*told, seen) < 0.2 * error_of_R(*blind, seen));
    double of_intensity = 0;
    for (const auto& of_run : told->peaks(seen, all(seen))) {
      const auto& found = of_run.front().effects;
      REQUIRE(found.size() == effects.size());
      CHECK(found[0].name == effect);
      CHECK(found[0].value.value() * unit == Approx(width).epsilon(0.1));
      if (jitter > 0) of_intensity += found[1].value.value_or(0) / static_cast<double>(seen.size());
    }
    // Hardly told apart from the size of the spot: only on average.
    if (jitter > 0) CHECK(of_intensity == Approx(jitter).margin(0.04));
  }
  CHECK_THROWS_WITH(make({effect})->fit(samples(10, 1), all(samples(10, 1)), targets),
                    Catch::Matchers::Contains(std::string("shots differ in ") + target));
}

TEST_CASE("three things that differ from shot to shot at once") {
  auto known = samples(60, 1, 0.5);
  for (std::size_t i = 0; i < known.size(); ++i)
    known.samples[i].parameters.angle = 0.3 * static_cast<double>(i % 7) - 1;
  const auto method = ml::make_baseline(
      "likelihood", {.threads = 1,
                     .mirrors = {.along_ky = true},
                     .signs = ml::unchanged(4),
                     .effects = {"angle_spread_deg", "cep_jitter_rad", "intensity_jitter"}});
  method->fit(known, all(known), {"R", "intensity", "cep", "angle"});
  const auto found = method->peaks(known, std::vector<std::size_t>{5});
  REQUIRE(found.front().front().effects.size() == 3);
  CHECK(found.front().front().values[0] == Approx(known.samples[5].parameters.R).margin(0.2));
}

TEST_CASE("what is seen of shares is what a detector makes of them, with the right derivatives") {
  const auto set = samples(2, 5);
  const auto image = set.floats_of(0), other = set.floats_of(1);
  const auto cells = static_cast<Eigen::Index>(image.size());
  // Both are symmetric, so the upper half has all that there is.
  for (const bool half : {false, true}) {
    const auto shares_of = [&](std::span<const float> floats) {
      const auto columns = half ? height / 2 : height;
      Eigen::VectorXd shares(half ? cells / 2 : cells);
      for (Eigen::Index i = 0; i < shares.size(); ++i) {
        const auto at = i / columns * height + i % columns + height - columns;
        shares(i) = static_cast<double>(floats[static_cast<std::size_t>(at)]);
      }
      return shares;
    };
    const ml::Instrument instrument(set.image, half);
    const auto effects = ml::find_effects({"saturation", "background", "resolution_au", "rotation_deg"});
    const std::vector<double> searched{0.5, 0.1, 0.0225, 9};
    const Eigen::VectorXd change = shares_of(other) - shares_of(image);
    const auto seen_at = [&](double share, std::vector<double> amounts) {
      return instrument({shares_of(image) + share * change, change}, effects, amounts);
    };
    const auto seen = seen_at(0, searched);
    if (!half) {
      const auto detector = detected(
          image, plane, {.rotation_deg = 3, .resolution_au = 0.15, .background = 0.1, .saturation = 2}, {});
      for (Eigen::Index i = 0; i < cells; ++i)
        CHECK(seen.values(i) == Approx(detector[static_cast<std::size_t>(i)]).margin(1e-5));
    }
    const auto expect = [&](Eigen::Index column, const Eigen::VectorXd& slope) {
      CHECK((seen.slopes.col(column) - slope).norm() < 0.01 * slope.norm());
    };
    expect(0, (seen_at(0.001, searched).values - seen_at(-0.001, searched).values) / 0.002);
    for (std::size_t e = 0; e < searched.size(); ++e) {
      const double step = e == 3 ? 0.05 : 1e-4;
      auto above = searched, below = searched;
      above[e] += step;
      below[e] -= step;
      expect(static_cast<Eigen::Index>(1 + e),
             (seen_at(0, above).values - seen_at(0, below).values) / (2 * step));
    }
  }
}

TEST_CASE("nothing on a grid over all parameters is more probable than what the search has found") {
  const auto known = samples(60, 1), unknown = samples(6, 3);
  auto roots = known;
  std::vector<double> truth;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const auto of_run = std::span(roots.floats).subspan(i * width * height, width * height);
    const float whole = std::accumulate(of_run.begin(), of_run.end(), 0.0F);
    for (auto& value : of_run)
      value = std::sqrt(value / whole);
    const auto& run = known.samples[i].parameters;
    truth.insert(truth.end(), {run.R, run.intensity_w_cm2 / 1e14});
  }
  const ml::Emulator emulator(roots, all(roots), truth, 2, 2, {});
  const ml::Likelihood likelihood(emulator, {known.image, false},
                                  ml::find_effects({"background", "resolution_au"}));
  // Few electrons, so that there is more than one hill.
  const auto counted = seen(unknown, {.resolution_au = 0.1, .background = 0.05, .electrons = 300});
  Eigen::MatrixXd shares(width * height, static_cast<Eigen::Index>(counted.size()));
  for (std::size_t i = 0; i < counted.size(); ++i) {
    auto column = shares.col(static_cast<Eigen::Index>(i));
    std::ranges::copy(counted.floats_of(i), column.begin());
    column /= column.sum();
  }
  Eigen::VectorXd best = Eigen::VectorXd::Constant(shares.cols(), -1e9);
  for (double R = 1.05; R < 4; R += 0.05)
    for (double intensity = 1.05; intensity < 4; intensity += 0.1) {
      const Eigen::VectorXf squared =
          emulator.at(std::array{R, intensity}).values.array().square().cast<float>();
      for (const double resolution : {0.0, 0.1, 0.2})
        for (const double background : {0.0, 0.05, 0.1}) {
          const auto plane_seen = detected(std::span(squared.data(), width * height), plane,
                                           {.resolution_au = resolution, .background = background}, {});
          Eigen::VectorXd p =
              Eigen::Map<const Eigen::VectorXf>(plane_seen.data(), width * height).cast<double>();
          p = p.array() / p.sum() + 1e-9;
          best = best.cwiseMax(shares.transpose() * p.array().log().matrix());
        }
    }
  const auto found = likelihood(shares, std::vector<double>(counted.size(), 300), 2);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK(found[i].front().log_likelihood > best(static_cast<Eigen::Index>(i)));
    CHECK(found[i].front().log_likelihood < best(static_cast<Eigen::Index>(i)) + 0.02);
  }
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
  broken([](ml::Learned& other) {
    std::erase_if(other.arrays, [](const auto& array) { return array.name == "yield_weights"; });
  });
  broken([](ml::Learned& other) { other.arrays.front().shape.front() = 3; });
}

TEST_CASE("a likelihood refuses what it cannot tell") {
  auto known = samples(10, 1);
  CHECK_THROWS_AS(make()->fit(known, all(known), {"R"}), ConfigError);  // the intensity differs, too
  CHECK_THROWS_AS(make({"weather"}), ConfigError);
  CHECK_THROWS_AS(make({"background", "background"}), ConfigError);
  auto no_yields = known;
  no_yields.samples[3].yield = 0;
  CHECK_NOTHROW(make({"background"})->fit(no_yields, all(no_yields), targets));
  CHECK_THROWS_AS(make({"intensity_jitter"})->fit(no_yields, all(no_yields), targets), ConfigError);
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
