#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>

#include <catch2/catch.hpp>

#include "libml/explain/answers.hpp"
#include "libml/explain/dictionary.hpp"
#include "libml/explain/lime.hpp"
#include "libml/explain/occlusion.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "tests/libml/baseline_samples.hpp"

using namespace bondscope;

using Catch::Matchers::Contains;

namespace {

constexpr int width = 24, height = 16;
constexpr std::size_t patch_kx = 14, patch_ky = 5, patch = 4;  // the pixels that tell the class
constexpr std::size_t classes = 4;

bool in_patch(std::size_t pixel) {
  const std::size_t x = pixel / height, y = pixel % height;
  return x >= patch_kx && x < patch_kx + patch && y >= patch_ky && y < patch_ky + patch;
}

std::uint8_t grey_of(std::size_t class_of) {
  return static_cast<std::uint8_t>(20 + 60 * class_of);
}

/// Noise, but for one patch, whose grey is that of the class; three bands without a meaning.
ml::LabelledImages toy_images(std::size_t count, std::uint64_t seed) {
  ml::LabelledImages images;
  images.width = width;
  images.height = height;
  bondscope::Random random(seed, "toy images");
  for (std::size_t i = 0; i < count; ++i) {
    images.class_of.push_back(i % classes);
    images.band_of.push_back(i / classes % 3);
    images.sample.push_back(i);
    for (std::size_t pixel = 0; pixel < width * height; ++pixel)
      images.pixels.push_back(in_patch(pixel)
                                  ? static_cast<std::uint8_t>(grey_of(i % classes) + random.below(9))
                                  : static_cast<std::uint8_t>(random.below(100)));
  }
  return images;
}

/// Softmax of how near the mean grey of the patch is to that of each class, and last the score of none of
/// them: looks at nothing else.
std::vector<float> toy_scores(std::span<const float> images, std::size_t count) {
  std::vector<float> scores;
  for (std::size_t i = 0; i < count; ++i) {
    double sum = 0;
    for (std::size_t pixel = 0; pixel < width * height; ++pixel)
      if (in_patch(pixel)) sum += static_cast<double>(images[i * width * height + pixel]);
    const double mean = sum / (patch * patch);
    std::vector<double> terms;
    for (std::size_t c = 0; c < classes; ++c)
      terms.push_back(std::exp(-0.2 * std::abs(mean - grey_of(c) - 4)));
    terms.push_back(std::exp(-3.0));
    const double all = std::accumulate(terms.begin(), terms.end(), 0.0);
    for (const double term : terms)
      scores.push_back(static_cast<float>(term / all));
  }
  return scores;
}

const ml::OcclusionSettings fine{
    .mask_kx = 4, .mask_ky = 4, .stride_kx = 1, .stride_ky = 1, .fill = {255}, .batch = 32};
const ml::DictionarySettings settings{
    .images_per_cell = 2, .threshold = 0.4, .relative_threshold = false, .patch_kx = 4, .patch_ky = 4};

std::vector<float> inputs_of(const ml::LabelledImages& images, std::size_t i) {
  const auto image = images.image(i);
  return {image.begin(), image.end()};
}

ml::SensitivityMap occlusion_of(const ml::LabelledImages& images) {
  return [&](std::size_t i) {
    return ml::occlusion_map(toy_scores, inputs_of(images, i), width, height, images.class_of[i], fine);
  };
}

}  // namespace

TEST_CASE("the occlusion map finds the one patch that the classifier looks at") {
  const auto images = toy_images(8, 1);
  for (std::size_t i = 0; i < images.size(); ++i) {
    INFO(i);
    const auto map =
        ml::occlusion_map(toy_scores, inputs_of(images, i), width, height, images.class_of[i], fine);
    REQUIRE(map.size() == width * height);
    const auto largest = static_cast<std::size_t>(std::max_element(map.begin(), map.end()) - map.begin());
    CHECK(in_patch(largest));
    CHECK(map[largest] > 0.2f);
    for (std::size_t pixel = 0; pixel < map.size(); ++pixel) {
      const std::size_t x = pixel / height, y = pixel % height;
      // No mask of 4 × 4 that covers these touches the patch.
      if (x + 7 <= patch_kx || x >= patch_kx + 7 || y >= patch_ky + 7) CHECK(map[pixel] == 0.0f);
    }
  }
}

