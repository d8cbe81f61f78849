#include <algorithm>
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/interpolation_map.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

namespace {

struct Counts {
  int coloured = 0, grey = 0;  ///< pixels of the plane itself
};

Counts count(const Picture& picture) {
  Counts counts;
  for (int y = 60; y < 460; ++y)
    for (int x = 90; x < 760; ++x) {
      const auto* p = &picture.rgb[3 * (static_cast<std::size_t>(y) * picture.width + x)];
      const auto [least, most] = std::minmax({p[0], p[1], p[2]});
      counts.coloured += most - least > 60;
      counts.grey += most - least < 10 && most < 220;
    }
  return counts;
}

}  // namespace

TEST_CASE("The map of errors has the edges and a coloured point for each error") {
  const TemporaryFolder folder;
  const Triangulation t({{1, 1e14}, {3, 1e14}, {3, 3e14}, {1, 3e14}, {1.6, 1.9e14}, {2.2, 2.4e14}});
  const auto left_out = [](double a, double b) {
    return std::vector<LeftOut>{{4, {1.6, 1.9e14}, {a, a, a}}, {5, {2.2, 2.4e14}, {b, b, b}}};
  };
  draw_interpolation_map(t, left_out(0.5, 20), "R_2 'quoted' {text}", folder / "two.png");
  const auto two = read_png(folder / "two.png");
  CHECK(two.width == 900);
  CHECK(two.height == 560);
  const auto of_two = count(two);
  CHECK(of_two.coloured > 40);
  CHECK(of_two.grey > 1000);
  draw_interpolation_map(t, {left_out(0.5, 20)[0]}, "one", folder / "one.png");
  const auto of_one = count(read_png(folder / "one.png"));
  CHECK(of_one.coloured < 0.7 * of_two.coloured);
  CHECK(of_one.coloured > 20);
  draw_interpolation_map(t, left_out(0, 0), "equal and zero", folder / "zero.png");
  CHECK(count(read_png(folder / "zero.png")).coloured > 20);
  CHECK_THROWS_AS(draw_interpolation_map(t, left_out(1, 2), "", folder / "none" / "a.png"), FileError);
}
