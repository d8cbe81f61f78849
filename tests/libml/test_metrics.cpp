#include <cmath>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>

#include "libml/report/evaluation.hpp"
#include "libpmd/base/error.hpp"

using namespace bondscope;

TEST_CASE("scores of errors worked out by hand") {
  const std::vector<double> truth{1, 2, 3, 4}, predicted{1.5, 2, 2, 4.5};  // errors 0.5, 0, -1, 0.5
  const auto s = ml::score(predicted, truth, 2.0, 1);
  CHECK(s.count == 4);
  CHECK(s.mae == Approx(0.5));
  CHECK(s.rmse == Approx(std::sqrt(1.5 / 4)));
  CHECK(s.bias == Approx(0.0).margin(1e-15));
  CHECK(s.absolute_error_sd == Approx(std::sqrt(0.5 / 3)));
  CHECK(s.mae_of_mean == Approx((1 + 0 + 1 + 2) / 4.0));
  CHECK(s.mae_95.low >= 0);
  CHECK(s.mae_95.high <= 1);
  CHECK(s.mae_95.low < s.mae);
  CHECK(s.mae < s.mae_95.high);
}

TEST_CASE("one test sample gives a point, none is refused, nan is refused") {
  const std::vector<double> one{1}, two{2}, none, nan{std::numeric_limits<double>::quiet_NaN()};
  const auto s = ml::score(one, two, 1, 1);
  CHECK(s.mae == 1);
  CHECK(s.mae_95.low == 1);
  CHECK(s.mae_95.high == 1);
  CHECK(s.absolute_error_sd == 0);
  CHECK_THROWS_AS(ml::score(none, none, 1, 1), DataError);
  CHECK_THROWS_AS(ml::score(one, none, 1, 1), DataError);
  CHECK_THROWS_AS(ml::score(nan, one, 1, 1), DataError);
}
