#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libml/report/figures.hpp"
#include "libml/report/figures/frame.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/quantile.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::Picture;
using bondscope::read_png;
using Catch::Matchers::Contains;

namespace {

/// Predictions whose errors grow with R.
ml::Evaluation tested(std::size_t runs, const std::vector<std::string>& targets) {
  ml::Evaluation evaluation;
  evaluation.targets = targets;
  bondscope::Random random(1, "figures", runs);
  for (std::size_t i = 0; i < runs; ++i) {
    ml::Prediction p;
    p.sample.parameters.R = 1 + 7 * random.uniform();
    p.sample.parameters.intensity_w_cm2 = (1 + 3 * random.uniform()) * 1e14;
    for (const auto& name : targets) {
      const double truth = ml::target(name).value(p.sample.parameters);
      p.truth.push_back(truth);
      p.predicted.push_back(truth + 0.05 * truth * (random.uniform() + random.uniform() - 1));
    }
    evaluation.predictions.push_back(p);
  }
  for (std::size_t t = 0; t < targets.size() && runs > 0; ++t) {
    std::vector<double> predicted, truth;
    for (const auto& p : evaluation.predictions) {
      predicted.push_back(p.predicted[t]);
      truth.push_back(p.truth[t]);
    }
    evaluation.scores.push_back(ml::score(predicted, truth, 4, 1));
  }
  return evaluation;
}

std::vector<ml::Epoch> curve(int epochs, std::size_t targets, bool validated, bool changing_rate) {
  std::vector<ml::Epoch> all;
  for (int n = 1; n <= epochs; ++n) {
    ml::Epoch e{.epoch = n, .learning_rate = changing_rate ? 1e-3 / n : 1e-3, .train_loss = 1.0 / n};
    e.train_mae.assign(targets, 2.0 / n);
    if (validated) {
      e.validation_loss = 1.5 / n;
      e.validation_mae.assign(targets, 2.5 / n);
    }
    e.best = n <= 2;
    all.push_back(e);
  }
  return all;
}

using Colour = std::array<int, 3>;
constexpr Colour blue{0x00, 0x72, 0xb2}, vermilion{0xd5, 0x5e, 0x00};

/// Pixels of about this colour.
std::size_t pixels(const Picture& picture, const Colour& colour, int tolerance = 6) {
  std::size_t n = 0;
  for (std::size_t i = 0; i < picture.rgb.size(); i += 3) {
    bool same = true;
    for (std::size_t c = 0; c < 3; ++c)
      same = same && std::abs(picture.rgb[i + c] - colour[c]) <= tolerance;
    n += same;
  }
  return n;
}

/// Nothing reaches over the edge of the paper.
bool white_edge(const Picture& picture) {
  for (int x = 0; x < picture.width; ++x)
    if (picture.brightness(x, 0) < 1 || picture.brightness(x, picture.height - 1) < 1) return false;
  for (int y = 0; y < picture.height; ++y)
    if (picture.brightness(0, y) < 1 || picture.brightness(picture.width - 1, y) < 1) return false;
  return true;
}

const std::string long_title =
    "a_very {long} title with `specials` and 'quotes' that is far wider than any picture of one panel can be "
    "and goes on and on";

}  // namespace

TEST_CASE("learning curves: training and validation are drawn, the rate has an axis if it changes") {
  const TemporaryFolder folder;
  const std::vector<std::string> both{"R", "intensity"};
  ml::draw_learning_curve(folder / "plain.png", long_title, both, curve(20, 2, false, false));
  ml::draw_learning_curve(folder / "validated.png", long_title, both, curve(20, 2, true, false));
  ml::draw_learning_curve(folder / "rate.png", long_title, both, curve(20, 2, true, true));
  const auto plain = read_png(folder / "plain.png"), validated = read_png(folder / "validated.png"),
             rate = read_png(folder / "rate.png");
  for (const auto* picture : {&plain, &validated, &rate}) {
    CHECK(white_edge(*picture));
    CHECK(pixels(*picture, blue) > 500);
  }
  CHECK(pixels(plain, vermilion) == 0);
  CHECK(pixels(validated, vermilion) > 500);
  CHECK(plain.width == validated.width);
  CHECK(rate.width > validated.width);
  // One target fewer is one panel fewer.
  ml::draw_learning_curve(folder / "one.png", "t", {"R"}, curve(20, 1, false, false));
  CHECK(png_size(folder / "one.png").first * 3 == plain.width * 2);
}