TEST_CASE("a map has the drop by the mask centred on a pixel, and straight lines between centres") {
  // A classifier that sees the first pixel only.
  const std::vector<float> image{200, 200, 200, 200, 200};
  const auto scores = [](std::span<const float> images, std::size_t count) {
    std::vector<float> all;
    for (std::size_t i = 0; i < count; ++i)
      all.insert(all.end(), {images[5 * i] == 200.0f ? 0.9f : 0.4f, images[5 * i] == 200.0f ? 0.1f : 0.6f});
    return all;
  };
  const auto expect = [](const std::vector<float>& map, const std::vector<double>& expected) {
    REQUIRE(map.size() == expected.size());
    for (std::size_t i = 0; i < map.size(); ++i)
      CHECK(map[i] == Approx(expected[i]).margin(1e-6));
  };
  ml::OcclusionSettings settings{
      .mask_kx = 3, .mask_ky = 1, .stride_kx = 1, .stride_ky = 1, .fill = {128}, .batch = 1};
  expect(ml::occlusion_map(scores, image, 5, 1, 0, settings), {0.5, 0.5, 0, 0, 0});
  expect(ml::occlusion_map(scores, image, 5, 1, 1, settings), {-0.5, -0.5, 0, 0, 0});
  settings.stride_kx = 3;  // does not divide 5 - 3: the second and last mask lies at the edge
  settings.batch = 10;
  expect(ml::occlusion_map(scores, image, 5, 1, 0, settings), {0.5, 0.5, 0.25, 0, 0});
  settings.mask_kx = 2;  // masks at 0, 2 and 3, with centres between pixels
  settings.stride_kx = 2;
  expect(ml::occlusion_map(scores, image, 5, 1, 0, settings), {0.5, 0.375, 0.125, 0, 0});
  settings.mask_kx = 5;
  expect(ml::occlusion_map(scores, image, 5, 1, 0, settings), {0.5, 0.5, 0.5, 0.5, 0.5});
  expect(ml::occlusion_map(scores, image, 1, 5, 0, {1, 3, 1, 1, {128}, 32}), {0.5, 0.5, 0, 0, 0});
}

TEST_CASE("what a map cannot be made of is refused") {
  const auto images = toy_images(1, 1);
  const auto map = [&](const ml::Answers& scores, std::size_t number, const ml::OcclusionSettings& mask) {
    return ml::occlusion_map(scores, inputs_of(images, 0), width, height, number, mask);
  };
  CHECK_THROWS_AS(map(toy_scores, classes + 1, fine), DataError);
  const auto few = [](auto, std::size_t) { return std::vector<float>{}; };
  CHECK_THROWS_AS(map(few, 0, fine), DataError);
  const auto bad = [](auto, std::size_t count) {
    return std::vector<float>(count * (classes + 1), std::numeric_limits<float>::quiet_NaN());
  };
  CHECK_THROWS_WITH(map(bad, 0, fine), Contains("not finite"));
  auto wide = fine;
  wide.mask_kx = width + 1;
  CHECK_THROWS_WITH(map(toy_scores, 0, wide), Contains("mask_kx=25") && Contains("1 to 24"));
  auto gaps = fine;
  gaps.stride_ky = 5;
  CHECK_THROWS_WITH(map(toy_scores, 0, gaps), Contains("stride_ky=5"));
  CHECK_THROWS_AS(ml::occlusion_map(toy_scores, inputs_of(images, 0), width, height + 1, 0, fine), DataError);
}

