#include <cmath>
#include <numeric>
#include <stdexcept>
#include <utility>

#include <catch2/catch.hpp>
#include <opencv2/ml.hpp>

#include "libml/arrays/safetensors.hpp"
#include "libml/baselines/baseline.hpp"
#include "libml/baselines/hog.hpp"
#include "libml/baselines/methods.hpp"
#include "libml/baselines/regressions.hpp"
#include "libml/baselines/regressor.hpp"
#include "libml/baselines/sift.hpp"
#include "libpmd/base/error.hpp"
#include "tests/libml/baseline_samples.hpp"

using namespace bondscope;

using bondscope::ml::make_baseline;
using bondscope::ml::testing::invented_samples;
using Catch::Matchers::Contains;

namespace {

std::vector<std::size_t> range(std::size_t begin, std::size_t end) {
  std::vector<std::size_t> positions(end - begin);
  std::iota(positions.begin(), positions.end(), begin);
  return positions;
}

/// Those that learn from grey levels; the likelihood does not (test_likelihood.cpp).
std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& kind : ml::baselines())
    if (kind.name != "likelihood") all.push_back(kind.name);
  return all;
}

double mean_error_of_R(const std::vector<double>& predicted, const ml::SampleSet& samples,
                       const std::vector<std::size_t>& chosen, std::size_t targets) {
  double sum = 0;
  for (std::size_t i = 0; i < chosen.size(); ++i)
    sum += std::abs(predicted[i * targets] - samples.samples[chosen[i]].parameters.R);
  return sum / static_cast<double>(chosen.size());
}

/// An image of one colour.
ml::SampleSet plain_sample() {
  auto samples = invented_samples(1, 9);
  std::fill(samples.pixels.begin(), samples.pixels.end(), std::uint8_t{100});
  return samples;
}

}  // namespace

TEST_CASE("every method reads R far better than the mean does, also off another set") {
  const auto name = GENERATE(from_range(names()));
  INFO(name);
  const auto samples = invented_samples(120, 1);
  const auto others = invented_samples(30, 2);
  const auto all = range(0, others.size());
  const auto baseline = make_baseline(name, {1, 2});
  baseline->fit(samples, range(0, 120), {"R"});
  const double error = mean_error_of_R(baseline->predict(others, all), others, all, 1);
  const double of_mean = mean_error_of_R(std::vector<double>(30, 4.5), others, all, 1);
  CHECK(of_mean > 1.3);
  CHECK(error < of_mean / 3);
}

TEST_CASE("a known image is recognised by direct comparison, with all its targets") {
  const auto name = GENERATE("mse", "sift");
  const auto samples = invented_samples(25, 3);
  const auto baseline = make_baseline(name, {1, 2});
  baseline->fit(samples, range(5, 25), {"intensity", "R"});
  const auto answers = baseline->predict(samples, range(5, 25));
  REQUIRE(answers.size() == 40);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(answers[2 * i] == samples.samples[i + 5].parameters.intensity_w_cm2 * 1e-14);
    CHECK(answers[2 * i + 1] == samples.samples[i + 5].parameters.R);
  }
}

TEST_CASE("the same arguments give the same bits, whatever the number of threads") {
  const auto name = GENERATE(from_range(names()));
  INFO(name);
  const auto samples = invented_samples(40, 4);
  std::vector<std::vector<double>> answers;
  for (const int threads : {1, 2, 2}) {
    const auto baseline = make_baseline(name, {7, threads});
    baseline->fit(samples, range(0, 30), {"R", "intensity"});
    answers.push_back(baseline->predict(samples, range(30, 40)));
  }
  CHECK(answers[0].size() == 20);
  CHECK(answers[0] == answers[1]);
  CHECK(answers[1] == answers[2]);
}

