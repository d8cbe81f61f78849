#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

#include "libml/predict/answer.hpp"
#include "libml/predict/conformal.hpp"
#include "libml/predict/coverage.hpp"
#include "libml/predict/told_targets.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/base/statistics/average.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

/// Answers spread over 1 … 8 whose errors are normal, ten times as large at 1 as at 8, and `stretched`.
ml::Evidence invented(std::size_t runs, std::uint64_t seed, double stretched = 1, double electrons = 0) {
  ml::Evidence e{.targets = 1, .periods = {0}, .answers = {}, .truths = {}, .electrons = {}, .distances = {}};
  Random random(seed, "invented evidence");
  const auto normal = [&] {
    return std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(6.283185307179586 * random.uniform());
  };
  for (std::size_t i = 0; i < runs; ++i) {
    const double answer = 1 + 7 * random.uniform();
    const double sigma = 0.1 * std::pow(10, -(answer - 1) / 7) * stretched;
    e.answers.push_back(answer);
    e.truths.push_back(answer + sigma * normal());
    e.electrons.push_back(electrons);
    e.distances.push_back(1);
  }
  return e;
}

std::vector<ml::Target> R() {
  return {ml::target("R")};
}

}  // namespace

TEST_CASE("intervals hold the truth as often as the law of conformal calibrations says") {
  // Of each of many calibrations the number of fresh runs inside, judged under its beta-binomial law: were
  // the promise broken, p-values would pile up at 0; were the law too wide, none would be small.
  constexpr std::size_t calibrations = 120, runs = 80, fresh = 400;
  const auto far_out = invented(fresh * calibrations, 7);
  for (const double level : ml::shown_levels) {
    std::size_t inside_of_all = 0, rejected = 0;
    for (std::size_t c = 0; c < calibrations; ++c) {
      const ml::ConformalIntervals intervals(invented(runs, 100 + c));
      std::size_t inside = 0;
      for (std::size_t i = c * fresh; i < (c + 1) * fresh; ++i) {
        const auto half = intervals.half_width(far_out.asked(i), 0, level);
        REQUIRE(half);
        inside += std::abs(far_out.error(i, 0)) <= *half;
      }
      inside_of_all += inside;
      const double k = std::ceil((runs + 1) * level - 1e-9);
      const auto [lower, upper] = ml::beta_binomial_tails(inside, fresh, k, runs + 1 - k);
      rejected += 2 * std::min(lower, upper) < 0.1;
    }
    const double share = static_cast<double>(inside_of_all) / (fresh * calibrations);
    const double promised = std::ceil((runs + 1) * level - 1e-9) / (runs + 1);
    // One calibration differs by √(q(1 - q)/82), the mean of 120 by a tenth of it.
    const double deviation = std::sqrt(promised * (1 - promised) / 82 / calibrations);
    INFO("level " << level << ": " << share << " of " << promised << ", " << rejected << " rejected");
    CHECK(std::abs(share - promised) < 4 * deviation);
    CHECK(rejected <= 26);  // of 120 at 10 %: 12 ± 3.3
  }
}

TEST_CASE("intervals hold in each part of the range, and are narrow where errors are small") {
  const ml::ConformalIntervals intervals(invented(700, 1));
  const auto fresh = invented(7000, 2);
  ml::Divider by_answer{"R", "a.u.", fresh.truths};
  const auto coverages = ml::coverage(intervals, fresh, R(), {by_answer});
  REQUIRE(coverages.size() == 1);
  CHECK(coverages[0].parts.size() == 8);  // all, and seven parts
  CHECK(ml::refuted(coverages).empty());
  const std::vector<double> wide{1.3}, narrow{7.7};
  CHECK(*intervals.half_width({wide}, 0, 0.9) > 5 * *intervals.half_width({narrow}, 0, 0.9));
  // Mean width over mean error of normal errors: 2 · 1.645/√(2/π) = 4.12.
  const auto& all = coverages[0].parts.front();
  CHECK(all.mean_width / all.mean_absolute_error == Approx(4.12).epsilon(0.12));
  CHECK(mean(coverages[0].transforms) == Approx(0.5).margin(0.02));
}