TEST_CASE("LIME finds what is shown where it counts, and its map sums up for a linear model") {
  const auto images = toy_images(4, 1);
  const ml::LimeSettings cells{.cells_kx = 6, .cells_ky = 4, .samples = 400};
  for (std::size_t i = 1; i < images.size(); ++i) {
    const auto map = ml::lime_map(toy_scores, inputs_of(images, i), width, height, images.class_of[i], cells);
    REQUIRE(map.size() == width * height);
    double inside = 0, all = 0;
    for (std::size_t pixel = 0; pixel < map.size(); ++pixel) {
      // Cells of 4 × 4: those that touch the patch.
      const std::size_t x = pixel / height, y = pixel % height;
      const bool touches = x / 4 >= patch_kx / 4 && x / 4 <= (patch_kx + 3) / 4 && y / 4 >= patch_ky / 4 &&
                           y / 4 <= (patch_ky + 3) / 4;
      const double size = std::abs(static_cast<double>(map[pixel]));
      all += size;
      if (touches) inside += size;
    }
    CHECK(inside > 0.45 * all);  // of even maps 0.17
  }
  const auto linear = [](std::span<const float> shown, std::size_t count) {
    std::vector<float> sums;
    for (std::size_t i = 0; i < count; ++i) {
      float sum = 3;
      for (std::size_t pixel = 0; pixel < width * height; ++pixel)
        sum += shown[i * width * height + pixel] * static_cast<float>(pixel % 7) / 100;
      sums.push_back(sum);
    }
    return sums;
  };
  auto exact = cells;
  exact.ridge = 0;
  const auto image = inputs_of(images, 2);
  const auto map = ml::lime_map(linear, image, width, height, 0, exact);
  CHECK(std::accumulate(map.begin(), map.end(), 0.0) + 3 ==
        Approx(static_cast<double>(linear(image, 1).front())).epsilon(1e-4));
  exact.samples = 25;
  CHECK_THROWS_WITH(ml::lime_map(linear, image, width, height, 0, exact), Contains("samples=25"));
  // A table of a million copies of 24 x 16 cells would not fit into memory.
  exact = {.cells_kx = 24, .cells_ky = 16, .samples = 1'000'000};
  CHECK_THROWS_WITH(ml::lime_map(linear, image, width, height, 0, exact), Contains("expected 386 to 87381"));
  CHECK_THROWS_AS(ml::lime_map(linear, image, width + 1, height, 0, cells), DataError);
}

TEST_CASE("a dictionary of sensitive parts classifies, its controls do worse") {
  const auto images = toy_images(120, 2);
  const auto made = ml::make_dictionary(images, occlusion_of(images), settings, 0);
  CHECK(made.chosen == classes * 3 * 2);
  CHECK(made.entries.size() <= made.chosen);
  CHECK(made.tested.size() == 120 - made.chosen);
  CHECK(made.predicted.size() == made.tested.size());
  std::size_t area = 0;
  for (const auto& entry : made.entries) {
    area += entry.part.size();
    CHECK(std::find(made.tested.begin(), made.tested.end(), entry.image) == made.tested.end());
  }
  CHECK(area == made.area);
  CHECK(made.accuracies.parts > 0.8);
  CHECK(made.accuracies.most_frequent < 0.3);
  CHECK(made.accuracies.patches < made.accuracies.parts - 0.2);
  CHECK(made.accuracies.rectangle < made.accuracies.parts - 0.2);
  CHECK(made.accuracies.permuted < made.accuracies.parts - 0.2);
  CHECK(made.accuracies.whole < made.accuracies.parts);  // most of an image is noise
  REQUIRE(made.pruned.size() == made.entries.size());
  CHECK(made.pruned.back() == made.accuracies.parts);
  CHECK(made.pruned.front() < 0.5);  // one entry, one class

  const auto again = ml::make_dictionary(images, occlusion_of(images), settings, 0);
  CHECK(again.predicted == made.predicted);
  CHECK(again.accuracies.patches == made.accuracies.patches);
  CHECK(ml::make_dictionary(images, occlusion_of(images), settings, 1).tested != made.tested);
}

