#include <cmath>
#include <numbers>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/resize.hpp"

using namespace bondscope;

namespace {

std::vector<float> sampled(int rows, int columns, auto&& f) {
  std::vector<float> values;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c)
      values.push_back(static_cast<float>(f(r, c)));
  return values;
}

/// The definition, written down as plainly as possible: for one axis, sum over the infinite mirrored
/// sequence.
std::vector<double> resize_line_by_definition(const std::vector<float>& line, int new_size) {
  const int size = static_cast<int>(line.size());
  const double scale = static_cast<double>(new_size) / size, widen = scale < 1 ? scale : 1;
  const auto cubic = [](double x) {
    const double a = std::abs(x), a2 = a * a, a3 = a2 * a;
    return a <= 1 ? 1.5 * a3 - 2.5 * a2 + 1 : a <= 2 ? -0.5 * a3 + 2.5 * a2 - 4 * a + 2 : 0.0;
  };
  std::vector<double> resized;
  for (int i = 1; i <= new_size; ++i) {  // one-based, as MATLAB counts
    const double u = i / scale + 0.5 * (1 - 1 / scale);
    double sum = 0, weights = 0;
    for (int j = -10 * size; j <= 10 * size; ++j) {
      const double weight = widen * cubic(widen * (u - j));
      int k = j;
      while (k < 1 || k > size)
        k = k < 1 ? 1 - k : 2 * size + 1 - k;
      sum += weight * line[k - 1];
      weights += weight;
    }
    resized.push_back(sum / weights);
  }
  return resized;
}

}  // namespace

TEST_CASE("resizing to the same size changes nothing") {
  const auto values = sampled(7, 5, [](int r, int c) { return std::sin(3.0 * r + c * c); });
  CHECK(resize_bicubic(values, 7, 5, 7, 5) == values);
}

TEST_CASE("a constant stays constant, also where it is mirrored") {
  const auto resized = resize_bicubic(sampled(9, 4, [](int, int) { return 0.3; }), 9, 4, 31, 3);
  for (const float value : resized)
    CHECK(value == Approx(0.3).epsilon(1e-6));
}

TEST_CASE("polynomials up to second order are reproduced away from the borders when enlarged") {
  const auto f = [](double r, double c) {
    return (1 + 0.5 * r - 0.02 * r * r) * (2 - 0.1 * c + 0.03 * c * c);
  };
  const auto resized = resize_bicubic(sampled(20, 16, f), 20, 16, 50, 24);
  for (int i = 6; i < 44; ++i)
    for (int j = 4; j < 20; ++j) {
      const double r = (i + 0.5) * 20 / 50 - 0.5, c = (j + 0.5) * 16 / 24 - 0.5;
      CHECK(resized[i * 24 + j] == Approx(f(r, c)).epsilon(1e-5));
    }
}

TEST_CASE("a ramp stays a ramp of the same slope when reduced") {
  // Exact for whole factors; otherwise the widened kernel, sampled at whole positions, is a little lopsided.
  const auto ramp = sampled(90, 3, [](int r, int) { return r; });
  const auto fivefold = resize_bicubic(ramp, 90, 3, 18, 3), uneven = resize_bicubic(ramp, 90, 3, 20, 3);
  for (int i = 3; i < 15; ++i)
    CHECK(fivefold[i * 3] == Approx((i + 0.5) * 5 - 0.5).epsilon(1e-6));
  for (int i = 3; i < 17; ++i)
    CHECK(uneven[i * 3] == Approx((i + 0.5) * 4.5 - 0.5).margin(0.005));
}