TEST_CASE("learning curves of one epoch, of none and with values that are not positive are drawn") {
  const TemporaryFolder folder;
  auto strange = curve(30, 1, true, true);
  strange[3].train_loss = 0;
  strange[4].learning_rate = 0;
  strange[5].validation_loss = std::numeric_limits<double>::infinity();
  strange[6].validation_mae.clear();
  for (const auto& epochs : {curve(1, 1, true, false), curve(0, 1, false, false), strange})
    CHECK_NOTHROW(ml::draw_learning_curve(folder / "curve.png", "t", {"R"}, epochs));
}

TEST_CASE("scatter, errors by parameters and histograms of few and of many runs") {
  const TemporaryFolder folder;
  for (const std::size_t runs : {1, 2, 25, 3500}) {
    const auto evaluation = tested(runs, {"R"});
    ml::draw_scatter(folder / "scatter.png", long_title, evaluation);
    ml::draw_error_by_parameters(folder / "parameters.png", long_title, evaluation);
    ml::draw_error_histogram(folder / "histogram.png", long_title, evaluation);
    for (const char* name : {"scatter.png", "parameters.png", "histogram.png"}) {
      const auto picture = read_png(folder / name);
      CHECK(white_edge(picture));
      CHECK(picture.width > 500);
      CHECK(picture.height > 400);
    }
    const auto scatter = read_png(folder / "scatter.png");
    constexpr Colour densest{0xe6, 0xdc, 0x20};
    if (runs == 25) {
      CHECK(pixels(scatter, blue) > 500);
      CHECK(pixels(scatter, densest) == 0);
    }
    if (runs == 3500) {
      CHECK(pixels(scatter, blue) == 0);
      CHECK(pixels(scatter, densest, 12) > 100);
    }
    // Means in bins need some runs.
    CHECK((pixels(read_png(folder / "parameters.png"), vermilion) > 0) == (runs >= 25));
  }
}

TEST_CASE("every target has its panel, every varying parameter its column") {
  const TemporaryFolder folder;
  auto evaluation = tested(100, {"R"});
  const auto both = tested(100, {"R", "intensity"});
  const auto width = [&](const char* name) { return png_size(folder / name).first; };
  const auto height = [&](const char* name) { return png_size(folder / name).second; };
  ml::draw_scatter(folder / "one.png", "t", evaluation);
  ml::draw_scatter(folder / "two.png", "t", both);
  CHECK(width("two.png") == 2 * width("one.png"));
  ml::draw_error_histogram(folder / "one.png", "t", evaluation);
  ml::draw_error_histogram(folder / "two.png", "t", both);
  CHECK(width("two.png") == 2 * width("one.png"));
  ml::draw_error_by_parameters(folder / "one.png", "t", evaluation);
  ml::draw_error_by_parameters(folder / "two.png", "t", both);
  CHECK(width("two.png") == width("one.png"));
  CHECK(height("two.png") > 1.7 * height("one.png"));
  evaluation.predictions[3].sample.parameters.angle = 0.5;
  ml::draw_error_by_parameters(folder / "angle.png", "t", evaluation);
  CHECK(2 * width("angle.png") == 3 * width("one.png"));
}