TEST_CASE("what was learned comes back from its arrays, and answers the same bit for bit") {
  const auto name = GENERATE(from_range(names()));
  INFO(name);
  const auto samples = invented_samples(40, 4);
  const std::vector<std::string> targets{"R", "intensity"};
  const auto learned_from = GENERATE(30, 1);
  const auto fitted = make_baseline(name, {7, 1});
  CHECK_THROWS_AS(fitted->learned(), DataError);
  fitted->fit(samples, range(0, static_cast<std::size_t>(learned_from)), targets);
  auto learned = fitted->learned();
  learned.arrays = ml::from_safetensors(ml::to_safetensors(learned.arrays));
  const auto loaded = make_baseline(name, {1, 2});
  loaded->restore(samples.image, targets, learned);
  CHECK(loaded->predict(samples, range(20, 40)) == fitted->predict(samples, range(20, 40)));
  CHECK(loaded->chosen_settings() == fitted->chosen_settings());

  // Nothing in it is trusted.
  const auto refused = [&](ml::Learned wrong, const ImageSettings& image) {
    CHECK_THROWS_AS(loaded->restore(image, targets, wrong), DataError);
    CHECK_THROWS_AS(loaded->predict(samples, range(20, 40)), DataError);
  };
  for (std::size_t a = 0; a < learned.arrays.size(); ++a) {
    auto without = learned;
    without.arrays.erase(without.arrays.begin() + static_cast<std::ptrdiff_t>(a));
    refused(without, samples.image);
    auto other_shape = learned;
    other_shape.arrays[a].shape.push_back(1);
    refused(other_shape, samples.image);
  }
  for (const auto& [setting, value] : learned.settings) {
    auto without = learned;
    without.settings.erase(setting);
    refused(without, samples.image);
  }
}

TEST_CASE("a tree that leads nowhere is refused") {
  const auto samples = invented_samples(40, 4);
  const auto fitted = make_baseline("tree_hog", {1, 1});
  fitted->fit(samples, range(0, 40), {"R"});
  const auto learned = fitted->learned();
  struct Bad {
    std::string array;
    std::int64_t value;
  };
  const auto bad = GENERATE(values<Bad>(
      {{"R.node_below", 0}, {"R.node_above", -1}, {"R.node_above", 1 << 20}, {"R.node_feature", 1 << 20}}));
  auto wrong = learned;
  for (auto& array : wrong.arrays)
    if (array.name == bad.array) std::get<std::vector<std::int64_t>>(array.values).front() = bad.value;
  CHECK_THROWS_WITH(fitted->restore(samples.image, {"R"}, wrong), Contains("node 0 of 'R.node_feature'"));
}

TEST_CASE("a tree answers as OpenCV's, from which it is taken") {
  Random random(1, "features of a tree");
  auto features = ml::make_features(200, 5);
  std::vector<double> truth;
  cv::Mat values(200, 5, CV_32F), answers(200, 1, CV_32F), found;
  for (std::size_t i = 0; i < features.rows; ++i) {
    for (float& feature : features.row(i))
      feature = static_cast<float>(random.uniform());
    std::ranges::copy(features.row(i), values.ptr<float>(static_cast<int>(i)));
    truth.push_back(std::sin(6.0 * static_cast<double>(features.row(i)[1])) +
                    static_cast<double>(features.row(i)[4]));
  }
  ml::RegressionTree tree(1, 1);
  tree.learn(features, truth, {});
  const double mean = std::accumulate(truth.begin(), truth.end(), 0.0) / 200;
  for (int i = 0; i < 200; ++i)
    answers.at<float>(i) = static_cast<float>(truth[static_cast<std::size_t>(i)] - mean);
  ml::Learned learned;
  tree.save(learned, "");
  const auto theirs = cv::ml::DTrees::create();
  theirs->setMinSampleCount(static_cast<int>(learned.setting("samples_to_split")));
  theirs->setMaxDepth(25);
  theirs->setRegressionAccuracy(0);
  theirs->setUseSurrogates(false);
  theirs->setCVFolds(0);
  theirs->train(values, cv::ml::ROW_SAMPLE, answers);
  theirs->predict(values, found);
  const auto ours = tree.predict(features);
  for (int i = 0; i < 200; ++i)
    CHECK(ours[static_cast<std::size_t>(i)] == mean + static_cast<double>(found.at<float>(i)));
}

TEST_CASE("fitted to one sample, every method answers what it knows") {
  const auto name = GENERATE(from_range(names()));
  INFO(name);
  const auto samples = invented_samples(5, 5);
  const auto baseline = make_baseline(name, {1, 1});
  baseline->fit(samples, range(2, 3), {"R"});
  for (const double value : baseline->predict(samples, range(0, 5)))
    CHECK(value == Approx(samples.samples[2].parameters.R).epsilon(1e-6));
}

