#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/plot/markup.hpp"
#include "libpmd/base/plot/paper.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

TEST_CASE("text on pictures: units, short numbers, and what fits") {
  CHECK(unit_markup("1e14 W/cm^2") == "10^{14} W/cm^{2}");
  CHECK(unit_markup("a.u.") == "a.u.");
  CHECK(unit_markup("1e x^y_z") == "1e x\\^y\\_z");
  CHECK(quantity_markup(0.0237, "1e14 W/cm^2") == "0.0237 × 10^{14} W/cm^{2}");
  CHECK(short_number(-0.5261) == "−0.526");
  CHECK(short_number(-2e-10) == "−2e−10");
  CHECK(fitted("short", 500, 12) == "short");
  CHECK(fitted("αβγδεζηθικλμ", 60, 12) == "αβγδ…");
}

TEST_CASE("ranges hold their values, ticks are round") {
  const auto range = padded_range({2, std::nan(""), 2}, 0.1);
  CHECK(range.min < 2);
  CHECK(range.max > 2);
  CHECK(padded_range({}, 0.1).length() == 1);
  CHECK(padded_range({1, 3}, 0.25).max == Approx(3.5));
  CHECK(padded_log_range({1, 100}, 0.5).min == Approx(0.1));
  CHECK(tick_step({0, 6}, 6) == Approx(1));
  CHECK(tick_step({0, 0.13}, 6) == Approx(0.05));
  CHECK(log_ticks({90, 2e4}) ==
        "('100' 100, '200' 200, '500' 500, '1000' 1000, '2000' 2000, '5000' 5000, '10000' 10000, "
        "'20000' 20000)");
  CHECK(log_ticks({2.2, 2.9}) == "('2.2' 2.2, '2.4' 2.4, '2.6' 2.6, '2.8' 2.8)");
  CHECK(log_ticks({1e-8, 1.5e-4}) ==
        "('10^{−8}' 1e-08, '10^{−7}' 1e-07, '10^{−6}' 1e-06, '10^{−5}' 1e-05, '0.0001' 0.0001)");
}

TEST_CASE("panels stand where they were placed, and what belongs to one is gone in the next") {
  const TemporaryFolder folder;
  const auto png = folder / "paper.png";
  constexpr double width = 700, height = 300;
  Paper paper(png, width, height, "a {title}");
  const Box left{left_margin, 60, 200, 160}, right{400, 60, 150, 160};
  paper.place(left, {0, 1}, {0, 1});
  paper.text("gone", left.centre_x(), left.centre_y());
  paper.colours(grey_palette, {0, 1});
  paper.colour_bar(left, "0.5", "grey level");
  paper.draw({paper.plot().matrix(std::vector<float>(4, 0.f), std::vector<double>{0.25, 0.75},
                                  std::vector<double>{0.25, 0.75})});
  paper.place(right, {0, 1}, {0, 1});
  paper.without_ticks();
  paper.draw({"NaN"});
  paper.write();
  const auto picture = read_png(png);
  REQUIRE(picture.width == 700);
  REQUIRE(picture.height == 300);
  const auto brightness = [&](double x, double y) {
    return picture.brightness(static_cast<int>(x), static_cast<int>(y));
  };
  CHECK(brightness(left.left + 5, left.top + 5) < 0.05);
  CHECK(brightness(left.right() - 5, left.bottom() - 5) < 0.05);
  CHECK(brightness(left.right() + 6, left.centre_y()) == 1);
  // The bar beside it is bright on top and dark below.
  CHECK(brightness(left.right() + 20, left.top + 8) > 0.9);
  CHECK(brightness(left.right() + 20, left.bottom() - 8) < 0.1);
  // Nothing but the frame in the second panel.
  CHECK(std::min(brightness(right.left - 1, right.centre_y()), brightness(right.left, right.centre_y())) <
        0.9);
  for (double x = right.left + 3; x < right.right() - 3; ++x)
    CHECK(brightness(x, right.centre_y()) == 1);
}
