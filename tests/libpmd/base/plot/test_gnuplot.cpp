#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/base/plot/gnuplot.hpp"
#include "libpmd/base/plot/markup.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

/// An environment variable for the length of a scope.
class Environment {
 public:
  Environment(const char* name, const std::string& value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;
    setenv(name, value.c_str(), 1);
  }
  ~Environment() {
    if (old_)
      setenv(name_, old_->c_str(), 1);
    else
      unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> old_;
};

}  // namespace

TEST_CASE("a table and a matrix become a PNG of the size asked for, and nothing is left behind") {
  const TemporaryFolder folder;
  const Environment temporary("TMPDIR", (folder / "temporary's").string());
  std::filesystem::create_directory(folder / "temporary's");
  const auto png = folder / "it's a picture_1.png";
  {
    Gnuplot plot(png, 400, 300);
    const auto points = plot.table({{1, 2, 3}, {1, std::numeric_limits<double>::quiet_NaN(), 9}});
    const auto cells = plot.matrix(std::vector<float>{1, 2, 3, 4, 5, 6}, std::vector<double>{0, 1, 2},
                                   std::vector<double>{0, 10});
    plot.command("plot " + cells + ", " + points + " with points");
    CHECK(std::filesystem::exists(folder / "temporary's") !=
          std::filesystem::is_empty(folder / "temporary's"));
    plot.write();
  }
  CHECK(png_size(png) == std::pair{400, 300});
  CHECK(folder.names() == std::vector<std::string>{"it's a picture_1.png", "temporary's"});
  CHECK(std::filesystem::is_empty(folder / "temporary's"));
}

TEST_CASE("coloured cells fill their rectangle, rows upwards") {
  const TemporaryFolder folder;
  Gnuplot plot(folder / "cells.png", 300, 200);
  // Two rows of three: the lower red, green, blue; the upper black.
  const std::vector<std::uint8_t> rgb{255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0};
  plot.command("unset key; unset border; unset tics; set margins 0,0,0,0");
  plot.command("set xrange [10:13]; set yrange [-4:0]");
  plot.command("plot " + plot.cells(rgb, 3, {10, 13}, {-4, 0}));
  plot.write();
  const auto picture = read_png(folder / "cells.png");
  const auto at = [&](int x, int y) {
    const auto* p = &picture.rgb[3 * (static_cast<std::size_t>(y) * 300 + x)];
    return std::vector<int>{p[0], p[1], p[2]};
  };
  CHECK(at(50, 150) == std::vector{255, 0, 0});
  CHECK(at(150, 150) == std::vector{0, 255, 0});
  CHECK(at(250, 150) == std::vector{0, 0, 255});
  CHECK(at(250, 50) == std::vector{0, 0, 0});
  CHECK_THROWS_AS(plot.cells(rgb, 4, {0, 1}, {0, 1}), DataError);
  CHECK_THROWS_AS(plot.cells(rgb, 0, {0, 1}, {0, 1}), DataError);
  CHECK_THROWS_AS(plot.cells({}, 3, {0, 1}, {0, 1}), DataError);
}

TEST_CASE("a matrix is drawn the right way round") {
  // A picture of nothing but the matrix: x to the right, y upwards, one bright cell at x = 2, y = 0.
  const TemporaryFolder folder;
  Gnuplot plot(folder / "cells.png", 300, 200);
  const auto cells = plot.matrix(std::vector<float>{0, 0, 0, 0, 1, 0}, std::vector<double>{0, 1, 2},
                                 std::vector<double>{0, 1});
  plot.command("set palette gray");
  plot.command("unset colorbox; unset key; unset border; unset tics; set margins 0,0,0,0");
  plot.command("set xrange [-0.5:2.5]; set yrange [-0.5:1.5]");
  plot.command("plot " + cells);
  plot.write();
  const Picture picture = read_png(folder / "cells.png");
  CHECK(picture.brightness(250, 150) > 0.95);
  CHECK(picture.brightness(250, 50) < 0.05);
  CHECK(picture.brightness(50, 150) < 0.05);
}

TEST_CASE("an earlier picture is replaced, and kept when gnuplot fails") {
  const TemporaryFolder folder;
  const auto png = folder / "a.png";
  for (const int width : {200, 300}) {
    Gnuplot plot(png, width, 100);
    plot.command("plot x");
    plot.write();
    CHECK(png_size(png) == std::pair{width, 100});
  }
  Gnuplot wrong(png, 100, 100);
  wrong.command("plot x wiht lines");
  CHECK_THROWS_WITH(wrong.write(), Contains("a.png") && Contains("wiht"));
  CHECK(png_size(png) == std::pair{300, 100});
}

TEST_CASE("a script that draws nothing is an error") {
  const TemporaryFolder folder;
  Gnuplot plot(folder / "a.png", 100, 100);
  plot.command("a = 1");
  CHECK_THROWS_AS(plot.write(), FileError);
  CHECK(folder.names().empty());
}

TEST_CASE("a missing gnuplot is named with its remedy") {
  const TemporaryFolder folder;
  Gnuplot plot(folder / "a.png", 100, 100);
  plot.command("plot x");
  const Environment path("PATH", folder.path().string());
  CHECK_THROWS_WITH(plot.write(), Contains("gnuplot-nox"));
}

TEST_CASE("places that cannot be written are named") {
  const TemporaryFolder folder;
  Gnuplot nowhere(folder / "missing" / "a.png", 100, 100);
  nowhere.command("plot x");
  CHECK_THROWS_WITH(nowhere.write(), Contains("missing") && Contains("no such directory"));
  Gnuplot directory(folder.path(), 100, 100);
  directory.command("plot x");
  CHECK_THROWS_WITH(directory.write(), Contains("is a directory"));
  const Environment temporary("TMPDIR", (folder / "a_file").string());
  std::ofstream(folder / "a_file") << "x";
  Gnuplot elsewhere(folder / "a.png", 100, 100);  // not a directory: falls back
  CHECK_THROWS_AS(Gnuplot(folder / "a.png", 4, 100), ConfigError);
  CHECK_THROWS_AS(Gnuplot(folder / "a.png", 100, 100000), ConfigError);
}

TEST_CASE("tables and matrices must be rectangular") {
  const TemporaryFolder folder;
  Gnuplot plot(folder / "a.png", 100, 100);
  CHECK_THROWS_AS(plot.table({{1, 2}, {1}}), DataError);
  CHECK_THROWS_AS(plot.matrix(std::vector<float>(5), std::vector<double>{0, 1}, std::vector<double>{0, 1}),
                  DataError);
  CHECK_THROWS_AS(plot.matrix({}, {}, {}), DataError);
}

TEST_CASE("text from outside is shown, not executed") {
  CHECK(plain_markup("H2+") == "H2+");
  CHECK(plain_markup("a_b^c{d}@&~\\") == "a\\_b\\^c\\{d\\}\\@\\&\\~\\\\");
  CHECK(plain_markup("it's\ntwo\tlines") == "it’s two lines");
  CHECK(plain_markup("'a'") == "’a’");
  CHECK(plain_markup("α = 30°") == "α = 30°");

  const TemporaryFolder folder;
  Gnuplot plot(folder / "a.png", 300, 100);
  plot.command("set title '" +
               plain_markup("`touch " + (folder / "executed").string() + "` '; system('false") + "'");
  plot.command("plot x");
  plot.write();
  CHECK(folder.names() == std::vector<std::string>{"a.png"});
}
