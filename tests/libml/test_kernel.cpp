// Kernel ridge regression: as exact as its leave-one-out error says, and as symmetric as its mirrors.

#include <cmath>
#include <numbers>
#include <numeric>

#include <Eigen/LU>
#include <catch2/catch.hpp>

#include "libml/arrays/rounded.hpp"
#include "libml/baselines/baseline.hpp"
#include "libml/baselines/kernel_reduction.hpp"
#include "libml/baselines/leave_out.hpp"
#include "libml/baselines/principal_components.hpp"
#include "libml/data/joined.hpp"
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
  // Without noise most of the mean is from a few runs at the edges.
  CHECK(mean_error(*kernel, unknown) < 2 * expected);
  CHECK(mean_error(*kernel, unknown) > 0.5 * expected);
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
  // What no target looks at is not kept.
  const auto learned = kernel->learned();
  double used = 0;
  for (const auto& target : targets)
    used = std::max(used, learned.setting(target + ".components"));
  CHECK(learned.rows("odd", {ml::Learned::any, 2}) == static_cast<std::size_t>(used));
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

TEST_CASE("distances after a blur are those of blurred images") {
  // Waves along kx and ky, even at both edges as the blur takes them to be, are only damped.
  auto set = samples(3, 1);
  constexpr double blur_kx = 1.5, blur_ky = 0.5;
  const auto wave = [](int k, int size, int x) { return std::cos(std::numbers::pi * k * (x + 0.5) / size); };
  const auto add = [&](std::size_t i, int kx, int ky) {
    for (int x = 0; x < width; ++x)
      for (int y = 0; y < height; ++y)
        set.floats[(i * width + static_cast<std::size_t>(x)) * height + static_cast<std::size_t>(y)] +=
            static_cast<float>(wave(kx, width, x) * wave(ky, height, y));
  };
  for (std::size_t i = 1; i < 3; ++i)
    std::copy_n(set.floats.begin(), set.pixels_per_image(),
                set.floats.begin() + static_cast<std::ptrdiff_t>(i * set.pixels_per_image()));
  add(1, 7, 0);
  add(2, 3, 2);
  const ml::PrincipalComponents components(set, all(set), {}, 600, 1);
  const auto z = components.project(set, all(set), 1);
  const auto metric = components.blurred_metric(components.size(), {blur_kx, blur_ky}, set.image);
  const auto distance = [&](std::size_t i, std::size_t j) {
    double sum = 0;
    for (std::size_t a = 0; a < z.columns; ++a)
      for (std::size_t b = 0; b < z.columns; ++b)
        sum += static_cast<double>((z.row(i)[a] - z.row(j)[a]) * (z.row(i)[b] - z.row(j)[b])) *
               metric[a * z.columns + b];
    return sum;
  };
  const auto damped = [](int k, int size, double blur) {
    return std::exp(-std::pow(blur * std::numbers::pi * k / size, 2));
  };
  CHECK(distance(0, 1) == Approx(width * height / 2.0 * damped(7, width, blur_kx)).epsilon(1e-4));
  CHECK(distance(0, 2) ==
        Approx(width * height / 4.0 * damped(3, width, blur_kx) * damped(2, height, blur_ky)).epsilon(1e-4));
  // The same of components of images that were blurred a little, and of those blurred as much.
  for (const ml::Blur done : {ml::Blur{1, 0.25}, {blur_kx, blur_ky}}) {
    const ml::PrincipalComponents seen(set, all(set), {}, 600, 1, done);
    const auto of_seen = seen.project(set, all(set), 1);
    const auto rest = seen.blurred_metric(seen.size(), {blur_kx, blur_ky}, set.image);
    for (const std::size_t j : {1u, 2u}) {
      double sum = 0;
      for (std::size_t a = 0; a < seen.size(); ++a)
        for (std::size_t b = 0; b < seen.size(); ++b)
          sum += static_cast<double>((of_seen.row(0)[a] - of_seen.row(j)[a]) *
                                     (of_seen.row(0)[b] - of_seen.row(j)[b])) *
                 rest[a * seen.size() + b];
      CHECK(sum == Approx(distance(0, j)).epsilon(1e-3));
    }
    ml::Learned learned;
    seen.save(learned, set.image);
    CHECK(ml::PrincipalComponents(learned, set.image).project(set, all(set), 1).values == of_seen.values);
  }
}