TEST_CASE("two samples, or nearly always the same R, are enough to learn from") {
  const auto name = GENERATE(from_range(names()));
  INFO(name);
  auto samples = invented_samples(6, 5);
  for (std::size_t i = 0; i < 5; ++i)
    samples.samples[i].parameters.R = 3;
  samples.samples[5].parameters.R = 4;
  for (const std::size_t first : {0, 4}) {
    const auto baseline = make_baseline(name, {1, 1});
    baseline->fit(samples, range(first, 6), {"R"});
    for (const double value : baseline->predict(samples, range(0, 6))) {
      CHECK(value > 2.9);
      CHECK(value < 4.1);
    }
  }
}

TEST_CASE("an image without contrast has no key points, and still an answer") {
  const auto name = GENERATE(from_range(names()));
  INFO(name);
  const auto plain = plain_sample();
  CHECK(ml::key_points(plain.image_of(0), 128, 64).descriptors.empty());
  const auto samples = invented_samples(20, 6);
  const auto baseline = make_baseline(name, {1, 2});
  baseline->fit(samples, range(0, 20), {"R"});
  const auto answers = baseline->predict(plain, range(0, 1));
  REQUIRE(answers.size() == 1);
  CHECK(std::isfinite(answers[0]));
  if (name == "sift") {
    const auto by_pixels = make_baseline("mse", {1, 1});
    by_pixels->fit(samples, range(0, 20), {"R"});
    CHECK(answers == by_pixels->predict(plain, range(0, 1)));
  }

  // The other way round: nothing to learn but the mean.
  baseline->fit(plain, range(0, 1), {"R"});
  CHECK(baseline->predict(samples, range(0, 3))[2] == Approx(plain.samples[0].parameters.R).epsilon(1e-6));
}

TEST_CASE("what cannot be learned from or asked is refused") {
  const auto name = GENERATE(from_range(names()));
  INFO(name);
  const auto samples = invented_samples(6, 7);
  const auto baseline = make_baseline(name, {1, 1});
  CHECK_THROWS_AS(baseline->predict(samples, range(0, 1)), DataError);
  CHECK_THROWS_WITH(baseline->fit(samples, {}, {"R"}), Contains("no sample to learn from"));
  CHECK_THROWS_AS(baseline->fit(samples, {}, {"R"}), DataError);
  CHECK_THROWS_WITH(baseline->fit(samples, range(0, 7), {"R"}), Contains("no sample 6"));
  CHECK_THROWS_AS(baseline->fit(samples, range(0, 3), {}), ConfigError);
  CHECK_THROWS_WITH(baseline->fit(samples, range(0, 3), {"colour"}),
                    Contains("expected one of R, intensity"));
  auto cut = samples;
  cut.pixels.pop_back();
  CHECK_THROWS_AS(baseline->fit(cut, range(0, 3), {"R"}), DataError);

  baseline->fit(samples, range(0, 6), {"R"});
  CHECK(baseline->predict(samples, {}).empty());
  CHECK_THROWS_WITH(baseline->predict(samples, range(6, 7)), Contains("no sample 6"));
  CHECK_THROWS_WITH(baseline->predict(invented_samples(2, 1, 64, 64), range(0, 2)),
                    Contains("64 x 64 pixels") && Contains("128 x 64 pixels"));
}

TEST_CASE("an unknown method is refused with the names there are") {
  CHECK_THROWS_AS(make_baseline("forest", {1, 1}), ConfigError);
  CHECK_THROWS_WITH(make_baseline("forest", {1, 1}),
                    Contains("'forest'") && Contains("mse, sift, svm_hog, tree_hog, svm_sift"));
  CHECK_THROWS_AS(make_baseline("mse", {1, 0}), ConfigError);
}