TEST_CASE("a calibration that is too sure of itself is refuted, also in one part alone") {
  const ml::ConformalIntervals sure(invented(700, 1));
  const auto coverages = ml::coverage(sure, invented(700, 2, 1.5), R(), {});
  const auto wrong = ml::refuted(coverages);
  REQUIRE_FALSE(wrong.empty());
  CHECK_THAT(wrong.front(), Contains("R, all"));
  // As is one that is not sure enough.
  CHECK_FALSE(ml::refuted(ml::coverage(sure, invented(700, 3, 0.6), R(), {})).empty());

  auto uneven = invented(3000, 4);
  for (std::size_t i = 0; i < uneven.size(); ++i)
    if (uneven.answers[i] < 2)
      uneven.truths[i] = uneven.answers[i] + 2.5 * (uneven.truths[i] - uneven.answers[i]);
  const auto in_parts = ml::refuted(ml::coverage(sure, uneven, R(), {{"R", "a.u.", uneven.answers}}));
  REQUIRE_FALSE(in_parts.empty());
  CHECK(
      std::ranges::any_of(in_parts, [](const std::string& one) { return one.find("R 1 to 2") != one.npos; }));
}

TEST_CASE("each number of electrons has its own intervals") {
  auto mixed = invented(300, 1, 1, 1e6);
  const auto noisy = invented(300, 2, 10, 1e3);
  mixed.answers.insert(mixed.answers.end(), noisy.answers.begin(), noisy.answers.end());
  mixed.truths.insert(mixed.truths.end(), noisy.truths.begin(), noisy.truths.end());
  mixed.electrons.insert(mixed.electrons.end(), noisy.electrons.begin(), noisy.electrons.end());
  mixed.distances.insert(mixed.distances.end(), noisy.distances.begin(), noisy.distances.end());
  const ml::ConformalIntervals intervals(mixed);
  const std::vector<double> answer{4.0};
  CHECK(*intervals.half_width({answer, 1e3}, 0, 0.9) > 6 * *intervals.half_width({answer, 1e6}, 0, 0.9));
  CHECK(intervals.knows(1.5e3));
  CHECK_FALSE(intervals.knows(3e4));
  CHECK_FALSE(intervals.knows(0));
  CHECK(ml::refuted(ml::coverage(intervals, invented(500, 5, 10, 1e3), R(), {})).empty());
  CHECK_FALSE(ml::refuted(ml::coverage(intervals, invented(500, 5, 10, 1e6), R(), {})).empty());
}

TEST_CASE("what is far from all that was learned from has wide intervals") {
  const ml::ConformalIntervals intervals(invented(300, 1));
  const std::vector<double> answer{4.0};
  const double usual = *intervals.half_width({answer, 0, 1}, 0, 0.9);
  CHECK(*intervals.half_width({answer, 0, 3}, 0, 0.9) == Approx(3 * usual));
  CHECK(*intervals.half_width({answer, 0, 0}, 0, 0.9) == Approx(usual / 10));
}

TEST_CASE("few runs give intervals of low levels only, and too few none") {
  const std::vector<double> answer{4.0};
  const ml::ConformalIntervals twelve(invented(12, 1));
  CHECK(twelve.half_width({answer}, 0, 0.9));
  CHECK_FALSE(twelve.half_width({answer}, 0, 0.95));
  CHECK_THROWS_WITH(ml::ConformalIntervals(invented(9, 1)), Contains("at least 10 runs"));
  auto not_finite = invented(20, 1);
  not_finite.truths[3] = std::nan("");
  CHECK_THROWS_AS(ml::ConformalIntervals(not_finite), DataError);
}

TEST_CASE("angles are compared the shorter way round") {
  ml::Evidence e{.targets = 1,
                 .periods = {6.283185307179586},
                 .answers = {},
                 .truths = {},
                 .electrons = {},
                 .distances = {}};
  for (int i = 0; i < 40; ++i) {
    e.answers.push_back(0.01);
    e.truths.push_back(6.283185307179586 - 0.01);
    e.electrons.push_back(0);
    e.distances.push_back(1);
  }
  CHECK(e.error(0, 0) == Approx(0.02));
  CHECK(*ml::ConformalIntervals(e).half_width(e.asked(0), 0, 0.9) == Approx(0.02));
}