TEST_CASE("fine structure that says nothing is blurred away") {
  const bool mirrored = GENERATE(false, true);
  auto known = samples(150, 1), unknown = samples(150, 2);
  Random random(5, "stripes");
  for (auto* set : {&known, &unknown})
    for (std::size_t i = 0; i < set->size(); ++i) {
      const double strength = random.uniform() - 0.5;
      for (std::size_t p = 0; p < set->pixels_per_image(); ++p)
        set->floats[i * set->pixels_per_image() + p] +=
            static_cast<float>((p / height % 2 == 0 ? strength : -strength) * (1 + 0.5 * random.uniform()));
    }
  ml::BaselineSettings settings{.threads = 2};
  if (mirrored) {
    settings.mirrors = {.along_kx = true, .along_ky = true};
    settings.signs = ml::unchanged(1);
  }
  const auto kernel = ml::make_baseline("kernel", settings);
  kernel->fit(known, all(known), {"R"});
  CHECK(kernel->learned().setting("R.blur_kx") > 0);
  CHECK(mean_error(*kernel, unknown) < 0.3);
  const auto restored = ml::make_baseline("kernel", settings);
  restored->restore(known.image, {"R"}, kernel->learned());
  CHECK(restored->predict(unknown, all(unknown)) == kernel->predict(unknown, all(unknown)));
  // It looks at blurred images, of which few components say all, in 16 bits; answers are as good as was
  // promised.
  const auto learned = kernel->learned();
  CHECK(learned.setting("blur_kx") == learned.setting("R.blur_kx"));
  CHECK(learned.setting("R.components") < 60);
  CHECK_NOTHROW(learned.values<std::int16_t>("known", {ml::Learned::any, ml::Learned::any}));
  CHECK(mean_error(*kernel, unknown) < 2 * learned.setting("R.leave_one_out"));
  // Kernels of before have numbers of 32 bits; those of long before have no blur.
  auto before = learned;
  for (const auto& [name, scaled] :
       {std::pair{"components", ml::Scaled::rows}, {"known", ml::Scaled::columns}}) {
    auto& array = *std::ranges::find(before.arrays, std::string(name), &ml::NamedArray::name);
    if (scaled == ml::Scaled::rows)
      array.values = ml::rounded_values(learned, name, {ml::Learned::any, width, height}, scaled);
    else
      array.values = ml::rounded_values(learned, name, {ml::Learned::any, ml::Learned::any}, scaled);
  }
  std::erase_if(before.arrays, [](const auto& array) { return array.name.ends_with(".exponents"); });
  restored->restore(known.image, {"R"}, before);
  CHECK(restored->predict(unknown, all(unknown)) == kernel->predict(unknown, all(unknown)));
  for (const char* name : {"blur_kx", "blur_ky", "R.blur_kx", "R.blur_ky"})
    before.settings.erase(name);
  CHECK_NOTHROW(restored->restore(known.image, {"R"}, before));
}

TEST_CASE(
    "a kernel is as small as its leave-one-out error allows, and as it was found where none is as good") {
  const auto set = samples(120, 1, 0.1);
  const auto positions = all(set);
  const ml::PrincipalComponents components(set, positions, {}, 600, 1);
  const auto features = components.project(set, positions, 1);
  const auto copies = ml::copies({});
  const ml::LeftOut left_out;
  const std::vector<bool> judged(set.size(), true);
  const ml::KernelSamples found{features, components, set.image, copies, left_out, judged};
  Eigen::MatrixXd truth(120, 2);
  for (Eigen::Index i = 0; i < 120; ++i) {
    const auto& run = set.samples[static_cast<std::size_t>(i)].parameters;
    truth.row(i) << run.R - 2.5, std::cos(run.cep);
  }
  const ml::LoadMonitor nobody;
  ml::KernelSearch search(found, {1}, truth, 1, nobody);
  std::vector<ml::KernelTask> tasks;
  for (const Eigen::Index t : {0, 1})
    tasks.push_back({search.best(t), {1}, truth.col(t)});
  // Of two blurs the smaller one is in the components, and the rest of the other in its distances.
  tasks[0].kernel.blur = {0.5, 0.25};
  tasks[0].kernel.leave_one_out = 1;  // whatever it makes of so few
  const auto small = ml::fewest_components(set, positions, {}, found, tasks, 2, nobody);
  REQUIRE(small.kernels.size() == 2);
  CHECK(small.components.size() < components.size());
  CHECK(small.components.size() == std::max(small.kernels[0].components, small.kernels[1].components));
  CHECK(small.known.columns == small.components.size());
  for (const std::size_t t : {0u, 1u}) {
    CHECK(small.kernels[t].leave_one_out <= 1.01 * tasks[t].kernel.leave_one_out);
    CHECK(small.kernels[t].weights.size() == 120);
  }
  auto rounded = small.known.values;
  ml::round_to_16_bits(rounded, 120, ml::Scaled::columns);
  CHECK((rounded == small.known.values));
  // What cannot be reached: nothing is changed.
  tasks[1].kernel.leave_one_out *= 0.5;
  const auto same = ml::fewest_components(set, positions, {}, found, tasks, 2, nobody);
  CHECK(same.kernels[1].components == tasks[1].kernel.components);
  CHECK(same.kernels[1].weights == tasks[1].kernel.weights);
  CHECK(same.components.blur() == ml::Blur{});
}