TEST_CASE("the monitor sees all of it, and what it throws ends the work") {
  const auto name = GENERATE("sift", "svm_hog", "tree_hog", "svm_sift");
  INFO(name);
  const auto samples = invented_samples(8, 8);
  const auto baseline = make_baseline(name, {1, 2});
  std::size_t last = 0, all = 0;
  baseline->fit(samples, range(0, 8), {"R"}, [&](std::size_t done, std::size_t of) {
    last = done;
    all = of;
  });
  CHECK(all > 0);
  CHECK(last == all);
  const auto stop = [](std::size_t, std::size_t) { throw Interrupted("stopped"); };
  CHECK_THROWS_AS(baseline->predict(samples, range(0, 4), stop), Interrupted);
  CHECK_THROWS_AS(baseline->fit(samples, range(0, 8), {"R"}, stop), Interrupted);
  CHECK_THROWS_AS(baseline->predict(samples, range(0, 4)), DataError);
}

TEST_CASE("squared differences are exact, or given up once they are too large") {
  std::vector<std::uint8_t> black(5000, 0), white(5000, 255);
  CHECK(ml::squared_difference(black, black) == 0);
  CHECK(ml::squared_difference(black, white) == 5000u * 255 * 255);
  white[4999] = 3;
  CHECK(ml::squared_difference(white, black) == 4999u * 255 * 255 + 9);
  CHECK(ml::squared_difference(black, white, 100) >= 100);
}

TEST_CASE("descriptors match if the nearest is much nearer than the second") {
  ml::Descriptor a{}, b{}, c{};
  a[0] = 100;
  b[1] = 100;
  c[0] = 90;
  CHECK(ml::matches(std::vector{a}, std::vector{a, b}, 0.8) == 1);
  CHECK(ml::matches(std::vector{a}, std::vector{c, b}, 0.8) == 1);
  CHECK(ml::matches(std::vector{a}, std::vector{a}, 0.8) == 0);     // no second one
  CHECK(ml::matches(std::vector{a}, std::vector{a, a}, 0.8) == 0);  // ambiguous
  CHECK(ml::matches(std::vector{b}, std::vector{a, c}, 0.8) == 0);  // about as far
  CHECK(ml::matches(std::vector{a, b}, std::vector{a, b}, 0.8) == 2);
  CHECK(ml::matches(std::vector<ml::Descriptor>{}, std::vector{a, b}, 0.8) == 0);
}

TEST_CASE("histograms of gradients know the direction of edges, not their sign or strength") {
  const int width = 8, height = 8;
  const ml::HogSettings settings{.cell_kx = 4, .cell_ky = 4, .bins = 4};
  std::vector<std::uint8_t> along_kx, opposite, weaker, along_ky;
  for (int x = 0; x < width; ++x)
    for (int y = 0; y < height; ++y) {
      along_kx.push_back(static_cast<std::uint8_t>(20 * x));
      opposite.push_back(static_cast<std::uint8_t>(20 * (7 - x)));
      weaker.push_back(static_cast<std::uint8_t>(5 * x));
      along_ky.push_back(static_cast<std::uint8_t>(20 * y));
    }
  const auto features = [&](const std::vector<std::uint8_t>& image) {
    return ml::hog(image, width, height, settings);
  };
  const auto reference = features(along_kx);
  REQUIRE(reference.size() == 16);
  CHECK(reference.size() == ml::hog_length(width, height, settings));
  double squares = 0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    squares += std::pow(static_cast<double>(reference[i]), 2);
    CHECK(features(opposite)[i] == Approx(reference[i]).margin(1e-5));
    CHECK(features(weaker)[i] == Approx(reference[i]).margin(1e-5));
    // 0° is between the first and the last bin, 90° between the two in the middle.
    const bool at_zero = i % 4 == 0 || i % 4 == 3;
    CHECK((reference[i] > 0.1f) == at_zero);
    CHECK((features(along_ky)[i] > 0.1f) == !at_zero);
  }
  CHECK(squares == Approx(1).epsilon(1e-4));
  CHECK(features(std::vector<std::uint8_t>(64, 50)) == std::vector<float>(16, 0.0f));
  CHECK(ml::hog_length(256, 128) == 7 * 7 * 36);
  CHECK_THROWS_AS(ml::hog_length(63, 128), ConfigError);
  CHECK_THROWS_WITH(ml::hog_length(256, 16), Contains("2 x 2 cells of 32 x 16"));
}