TEST_CASE("values computed by hand") {
  // Two samples 0 and 1 to four: positions -1/4 and 1/4 (mirrored for the rest). Keys weights at a distance
  // of t = 1/4 from the nearer sample: -9/128, 111/128, 29/128, -3/128 for offsets -1, 0, 1, 2.
  const auto four = resize_bicubic(std::vector<float>{0, 1}, 2, 1, 4, 1);
  // At -1/4 the neighbours are samples -2, -1, 0, 1 = 1, 0, 0, 1 with weights -3, 29, 111, -9 (of 128).
  CHECK(four[0] == Approx(-12.0 / 128).epsilon(1e-6));
  // At 1/4 they are -1, 0, 1, 2 = 0, 0, 1, 1 with weights -9, 111, 29, -3.
  CHECK(four[1] == Approx(26.0 / 128).epsilon(1e-6));
  CHECK(four[2] == Approx(102.0 / 128).epsilon(1e-6));
  CHECK(four[3] == Approx(140.0 / 128).epsilon(1e-6));
  // Halving a unit impulse at sample 3 of 8: distances 1/4, 3/4, 5/4, … of the widened kernel.
  const auto half = resize_bicubic(std::vector<float>{0, 0, 0, 1, 0, 0, 0, 0}, 8, 1, 4, 1);
  CHECK(half[0] == Approx(-9.0 / 256).epsilon(1e-6));   // 5/4
  CHECK(half[1] == Approx(111.0 / 256).epsilon(1e-6));  // 1/4
  CHECK(half[2] == Approx(29.0 / 256).epsilon(1e-6));   // 3/4
  CHECK(half[3] == Approx(-3.0 / 256).epsilon(1e-6));   // 7/4
}

TEST_CASE("agrees with the definition for sizes that do not divide") {
  for (const auto& [size, new_size] : {std::pair{13, 8}, {13, 29}, {50, 7}, {3, 11}, {1, 5}, {241, 128}}) {
    std::vector<float> line;
    for (int i = 0; i < size; ++i)
      line.push_back(static_cast<float>(std::cos(0.7 * i) + 0.01 * i * i));
    const auto expected = resize_line_by_definition(line, new_size);
    const auto along_rows = resize_bicubic(line, size, 1, new_size, 1);
    const auto along_columns = resize_bicubic(line, 1, size, 1, new_size);
    for (int i = 0; i < new_size; ++i) {
      CAPTURE(size, new_size, i);
      CHECK(along_rows[i] == Approx(expected[i]).epsilon(1e-5).margin(1e-5));
      CHECK(along_columns[i] == along_rows[i]);
    }
  }
}

TEST_CASE("stripes finer than the new pixels average out instead of turning into coarse ones") {
  // Period of 2.2 samples, reduced fivefold: picking four neighbours would leave stripes of the full
  // amplitude.
  const auto stripes = sampled(320, 2, [](int r, int) { return std::cos(2 * std::numbers::pi * r / 2.2); });
  const auto resized = resize_bicubic(stripes, 320, 2, 64, 2);
  for (int i = 3; i < 61; ++i)
    CHECK(std::abs(resized[i * 2]) < 0.01);
}

TEST_CASE("mirroring commutes with resizing") {
  const auto values = sampled(33, 6, [](int r, int c) { return std::exp(-0.1 * r) * std::cos(r + c); });
  const auto mirrored = sampled(33, 6, [&](int r, int c) { return values[(32 - r) * 6 + c]; });
  const auto a = resize_bicubic(values, 33, 6, 12, 9), b = resize_bicubic(mirrored, 33, 6, 12, 9);
  for (int r = 0; r < 12; ++r)
    for (int c = 0; c < 9; ++c)
      CHECK(a[r * 9 + c] == Approx(b[(11 - r) * 9 + c]).margin(1e-6));
}

TEST_CASE("sizes that do not fit are refused") {
  const std::vector<float> six(6);
  CHECK_THROWS_AS(resize_bicubic(six, 2, 2, 4, 4), DataError);
  CHECK_THROWS_AS(resize_bicubic(six, 2, 3, 0, 4), DataError);
  CHECK_THROWS_AS(resize_bicubic({}, 0, 0, 4, 4), DataError);
}