TEST_CASE("the tails of a beta-binomial law") {
  // Beta(1, 1): all counts are as probable.
  const auto [lower, upper] = ml::beta_binomial_tails(3, 9, 1, 1);
  CHECK(lower == Approx(0.4));
  CHECK(upper == Approx(0.7));
  // Very many calibrated runs: binomial.
  const auto sharp = ml::beta_binomial_tails(8, 10, 9e7, 1e7);
  CHECK(sharp.lower == Approx(0.2639).epsilon(1e-3));
}

TEST_CASE("within a calibration every run is judged by intervals of the others") {
  const auto evidence = invented(500, 11);
  const auto coverages = ml::cross_coverage(evidence, R(), {}, 1);
  CHECK(coverages[0].parts.front().levels[1].runs == 500);
  CHECK(ml::refuted(coverages).empty());
  CHECK(coverages[0].transforms.size() == 500);
}

TEST_CASE("a truth far below its answer has nothing of the density below it") {
  const ml::ConformalIntervals intervals(invented(200, 4));
  const double answer = 4.5;
  const ml::Evidence::Asked asked{{&answer, 1}, 0, 1};
  CHECK(intervals.transform(asked, 0, answer - 1) < 0.01);
  CHECK(intervals.transform(asked, 0, answer) == Approx(0.5).margin(0.1));
  CHECK(intervals.transform(asked, 0, answer + 1) > 0.99);
}

TEST_CASE("runs belong to the level that they calibrated") {
  const std::vector<double> electrons{2e4, 6e4, 1e5, 0, 2e4};
  const auto levels = ml::noise_levels(electrons);
  REQUIRE(levels.size() == 3);
  CHECK(levels[0].runs == std::vector<std::size_t>{3});
  for (const auto& level : levels)
    for (const auto run : level.runs)
      CHECK(&levels[ml::level_of(levels, electrons[run])] == &level);
  CHECK(ml::has_level(levels, 1.2e4));
  CHECK_FALSE(ml::has_level(levels, 9e3));
  CHECK_FALSE(ml::has_level(levels, 1e6));
}

TEST_CASE("fewer electrons than calibrated make wider intervals") {
  const ml::ConformalIntervals intervals(invented(200, 5, 1, 1e5));
  const double answer = 4.5;
  const ml::Evidence::Asked as_many{{&answer, 1}, 1e5, 1}, fewer{{&answer, 1}, 6.4e4, 1},
      more{{&answer, 1}, 1.4e5, 1};
  CHECK(*intervals.half_width(fewer, 0, 0.9) == Approx(1.25 * *intervals.half_width(as_many, 0, 0.9)));
  CHECK(*intervals.half_width(more, 0, 0.9) == *intervals.half_width(as_many, 0, 0.9));
}

namespace {

/// A method that sees two places for R, and the correlation of its errors with those of a second target. One
/// run in three has its truth at the second place, which the method holds for half as probable.
ml::Evidence with_peaks(std::size_t runs, std::uint64_t seed) {
  ml::Evidence e{
      .targets = 2, .periods = {0, 0}, .answers = {}, .truths = {}, .electrons = {}, .distances = {}};
  Random random(seed, "invented peaks");
  const auto normal = [&] {
    return std::sqrt(-2 * std::log(1 - random.uniform())) * std::cos(6.283185307179586 * random.uniform());
  };
  for (std::size_t i = 0; i < runs; ++i) {
    const double R = 1 + 3 * random.uniform(), intensity = 1 + 3 * random.uniform();
    // Known to the method alone: half of its errors are ten times as large.
    const double size = random.uniform() < 0.5 ? 0.002 : 0.02;
    const std::vector<double> covariance{size * size, 0.9 * size * size, 0.9 * size * size, size * size};
    const double second = R + 2;
    e.peaks.push_back({{{R, intensity}, covariance, 0}, {{second, intensity}, covariance, std::log(2.0)}});
    e.answers.insert(e.answers.end(), {R, intensity});
    const double first = normal(), other = normal();
    e.truths.push_back((random.uniform() < 1.0 / 3 ? second : R) + size * first);
    e.truths.push_back(intensity + size * (0.9 * first + std::sqrt(1 - 0.81) * other));
    e.electrons.push_back(0);
    e.distances.push_back(1);
  }
  return e;
}

bool inside(const ml::Ellipse& e, double x, double y) {
  const double dx = x - e.x, dy = y - e.y;
  return e.yy * dx * dx - 2 * e.xy * dx * dy + e.xx * dy * dy <= e.xx * e.yy - e.xy * e.xy;
}

}  // namespace