TEST_CASE("perfect predictions and outliers are drawn, nothing to draw is refused") {
  const TemporaryFolder folder;
  auto evaluation = tested(300, {"R"});
  ml::draw_scatter(folder / "a.png", "t", evaluation);
  CHECK(pixels(read_png(folder / "a.png"), vermilion) == 0);
  evaluation.predictions[7].predicted[0] += 50;
  evaluation.predictions[8].predicted[0] -= 50;
  ml::draw_scatter(folder / "a.png", "t", evaluation);
  ml::draw_error_by_parameters(folder / "b.png", "t", evaluation);
  ml::draw_error_histogram(folder / "c.png", "t", evaluation);
  // The outliers' triangles.
  CHECK(pixels(read_png(folder / "a.png"), vermilion) > 5);
  for (auto& p : evaluation.predictions) {
    p.predicted = p.truth = {2};
    p.sample.parameters.R = 2;
  }
  evaluation.scores[0] = {.count = 300, .mae_95 = {}};
  CHECK_NOTHROW(ml::draw_scatter(folder / "a.png", "t", evaluation));
  CHECK_NOTHROW(ml::draw_error_by_parameters(folder / "b.png", "t", evaluation));
  CHECK_NOTHROW(ml::draw_error_histogram(folder / "c.png", "t", evaluation));
  auto broken = tested(5, {"R"});
  broken.predictions[2].predicted[0] = std::nan("");
  CHECK_THROWS_WITH(ml::draw_scatter(folder / "d.png", "t", broken), Contains("not finite"));
  broken.predictions[2].predicted.clear();
  CHECK_THROWS_AS(ml::draw_error_histogram(folder / "d.png", "t", broken), DataError);
  const auto none = tested(0, {"R"});
  CHECK_THROWS_AS(ml::draw_scatter(folder / "d.png", "t", none), DataError);
  CHECK_THROWS_AS(ml::draw_error_by_parameters(folder / "d.png", "t", none), DataError);
  CHECK_THROWS_AS(ml::draw_error_histogram(folder / "d.png", "t", none), DataError);
  CHECK_FALSE(std::filesystem::exists(folder / "d.png"));
}

TEST_CASE("a confusion matrix has true classes in rows and predicted ones in columns") {
  const TemporaryFolder folder;
  constexpr Colour darkest{8, 48, 107};
  // All of class 1 is taken for class 0: the dark cell is in the lower left.
  ml::draw_confusion(folder / "c.png", long_title, {"H2+", "{He}_H"}, {{0, 0}, {9, 0}});
  const auto picture = read_png(folder / "c.png");
  CHECK(white_edge(picture));
  double x = 0, y = 0, n = 0;
  for (int row = 0; row < picture.height; ++row)
    for (int column = 0; column < picture.width; ++column) {
      const auto* p = &picture.rgb[3 * (static_cast<std::size_t>(row) * picture.width + column)];
      if (p[0] != darkest[0] || p[1] != darkest[1] || p[2] != darkest[2]) continue;
      x += column;
      y += row;
      n += 1;
    }
  REQUIRE(n > 5000);
  CHECK(x / n < 0.5 * picture.width);
  CHECK(y / n > 0.5 * picture.height);

  const std::vector<std::string> many(ml::most_classes_drawn, "a class with a rather long name");
  const std::vector<std::vector<std::size_t>> counts(many.size(),
                                                     std::vector<std::size_t>(many.size(), 1234));
  ml::draw_confusion(folder / "many.png", "t", many, counts);
  CHECK(white_edge(read_png(folder / "many.png")));
  CHECK_NOTHROW(ml::draw_confusion(folder / "one.png", "t", {"x"}, {{0}}));
  CHECK_THROWS_AS(ml::draw_confusion(folder / "x.png", "t", {}, {}), DataError);
  CHECK_THROWS_WITH(ml::draw_confusion(folder / "x.png", "t", {"a", "b"}, {{1, 2}}),
                    Contains("1 rows for 2"));
  CHECK_THROWS_AS(ml::draw_confusion(folder / "x.png", "t", {"a", "b"}, {{1, 2}, {1}}), DataError);
  CHECK_THROWS_AS(ml::draw_confusion(folder / "x.png", "t", std::vector<std::string>(41),
                                     std::vector(41, std::vector<std::size_t>(41))),
                  DataError);
}