TEST_CASE("errors on what is left out are those of a fit without it, alone and together") {
  constexpr Eigen::Index n = 12;
  Random random(1, "matrix");
  const auto noise = [&] { return random.uniform() - 0.5; };
  const Eigen::MatrixXd half = Eigen::MatrixXd::NullaryExpr(n, n, noise),
                        truth = Eigen::MatrixXd::NullaryExpr(n, 2, noise);
  const Eigen::MatrixXd matrix = half * half.transpose() + 0.1 * Eigen::MatrixXd::Identity(n, n);
  ml::SampleSet set;
  for (std::uint64_t i = 0; i < n; ++i)
    set.samples.emplace_back().roots = {i < 3 ? 100 : i};  // 0 to 2 are of one run
  set.samples[5].roots = {4, 6};                           // shares a run with 4, and one with 6
  const auto together = ml::left_out_together(set, all(set));
  CHECK(together[1] == std::vector<Eigen::Index>{0, 1, 2});
  CHECK(together[4] == std::vector<Eigen::Index>{4, 5});
  CHECK(together[5] == std::vector<Eigen::Index>{4, 5, 6});
  for (const auto& left_out : {ml::LeftOut(), together}) {
    const auto solution = ml::solve_ridge(matrix, truth, left_out);
    REQUIRE(solution);
    for (Eigen::Index i = 0; i < n; ++i) {
      const auto out = left_out.empty() ? std::vector{i} : left_out[static_cast<std::size_t>(i)];
      std::vector<Eigen::Index> rest;
      for (Eigen::Index j = 0; j < n; ++j)
        if (std::ranges::count(out, j) == 0) rest.push_back(j);
      const Eigen::MatrixXd weights = matrix(rest, rest).inverse() * truth(rest, Eigen::all);
      for (Eigen::Index t = 0; t < 2; ++t)
        CHECK(solution->errors(i, t) ==
              Approx(truth(i, t) - matrix(i, rest).dot(weights.col(t))).epsilon(1e-6));
    }
  }
}

TEST_CASE("several draws of a run do not make the leave-one-out error small") {
  // The same noise in all draws of a run: what is learned of one tells the others.
  const auto runs = samples(60, 1), unknown = samples(100, 2);
  auto draws = runs;
  draws.samples.clear();
  draws.floats.clear();
  Random random(3, "draws");
  for (std::size_t i = 0; i < runs.size(); ++i)
    for (int draw = 0; draw < 3; ++draw) {
      draws.samples.push_back(runs.samples[i]);
      draws.samples.back().roots = {i};
      for (const float value : runs.floats_of(i))
        draws.floats.push_back(value + static_cast<float>(0.01 * (random.uniform() - 0.5)));
    }
  const auto error_with = [&](const ml::SampleSet& set) {
    const auto kernel = ml::make_baseline("kernel", {.threads = 2});
    kernel->fit(set, all(set), {"R"});
    return std::pair(kernel->learned().setting("R.leave_one_out"), mean_error(*kernel, unknown));
  };
  const auto [expected, found] = error_with(draws);
  CHECK(found == Approx(expected).epsilon(0.7));
  for (auto& sample : draws.samples)
    sample.roots.clear();
  CHECK(error_with(draws).first < 0.5 * expected);
}

TEST_CASE("another data set that is learned from, too, helps and is not judged") {
  auto few = samples(30, 1), many = samples(150, 2);
  for (auto* set : {&few, &many})
    for (const auto& key : ml::setting_keys())
      set->source.setting.push_back({key, "1"});
  for (std::size_t i = 0; i < few.size(); ++i)
    few.samples[i].roots = {i};
  for (std::size_t i = 0; i < many.size(); ++i) {
    many.samples[i].parameters.cep = 0.1;  // another kind: of one phase, as its name says
    many.samples[i].roots = {1000 + i};
  }
  many.samples[0] = few.samples[0];  // one that may test
  const auto both = ml::joined(few, many);
  CHECK(both.size() == 179);
  CHECK_FALSE(both.samples[29].added);
  CHECK(both.samples[30].added);
  CHECK(both.floats.size() == 179 * both.pixels_per_image());
  const auto unknown = samples(100, 3);
  const auto error_with = [&](const ml::SampleSet& set) {
    const auto kernel = ml::make_baseline("kernel", {.threads = 2});
    kernel->fit(set, all(set), {"R"});
    return std::pair(kernel->learned().setting("R.leave_one_out"), mean_error(*kernel, unknown));
  };
  const auto alone = error_with(few), joined = error_with(both);
  CHECK(joined.second < 0.5 * alone.second);
  CHECK(joined.first == Approx(joined.second).epsilon(1.0));
  auto other = many;
  other.image.exponent = 0.25;
  CHECK_THROWS_AS(ml::joined(few, other), DataError);
  other = many;
  other.source.setting.front().value = "75";
  CHECK_THROWS_AS(ml::joined(few, other), DataError);
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
  broken([](ml::Learned& learned) { learned.settings["R.blur_kx"] = -1; });
  broken([](ml::Learned& learned) { learned.arrays.pop_back(); });
  broken([](ml::Learned& learned) { learned.arrays.front().shape.front() = 3; });
}