TEST_CASE("where a method sees two answers, what holds the truth is a union of two narrow intervals") {
  const ml::ConformalIntervals intervals(with_peaks(400, 1));
  const auto fresh = with_peaks(2000, 2);
  CHECK(ml::refuted(ml::coverage(intervals, fresh, {ml::target("R"), ml::target("intensity")}, {})).empty());
  std::size_t two = 0, together = 0;
  double width = 0, of_intensity = 0;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    const auto asked = fresh.asked(i);
    const double R = fresh.truths[2 * i], intensity = fresh.truths[2 * i + 1];
    const auto region = intervals.region(asked, 0, 0.9);
    REQUIRE(region);
    two += region->size() == 2;
    bool held = false;
    for (const auto& [low, high] : *region) {
      width += (high - low) / static_cast<double>(fresh.size());
      held = held || (low <= R && R <= high);
    }
    CHECK(held == *intervals.holds(asked, 0, R, 0.9));
    of_intensity += 2 * *intervals.half_width(asked, 1, 0.9) / static_cast<double>(fresh.size());
    together += std::ranges::any_of(intervals.joint_region(asked, 0.9),
                                    [&](const ml::Ellipse& e) { return inside(e, R, intensity); });
  }
  CHECK(two > 1900);
  // Without the peaks an error of 2 in one of three cases would make it 4.
  CHECK(width < 0.15);
  CHECK(of_intensity < 0.09);
  const double n = static_cast<double>(fresh.size());
  CHECK(static_cast<double>(together) / n == Approx(0.9).margin(0.045));
  // Where the method's own errors are the larger part, their correlation is seen.
  std::size_t large = 0;
  while (fresh.peaks[large].front().covariance[0] < 1e-4)
    ++large;
  const auto ellipse = intervals.joint_region(fresh.asked(large), 0.9).front();
  CHECK(ellipse.xy > 0.5 * std::sqrt(ellipse.xx * ellipse.yy));
  const auto draws = intervals.draws(fresh.asked(0), 0);
  const auto at_second = std::ranges::count_if(draws, [&](double x) { return x > fresh.answers[0] + 1; });
  CHECK(static_cast<double>(at_second) / static_cast<double>(draws.size()) == Approx(1.0 / 3).margin(0.1));
}

TEST_CASE("regions of a target with a period do not depend on how often it has gone round") {
  auto evidence = with_peaks(300, 5);
  evidence.periods[0] = 100;
  auto further = evidence;
  for (std::size_t i = 0; i < further.size(); ++i)
    further.truths[2 * i] += 100;
  const ml::ConformalIntervals near(evidence), far(further);
  const auto here = near.joint_region(evidence.asked(7), 0.9),
             there = far.joint_region(evidence.asked(7), 0.9);
  REQUIRE(here.size() == there.size());
  for (std::size_t i = 0; i < here.size(); ++i) {
    CHECK(here[i].xx == Approx(there[i].xx));
    CHECK(here[i].yy == Approx(there[i].yy));
  }
}