TEST_CASE("errors against samples: points, fits that reach the target and fits that never do") {
  const TemporaryFolder folder;
  std::vector<ml::ErrorCurve> curves{
      {"from scratch", {{100, {0.7, 0.75}}, {400, {0.4}}, {1600, {0.2, 0.21}}}},
      {"transfer {3} frozen", {{100, {0.3, 0.32, 0.28}}, {400, {0.2, 0.25, 0.15}}}}};
  ml::draw_error_against_samples(folder / "bare.png", long_title, ml::target("R"), curves);
  const auto bare = read_png(folder / "bare.png");
  CHECK(white_edge(bare));
  CHECK(pixels(bare, blue) > 300);
  CHECK(pixels(bare, vermilion) > 200);
  curves[0].fit = ml::PowerLaw{7.241, -0.526, 0.075};
  curves[1].fit = ml::PowerLaw{1, -0.3, 0.11};  // never at 0.1
  ml::draw_error_against_samples(folder / "fits.png", "t", ml::target("R"), curves, 0.1);
  CHECK(white_edge(read_png(folder / "fits.png")));
  CHECK(png_size(folder / "fits.png").second > bare.height);
  // Another's law, without points.
  curves.push_back({"paper", {}, ml::PowerLaw{7.241, -0.526, 0.075}});
  ml::draw_error_against_samples(folder / "beside.png", "t", ml::target("R"), curves, 0.1);
  CHECK(png_size(folder / "beside.png").second == png_size(folder / "fits.png").second + 19);
  CHECK_THROWS_WITH(ml::draw_error_against_samples(folder / "x.png", "t", ml::target("R"), {curves.back()}),
                    Contains("'paper' has no points"));
  curves.pop_back();
  // One point, wide scatter.
  CHECK_NOTHROW(ml::draw_error_against_samples(folder / "a.png", "t", ml::target("intensity"),
                                               {{"x", {{100, {0.1, 9}}}}}, 1e-5));

  const auto png = folder / "x.png";
  CHECK_THROWS_AS(ml::draw_error_against_samples(png, "t", ml::target("R"), {}), DataError);
  CHECK_THROWS_WITH(ml::draw_error_against_samples(png, "t", ml::target("R"), {{"x", {}}}),
                    Contains("'x' has no points"));
  CHECK_THROWS_AS(ml::draw_error_against_samples(png, "t", ml::target("R"), {{"x", {{100, {}}}}}), DataError);
  CHECK_THROWS_AS(ml::draw_error_against_samples(png, "t", ml::target("R"), {{"x", {{0, {1}}}}}), DataError);
  CHECK_THROWS_AS(ml::draw_error_against_samples(png, "t", ml::target("R"), {{"x", {{10, {std::nan("")}}}}}),
                  DataError);
  CHECK_THROWS_AS(ml::draw_error_against_samples(png, "t", ml::target("R"), curves, 0.0), DataError);
  CHECK_THROWS_AS(ml::draw_error_against_samples(png, "t", ml::target("nonsense"), curves), ConfigError);
}

TEST_CASE("density is highest where the points crowd, and far outliers do not move it") {
  bondscope::Random random(3, "points");
  std::vector<double> x, y;
  for (int i = 0; i < 2500; ++i) {
    x.push_back(10 * random.uniform());
    y.push_back(1e-3 * (random.uniform() + random.uniform() + random.uniform()));
  }
  const auto density = ml::figure::relative_density(x, y);
  CHECK(*std::max_element(density.begin(), density.end()) == 1);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::abs(x[i] - 5) > 3) continue;
    // Three uniform numbers add up to 1.5, at the rim to little more than 0 or little less than 3.
    if (std::abs(y[i] - 1.5e-3) < 0.2e-3) CHECK(density[i] > 0.6);
    if (std::abs(y[i] - 1.5e-3) > 1.1e-3) CHECK(density[i] < 0.4);
  }
  x.push_back(1e6);
  y.push_back(-40);
  const auto with_outlier = ml::figure::relative_density(x, y);
  CHECK(with_outlier.back() < 0.01);
  CHECK(std::abs(with_outlier[5] - density[5]) < 0.1);
}

TEST_CASE("density of points that do not differ, of one and of none") {
  const std::vector<double> same(5, 3.0), one{1}, none;
  CHECK(ml::figure::relative_density(same, same) == std::vector<double>(5, 1.0));
  CHECK(ml::figure::relative_density(one, one) == std::vector<double>{1.0});
  CHECK(ml::figure::relative_density(none, none).empty());
}

TEST_CASE("outliers do not decide how far an axis reaches") {
  CHECK(ml::figure::readable_limit({0, 0}) == 1);
  std::vector<double> sizes(1000, 1.0);
  sizes[5] = 100;
  CHECK(ml::figure::readable_limit(sizes) == Approx(1.5));
  sizes[5] = 1.9;
  CHECK(ml::figure::readable_limit(sizes) == Approx(1.9));
  const double infinite = std::numeric_limits<double>::infinity();
  CHECK(bondscope::quantile({3, 1, 2, 4}, 0.5) == Approx(2.5));
  CHECK(bondscope::quantile({1, infinite, infinite}, 0) == 1);
  CHECK(bondscope::quantile({1, infinite, infinite}, 0.1) == infinite);
  CHECK(bondscope::quantile({1, infinite, infinite}, 0.9) == infinite);
}
