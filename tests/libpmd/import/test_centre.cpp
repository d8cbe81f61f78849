#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/import/centre.hpp"
#include "libpmd/import/ring.hpp"
#include "tests/libpmd/import/measured_image.hpp"

using namespace bondscope;
using namespace bondscope::testing;
using Catch::Matchers::Contains;

namespace {

const RunParameters run{.R = 2, .intensity_w_cm2 = 2e14};

}  // namespace

TEST_CASE("the centre by inversion, between pixels, with and without noise") {
  const Place centre{141.3, 118.75};
  auto image = image_of(run, geometry(centre, 0.012, 30), 260, 300, 2e4);
  auto found = centre_by_inversion(raster_of(image));
  CHECK(std::hypot(found.centre.x - centre.x, found.centre.y - centre.y) < 0.1);
  CHECK(found.symmetry > 0.95);
  count(image, 1);
  found = centre_by_inversion(raster_of(image));
  CHECK(std::hypot(found.centre.x - centre.x, found.centre.y - centre.y) < 0.5);
  for (auto& value : image.values)
    value = value * 30 + 5;  // a uniform background and a gain
  found = centre_by_inversion(raster_of(image));
  CHECK(std::hypot(found.centre.x - centre.x, found.centre.y - centre.y) < 0.5);
}

TEST_CASE("the centre of a large image, whose coarse levels are squares of several pixels") {
  const Place centre{601.2, 640.6};
  Table image{1300, 1200, {}};
  for (std::size_t row = 0; row < image.rows; ++row)
    for (std::size_t column = 0; column < image.columns; ++column) {
      const double x = static_cast<double>(column) - centre.x, y = static_cast<double>(row) - centre.y;
      image.values.push_back(100 * std::exp(-x * x / 20000 - y * y / 6000) * (1.1 + std::cos(x / 25)));
    }
  const auto found = centre_by_inversion(raster_of(std::move(image)));
  CHECK(std::hypot(found.centre.x - centre.x, found.centre.y - centre.y) < 0.1);
}

TEST_CASE("a mirror moves the centre across the axis only") {
  // Different electrons to the left and to the right, as a pulse of few cycles makes them.
  auto few_cycles = run;
  few_cycles.cep = 1;
  for (const double angle : {0.0, 90.0, 37.0}) {
    CAPTURE(angle);
    const auto g = geometry({150.4, 139.8}, 0.012, angle);
    const auto raster = raster_of(image_of(few_cycles, g, 280, 300, 1e6));
    // 9 pixels off across the axis, 4 along it.
    const Place start = g.place({4 * g.scale, 9 * g.scale}), right = g.place({4 * g.scale, 0});
    const auto found = centre_by_mirror(raster, start, angle, true);
    CHECK(std::hypot(found.centre.x - right.x, found.centre.y - right.y) < 0.1);
  }
}

TEST_CASE("no centre is found where there is none") {
  Table image{64, 64, {}};
  for (std::size_t i = 0; i < 64 * 64; ++i)
    image.values.push_back(5);
  CHECK_THROWS_WITH(centre_by_inversion(raster_of(image)), Contains("the same everywhere"));
  count(image, 3);
  CHECK_THROWS_WITH(centre_by_inversion(raster_of(image)),
                    Contains("no centre is found") && Contains("'centre'"));
  // A bright spot in the corner is symmetric about a point that cannot be the centre.
  for (std::size_t i = 0; i < 64 * 64; ++i)
    image.values[i] = i / 64 < 9 && i % 64 < 9 ? 100 : 0;
  CHECK_THROWS_WITH(centre_by_inversion(raster_of(image)), Contains("no centre is found"));
}

TEST_CASE("the radius of a ring") {
  const Place centre{200.5, 190.25};
  Table image{400, 400, {}};
  for (std::size_t row = 0; row < 400; ++row)
    for (std::size_t column = 0; column < 400; ++column) {
      const double r =
          std::hypot(static_cast<double>(column) - centre.x, static_cast<double>(row) - centre.y);
      image.values.push_back(10 * std::exp(-r / 60) + 3 * std::exp(-std::pow((r - 123.4) / 4, 2)));
    }
  auto raster = raster_of(image);
  CHECK(ring_radius(raster, centre, 118) == Approx(123.4).margin(0.5));
  CHECK_THROWS_WITH(ring_radius(raster, centre, 60), Contains("only rises or falls"));
  CHECK_THROWS_WITH(ring_radius(raster, centre, 15), Contains("five pixels"));
  CHECK_THROWS_WITH(ring_radius(raster, centre, 400), Contains("less than half"));
}