TEST_CASE(
    "what is held of a target with a period is the same told by intervals and asked for value by value") {
  auto evidence = with_peaks(300, 5);
  std::size_t one = 0, several = 0, everything = 0;
  for (const double period : {1.0, 2.0, 2.03, 4.001, 0.02}) {
    evidence.periods[0] = period;
    const ml::ConformalIntervals intervals(evidence);
    Random random(3, "places");
    for (int trial = 0; trial < 40; ++trial) {
      // Up to four answers anywhere on the circle, several turns away as well.
      std::vector<ml::Peak> peaks;
      const double size = std::pow(10, -2 + 1.5 * random.uniform());
      const std::vector<double> covariance{size * size, 0, 0, size * size};
      for (int h = 0; h < 1 + trial % 4; ++h)
        peaks.push_back({{2 + 5 * period * (random.uniform() - 0.5), 2}, covariance, h * 0.1});
      const ml::Evidence::Asked asked{peaks.front().values, 0, 1, peaks, {}};
      const auto region = intervals.region(asked, 0, 0.9);
      REQUIRE(region);
      one += region->size() == 1;
      several += region->size() > 1;
      double width = 0;
      for (const auto& [low, high] : *region)
        width += high - low;
      CHECK(width <= period * (1 + 1e-9));
      everything += width > period * (1 - 1e-9);
      constexpr int steps = 400;
      for (int k = 0; k < steps; ++k) {
        const double truth = peaks.front().values[0] + period * ((k + 0.5) / steps - 0.5);
        const bool inside = std::ranges::any_of(*region, [&](const auto& part) {
          for (int turn = -1; turn <= 1; ++turn)
            if (part.low <= truth + turn * period && truth + turn * period <= part.high) return true;
          return false;
        });
        CHECK(inside == *intervals.holds(asked, 0, truth, 0.9));
      }
      CHECK(std::ranges::any_of(*region, [&](const auto& part) {
        return part.low <= peaks.front().values[0] && peaks.front().values[0] <= part.high;
      }));
    }
  }
  CHECK(one > 10);
  CHECK(several > 10);
  CHECK(everything > 10);
}

TEST_CASE("of two answers the one that was given counts for what starts from it") {
  ml::AnsweredTarget answered{.target = ml::target("R"), .value = 2, .scale = 0.1};
  answered.parts[0] = {{1, 1.2}, {1.9, 2.2}};
  CHECK(answered.reach(0) == Approx(0.15));
  CHECK(answered.reach(1) == 0.1);
}

TEST_CASE("a calibration's peaks are what they must be") {
  const auto broken = [](const auto& change) {
    auto e = with_peaks(20, 3);
    change(e);
    CHECK_THROWS_AS(ml::check(e), DataError);
  };
  CHECK_NOTHROW(ml::check(with_peaks(20, 3)));
  broken([](ml::Evidence& e) { e.peaks.pop_back(); });
  broken([](ml::Evidence& e) { e.peaks[3].clear(); });
  broken([](ml::Evidence& e) { e.peaks[3][0].values[0] += 1; });
  broken([](ml::Evidence& e) { e.peaks[3][1].covariance[3] = -1; });
  broken([](ml::Evidence& e) { e.peaks[3][1].covariance.pop_back(); });
  broken([](ml::Evidence& e) { e.peaks[3][1].deficit = -1; });
}

