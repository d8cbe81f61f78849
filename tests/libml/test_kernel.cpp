// Kernel ridge regression: as exact as its leave-one-out error says, and as symmetric as its mirrors.

#include <cmath>
#include <numbers>
#include <numeric>

#include <catch2/catch.hpp>

#include "libml/baselines/baseline.hpp"
#include "libml/baselines/principal_components.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"

using namespace bondscope;

namespace {

constexpr int width = 20, height = 6;

/// Floats: fringes whose distance depends on R, shifted along kx by the phase and along ky by the angle. The
/// mirror image along kx is the one of φ + π, that along ky of -α.
ml::SampleSet samples(std::size_t count, std::uint64_t seed, double noise = 0) {
  ml::SampleSet set;
  set.image = {.width = width,
               .height = height,
               .window = Window::fixed,
               .scale = Scale::power,
               .normalisation = Normalisation::sum,
               .values = PixelValues::floats};
  set.source.store = "invented";
  Random random(seed, "invented");
  for (std::size_t i = 0; i < count; ++i) {
    ml::Sample sample;
    sample.number = i;
    auto& run = sample.parameters;
    run.R = 1 + 3 * random.uniform();
    run.cep = 2 * std::numbers::pi * random.uniform();
    run.angle = std::numbers::pi * random.uniform();
    set.samples.push_back(sample);
    for (int x = 0; x < width; ++x)
      for (int y = 0; y < height; ++y) {
        const double kx = (x + 0.5) / width - 0.5 - 0.1 * std::cos(run.cep) * (1 + run.R / 10),
                     ky = (y + 0.5) / height - 0.5 - 0.1 * std::sin(2 * run.angle);
        set.floats.push_back(static_cast<float>(std::exp(-8 * (kx * kx + ky * ky)) *
                                                    (1 + std::cos(4 * run.R * (kx * kx + ky * ky))) +
                                                noise * (random.uniform() - 0.5)));
      }
  }
  return set;
}

std::vector<std::size_t> all(const ml::SampleSet& set) {
  std::vector<std::size_t> positions(set.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  return positions;
}

ml::SampleSet mirrored(ml::SampleSet set, ml::Mirrors mirrors) {
  for (std::size_t i = 0; i < set.size(); ++i)
    ml::mirror(std::span(set.floats).subspan(i * width * height, width * height), height, mirrors);
  return set;
}

double mean_error(const ml::Baseline& kernel, const ml::SampleSet& set) {
  const auto answers = kernel.predict(set, all(set));
  double sum = 0;
  for (std::size_t i = 0; i < set.size(); ++i)
    sum += std::abs(answers[i] - set.samples[i].parameters.R) / static_cast<double>(set.size());
  return sum;
}

}  // namespace

TEST_CASE(
    "the leave-one-out error of a kernel is the error on what it has not seen, with noise and without") {
  const double noise = GENERATE(0.0, 0.1);
  const auto known = samples(150, 1, noise), unknown = samples(150, 2, noise);
  const auto kernel = ml::make_baseline("kernel", {.threads = 2});
  kernel->fit(known, all(known), {"R"});
  const double expected = kernel->learned().setting("R.leave_one_out");
  CHECK(expected < (noise > 0 ? 0.5 : 0.1));  // always the mean: 0.75
  CHECK(mean_error(*kernel, unknown) == Approx(expected).epsilon(0.5));
}

TEST_CASE("a mirrored image has the mirrored answer, to rounding, and half the runs do") {
  const auto known = samples(100, 1);
  const std::vector<std::string> targets{"R", "cos_cep", "sin_2_angle"};
  const ml::TargetSigns signs{{1, -1, 1}, {1, 1, -1}};
  const auto kernel = ml::make_baseline(
      "kernel", {.threads = 2, .mirrors = {.along_kx = true, .along_ky = true}, .signs = signs});
  kernel->fit(known, all(known), targets);
  const auto asked = samples(20, 2);
  const auto answers = kernel->predict(asked, all(asked));
  for (const ml::Mirrors mirrors : {ml::Mirrors{true, false}, {false, true}, {true, true}}) {
    const auto other = kernel->predict(mirrored(asked, mirrors), all(asked));
    for (std::size_t i = 0; i < answers.size(); ++i)
      CHECK(other[i] == Approx(signs.of(i % 3, mirrors) * answers[i]).margin(1e-4));
  }
  const auto restored = ml::make_baseline(
      "kernel", {.threads = 1, .mirrors = {.along_kx = true, .along_ky = true}, .signs = signs});
  restored->restore(known.image, targets, kernel->learned());
  CHECK(restored->predict(asked, all(asked)) == answers);
  const auto plain = ml::make_baseline("kernel", {.threads = 2});
  plain->fit(known, all(known), {"R"});
  const auto symmetric = ml::make_baseline(
      "kernel", {.threads = 2, .mirrors = {.along_kx = true, .along_ky = true}, .signs = ml::unchanged(1)});
  symmetric->fit(known, all(known), {"R"});
  const auto unknown = samples(100, 3);
  CHECK(mean_error(*symmetric, unknown) < 0.8 * mean_error(*plain, unknown));
}

TEST_CASE("principal components are orthonormal, even or odd, and give back what they span") {
  const auto set = samples(12, 1);
  const auto both = mirrored(set, {.along_kx = true});
  const ml::PrincipalComponents components(set, all(set), {.along_kx = true}, 600, 2);
  CHECK(components.size() >= 12);
  CHECK(components.size() <= 24);
  const auto z = components.project(set, all(set), 2), mirror = components.project(both, all(both), 2);
  for (std::size_t i = 0; i < z.rows; ++i)
    for (std::size_t c = 0; c < z.columns; ++c)
      CHECK(mirror.row(i)[c] == Approx((components.odd(c).along_kx ? -1 : 1) * z.row(i)[c]).margin(1e-5));
  // Distances between images are distances between their components.
  double of_images = 0, of_components = 0;
  for (std::size_t p = 0; p < set.pixels_per_image(); ++p)
    of_images += std::pow(set.floats_of(0)[p] - set.floats_of(1)[p], 2);
  for (std::size_t c = 0; c < z.columns; ++c)
    of_components += std::pow(z.row(0)[c] - z.row(1)[c], 2);
  CHECK(of_components == Approx(of_images).epsilon(1e-4));
}

TEST_CASE("models whose kernel does not fit are refused") {
  const auto known = samples(20, 1);
  const auto kernel = ml::make_baseline("kernel", {});
  kernel->fit(known, all(known), {"R"});
  const auto broken = [&](const auto& change) {
    auto learned = kernel->learned();
    change(learned);
    CHECK_THROWS_AS(ml::make_baseline("kernel", {})->restore(known.image, {"R"}, learned), DataError);
  };
  broken([](ml::Learned& learned) { learned.settings["R.components"] = 601; });
  broken([](ml::Learned& learned) { learned.settings["R.components"] = -1; });
  broken([](ml::Learned& learned) { learned.settings.erase("R.gamma"); });
  broken([](ml::Learned& learned) { learned.arrays.pop_back(); });
  broken([](ml::Learned& learned) { learned.arrays.front().shape.front() = 3; });
}