TEST_CASE("visual words are the clusters of the descriptors, counted in the image and in its parts") {
  ml::Descriptor a{}, b{};
  a[0] = 200;
  b[5] = 200;
  const auto points = [](std::vector<ml::Descriptor> descriptors) {
    ml::KeyPoints found{std::move(descriptors), {}};
    found.places.resize(found.descriptors.size(), {0.9f, 0.2f});
    return found;
  };
  const ml::WordSettings two{.words = 2, .parts_kx = 2, .parts_ky = 1};
  const ml::VisualWords words({points({a, a, b}), points({}), points({b, b})}, two, 1);
  REQUIRE(words.size() == 2);
  auto image = points({a, a, a, b});
  image.places[0] = {0, 1};
  image.places[3] = {1, 0};
  const auto found = words.frequencies(image);
  REQUIRE(found.size() == 6);
  const std::size_t of_a = found[0] > found[1] ? 0 : 1;
  CHECK(found[of_a] == Approx(std::sqrt(0.75)));
  CHECK(found[1 - of_a] == Approx(0.5));
  CHECK(found[2 + of_a] == Approx(0.5));
  CHECK(found[3 - of_a] == 0.0f);
  CHECK(found[4 + of_a] == Approx(std::sqrt(0.5)));
  CHECK(found[5 - of_a] == Approx(0.5));
  CHECK(words.frequencies({}) == std::vector<float>(6, 0.0f));
  CHECK(ml::VisualWords({points({}), points({})}, two, 1).length() == 0);
  const ml::VisualWords one({points({a})}, two, 1);
  CHECK(one.size() == 1);
  CHECK(one.frequencies(points({b})) == std::vector<float>{1, 0, 1});
}

TEST_CASE("key points are found where they are") {
  std::vector<std::uint8_t> image(128 * 64, 0);
  for (int x = -8; x <= 8; ++x)
    for (int y = -8; y <= 8; ++y)
      image[static_cast<std::size_t>((96 + x) * 64 + 16 + y)] =
          static_cast<std::uint8_t>(250 * std::exp(-(x * x + y * y) / 18.0));
  const auto found = ml::key_points(image, 128, 64);
  REQUIRE(!found.descriptors.empty());
  CHECK(found.places.size() == found.descriptors.size());
  CHECK(found.places[0].kx == Approx(0.75).margin(0.03));
  CHECK(found.places[0].ky == Approx(0.25).margin(0.03));
}

TEST_CASE("images of a few pixels have no key points, and do no harm") {
  const std::vector<std::uint8_t> image{0, 255, 30, 200, 10, 90, 0, 0, 120, 7, 9, 255, 255, 0, 1, 2};
  for (const auto& [width, height] : {std::pair{1, 1}, {1, 16}, {16, 1}, {2, 2}, {2, 8}, {4, 4}}) {
    const auto pixels = std::span(image).first(static_cast<std::size_t>(width * height));
    CHECK(ml::key_points(pixels, width, height).descriptors.size() < 50);
  }
}

TEST_CASE("folds test every row once and never train on it") {
  const auto folds = ml::make_folds(13, 5, 1);
  REQUIRE(folds.size() == 5);
  std::vector<int> tested(13);
  for (const auto& fold : folds) {
    CHECK(fold.train.size() + fold.test.size() == 13);
    CHECK(fold.test.size() >= 2);
    for (const auto row : fold.test) {
      ++tested[row];
      CHECK(std::find(fold.train.begin(), fold.train.end(), row) == fold.train.end());
    }
  }
  CHECK(tested == std::vector<int>(13, 1));
  CHECK(ml::make_folds(3, 5, 1).size() == 3);
  CHECK(ml::make_folds(1, 5, 1).empty());
  CHECK(ml::make_folds(13, 5, 1)[0].test != ml::make_folds(13, 5, 2)[0].test);

  const auto error = [](std::size_t setting, const ml::Fold&) { return setting == 2 ? 0.5 : 1.0; };
  CHECK(ml::best_setting(4, folds, 2, error, {}) == 2);
  CHECK(ml::best_setting(4, {}, 2, error, {}) == 0);
}