TEST_CASE("a threshold is a drop of the score, or a fraction of the map's largest value") {
  const auto images = toy_images(60, 3);
  const auto weak = [](std::size_t) {
    std::vector<float> map(width * height);
    for (std::size_t pixel = 0; pixel < map.size(); ++pixel)
      map[pixel] = in_patch(pixel) ? 0.1f : 0.01f;
    return map;
  };
  CHECK_THROWS_WITH(ml::make_dictionary(images, weak, settings, 0), Contains("above the threshold"));
  auto relative = settings;
  relative.relative_threshold = true;
  const auto made = ml::make_dictionary(images, weak, relative, 0);
  CHECK(made.accuracies.parts == 1.0);
  for (const auto& entry : made.entries) {
    CHECK(entry.part.size() == patch * patch);
    CHECK(std::all_of(entry.part.begin(), entry.part.end(), in_patch));
  }
}

TEST_CASE("ranks make dark and bright parts compete fairly") {
  // The parts of class 0 show the patch, those of the other classes a place that is as good as black
  // everywhere.
  auto images = toy_images(120, 5);
  auto reference = toy_images(60, 6);
  for (auto* some : {&images, &reference})
    for (std::size_t i = 0; i < some->size(); ++i)
      for (std::size_t pixel = 0; pixel < 8; ++pixel)
        some->pixels[i * some->pixels_per_image() + pixel] = 0;
  const auto map_of = [&](std::size_t i) {
    std::vector<float> map(width * height);
    for (std::size_t pixel = 0; pixel < map.size(); ++pixel)
      map[pixel] = images.class_of[i] == 0 ? in_patch(pixel) : pixel < 8;
    return map;
  };
  auto ranked = settings;
  const auto by_mse = ml::make_dictionary(images, map_of, ranked, 0);
  ranked.likeness = ml::Likeness::rank;
  CHECK_THROWS_AS(ml::make_dictionary(images, map_of, ranked, 0), DataError);  // among which images?
  const auto by_rank = ml::make_dictionary(images, map_of, ranked, 0, reference);
  const auto right_of_first = [&](const ml::Dictionary& made) {
    double right = 0;
    for (std::size_t i = 0; i < made.tested.size(); ++i)
      right += images.class_of[made.tested[i]] == 0 && made.predicted[i] == 0;
    return right;
  };
  CHECK(right_of_first(by_mse) == 0);  // black is always the more alike
  CHECK(right_of_first(by_rank) > 10);

  std::vector<float> differences{3, 10, 8, 20};
  ml::rank_differences(differences, 2, std::vector<float>{2, 10, 4, 10});
  CHECK(differences == std::vector<float>{0.5f, 0.5f, 1, 1});
}

TEST_CASE("what is alike is given up first") {
  ml::LabelledImages images{.width = 2,
                            .height = 1,
                            .pixels = {0, 0, 9, 9, 100, 100, 10, 10},
                            .class_of = {0, 0, 0, 1},
                            .band_of = {0, 0, 0, 0},
                            .sample = {0, 1, 2, 3}};
  const std::vector<ml::DictionaryEntry> entries{{0, {0, 1}}, {1, {0}}, {2, {0, 1}}, {3, {0, 1}}};
  CHECK(ml::pruning_order(images, entries) == std::vector<std::size_t>{1, 2, 0, 3});
}

TEST_CASE("cells with few images give fewer entries, and something must be left to test") {
  const auto images = toy_images(classes * 3 + 1, 4);  // one of each cell, and one more
  const auto all = [](std::size_t) { return std::vector<float>(width * height, 1.0f); };
  CHECK_THROWS_WITH(ml::make_dictionary(images, all, settings, 0), Contains("none is left to test"));
  auto one = settings;
  one.images_per_cell = 1;
  const auto made = ml::make_dictionary(images, all, one, 0);
  CHECK(made.entries.size() == classes * 3);
  CHECK(made.tested.size() == 1);
  CHECK(made.area == classes * 3 * width * height);
  const auto short_map = [](std::size_t) { return std::vector<float>(3); };
  CHECK_THROWS_AS(ml::make_dictionary(images, short_map, one, 0), DataError);
  auto wide = one;
  wide.patch_kx = width + 1;
  CHECK_THROWS_AS(ml::make_dictionary(images, all, wide, 0), ConfigError);
}