TEST_CASE("of the cosine and the sine of an angle the angle is told, with intervals that go round") {
  const ml::ToldTargets told(ml::targets({"R", "sin_2_angle", "cos_cep", "intensity", "cos_2_angle"}));
  REQUIRE(told.targets().size() == 4);  // a cosine alone stays one
  CHECK(told.targets()[1].name == "angle");
  CHECK(told.targets()[1].unit == ml::target("angle").unit);
  CHECK(told.targets()[1].period() == Approx(ml::target("angle").period() / 2));
  CHECK(told.targets()[2].name == "cos_cep");
  CHECK(told.asked(3) == 3);
  // Once each.
  const auto names = [](const std::vector<std::string>& asked) {
    std::vector<std::string> all;
    const ml::ToldTargets of(ml::targets(asked));
    for (const auto& target : of.targets())
      all.push_back(target.name);
    return all;
  };
  using Names = std::vector<std::string>;
  CHECK(names({"cos_2_angle", "sin_2_angle", "sin_angle", "cos_angle"}) ==
        Names{"cos_2_angle", "sin_2_angle", "angle"});
  CHECK(names({"angle", "cos_angle", "sin_angle"}) == Names{"angle", "cos_angle", "sin_angle"});
  CHECK(names({"cos_cep", "cos_cep", "sin_cep"}) == Names{"cep", "cos_cep"});

  Random random(3, "angles");
  const double period = told.targets()[1].period();
  ml::Evidence e{.targets = 5,
                 .periods = {0, 0, 0, 0, 0},
                 .answers = {},
                 .truths = {},
                 .electrons = {},
                 .distances = {}};
  std::vector<double> angles;
  for (int i = 0; i < 400; ++i) {
    // Networks and kernels say less than 1 where they are not sure.
    const bool sure = i % 2 == 0;
    const double angle = period * random.uniform(),
                 wrong = (sure ? 0.02 : 0.4) * period * (random.uniform() - 0.5);
    const auto row = [&](std::vector<double>& into, double at, double length) {
      const double phase = 6.283185307179586 * at / period;
      into.insert(into.end(), {2, length * std::sin(phase), 0.5, 3, length * std::cos(phase)});
    };
    row(e.truths, angle, 1);
    row(e.answers, angle + wrong, sure ? 0.9 : 0.2);
    angles.push_back(angle);
    e.electrons.push_back(0);
    e.distances.push_back(1);
  }
  const auto of_angles = told.evidence(e);
  ml::check(of_angles);
  for (std::size_t i = 0; i < angles.size(); ++i) {
    CHECK(of_angles.truths[4 * i + 1] == Approx(angles[i]).margin(1e-9));
    CHECK(std::abs(of_angles.error(i, 1)) <= (i % 2 == 0 ? 0.0101 : 0.201) * period);
    CHECK(of_angles.answers[4 * i + 3] == 3);
  }
  const ml::ConformalIntervals intervals(of_angles);
  std::size_t held = 0;
  for (std::size_t i = 0; i < angles.size(); ++i)
    held += intervals.holds(of_angles.asked(i), 1, angles[i] + 3 * period, 0.9).value();
  CHECK(static_cast<double>(held) / 400 == Approx(0.9).margin(0.05));
  CHECK(intervals.scale(of_angles.asked(6), 1) < 0.2 * intervals.scale(of_angles.asked(7), 1));
}

TEST_CASE("what several detectors have seen of one run is no evidence about each other") {
  // One run in ten is read wrong, whoever has seen it.
  const auto invent = [](std::size_t runs, int detectors, std::uint64_t seed) {
    ml::Evidence e{
        .targets = 1, .periods = {0}, .answers = {}, .truths = {}, .electrons = {}, .distances = {}};
    Random random(seed, "detectors");
    for (std::size_t i = 0; i < runs; ++i) {
      RunParameters run;
      run.R = 1 + 7 * random.uniform();
      const double error = (random.uniform() < 0.1 ? 1 : 0.001) * (1 + random.uniform());
      for (int d = 0; d < detectors; ++d) {
        e.runs.push_back(run);
        e.truths.push_back(run.R);
        e.answers.push_back(run.R + error * (1 + 0.02 * random.uniform()));
        e.electrons.push_back(0);
        e.distances.push_back(1);
      }
    }
    return e;
  };
  const auto seen = invent(240, 3, 1), fresh = invent(4000, 1, 2);
  auto forgotten = seen;
  forgotten.runs.clear();
  const auto share = [&](const ml::Evidence& evidence) {
    const ml::ConformalIntervals intervals(evidence);
    std::size_t held = 0;
    for (std::size_t i = 0; i < fresh.size(); ++i)
      held += intervals.holds(fresh.asked(i), 0, fresh.truths[i], 0.99).value();
    return static_cast<double>(held) / static_cast<double>(fresh.size());
  };
  CHECK(share(seen) > 0.98);
  CHECK(share(forgotten) < 0.975);
  CHECK(ml::ConformalIntervals(seen).runs_behind(seen.asked(5), 0) == 240);
}