TEST_CASE("random parts have the area asked for and reach every pixel") {
  bondscope::Random random(1, "test");
  for (const bool rectangle : {false, true}) {
    const auto part_of = [&](std::size_t area) {
      return rectangle ? ml::random_rectangle(width, height, area, random)
                       : ml::random_patches(width, height, area, 4, 4, random);
    };
    std::set<std::uint32_t> seen;
    for (int draw = 0; draw < 3000; ++draw) {
      const auto part = part_of(37);
      CHECK(part.size() == 37);
      CHECK(std::is_sorted(part.begin(), part.end()));
      CHECK(part.back() < width * height);
      seen.insert(part.begin(), part.end());
    }
    CHECK(seen.size() == width * height);
    CHECK(part_of(width * height).size() == width * height);
    CHECK(part_of(width * height - 1).size() == width * height - 1);
    CHECK(part_of(0).empty());
  }
}

TEST_CASE("classes have their lower edges, and the last one both") {
  auto samples = ml::testing::invented_samples(7, 5, 8, 4);
  const std::vector<double> distances{1.0, 1.999, 2.0, 8.0, 0.999, 8.001, std::nan("")};
  for (std::size_t i = 0; i < distances.size(); ++i)
    samples.samples[i].parameters = {.R = distances[i], .intensity_w_cm2 = 1e14};
  const std::vector<std::size_t> all{0, 1, 2, 3, 4, 5, 6};
  const auto labelled = ml::label_images(samples, all);
  CHECK(labelled.sample == std::vector<std::size_t>{0, 1, 2, 3});
  CHECK(labelled.class_of == std::vector<std::size_t>{0, 0, 1, 6});
  CHECK_THROWS_AS(ml::label_images(samples, all, std::vector<double>{1}), ConfigError);
  CHECK_THROWS_WITH(ml::label_images(samples, all, ml::paper_classes, std::vector<double>{1, 3, 3}),
                    Contains("[1, 3, 3]"));
}

TEST_CASE("images are labelled, what is in no class or band is left out") {
  auto samples = ml::testing::invented_samples(12, 5, 8, 4);
  samples.samples[3].parameters.R = 9;
  samples.samples[4].parameters.intensity_w_cm2 = 5e14;
  samples.samples[5].parameters = {.R = 3.5, .intensity_w_cm2 = 2.5e14};
  std::vector<std::size_t> chosen(10);
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  const auto labelled = ml::label_images(samples, chosen);
  CHECK(labelled.size() == 8);
  CHECK(labelled.width == 8);
  CHECK(labelled.height == 4);
  CHECK(labelled.sample[3] == 5);
  CHECK(labelled.class_of[3] == 2);
  CHECK(labelled.band_of[3] == 1);
  CHECK(std::ranges::equal(labelled.image(3), samples.image_of(5)));
  CHECK_THROWS_AS(ml::label_images(samples, std::vector<std::size_t>{3, 4}), DataError);
  CHECK_THROWS_AS(ml::label_images(samples, std::vector<std::size_t>{12}), DataError);
}

TEST_CASE("scores become probabilities") {
  const auto p = ml::softmax({0, 0, 1000, 1000, 1, 0}, 2);
  CHECK(p[0] == Approx(0.5));
  CHECK(p[2] == Approx(0.5));
  CHECK(p[4] == Approx(std::exp(1.0) / (1 + std::exp(1.0))));
  CHECK(p[4] + p[5] == Approx(1));
}
