#include <cmath>
#include <numeric>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/image.hpp"
#include "libpmd/import/measured_store.hpp"
#include "libpmd/import/measurement_picture.hpp"
#include "libpmd/store/store.hpp"
#include "tests/libpmd/import/measured_image.hpp"
#include "tests/libpmd/import/write_tables.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using namespace bondscope::testing;
using Catch::Matchers::Contains;

namespace {

const RunParameters run{.R = 3, .intensity_w_cm2 = 2e14};
const Geometry camera = geometry({155.5, 149.25}, 0.014, 90);

ImportSettings camera_settings() {
  return {.centre = {camera.centre.x, camera.centre.y},
          .axis_deg = 90,
          .scale_au = camera.scale,
          .kx_max = 1.8,
          .kx_spacing = 0.03,
          .ky_max = 1.5,
          .ky_spacing = 0.03};
}

std::vector<double> truth(const StoreDescription& d) {
  const auto values = synthetic::pmd(run, d.kx, d.ky);
  return {values.begin(), values.end()};
}

std::vector<double> row_of(const Store& store, std::size_t row) {
  const auto values = store.pmd(row);
  return {values.begin(), values.end()};
}

}  // namespace

TEST_CASE("every format gives the same store of measured rows") {
  const TemporaryFolder folder;
  auto image = image_of(run, camera, 300, 310, 1e7);
  count(image, 5);  // whole numbers up to some thousands
  write_bytes(folder / "a.npy", npy(image));
  write_bytes(folder / "a.txt", text(image, " "));
  write_png(folder / "a.png", image, 16);
  write_bytes(folder / "a.tif", tiff(image, numbers<std::uint16_t>(image, true), {.big_endian = true}));
  const auto measured = write_measured(
      folder / "s.h5", {folder / "a.npy", folder / "a.txt", folder / "a.png", folder / "a.tif"},
      camera_settings(), "# by hand\n");
  write_hdf5(folder / "a.h5", "/data", image);
  auto with_dataset = camera_settings();
  with_dataset.dataset = "/data";
  write_measured(folder / "h.h5", {folder / "a.h5"}, with_dataset, "");

  const auto store = Store::open(folder / "s.h5", Store::Mode::read),
             other = Store::open(folder / "h.h5", Store::Mode::read);
  const auto& d = store.description();
  REQUIRE(store.size() == 4);
  for (std::size_t row = 0; row < 4; ++row) {
    CHECK(store.payload_intact(row));
    CHECK(d.is_measured(row));
    CHECK(d.unknown_of(row) == std::vector<std::string>{"R", "angle", "cep", "intensity_w_cm2"});
    CHECK(store.pmd(row) == other.pmd(0));
    CHECK(store.diagnostics(row).yield == Approx(1));
    CHECK(d.runs[row].declared.at(0).value == Approx(measured[row].electrons));
  }
  // Half a percent is the counting noise of 1e7 electrons in these cells and the interpolation.
  CHECK(total_variation(row_of(store, 0), truth(d)) < 0.02);
  CHECK(measured[0].electrons == Approx(1e7).epsilon(0.01));
  CHECK(measured[0].unmeasured == 0);
  CHECK(d.configuration_given == "# by hand\n");
  for (const char* part :
       {"name: measured", "kx_spacing: 0.03", "xxh3_128: ", "a.tif", "scale_au: 0.014", "electrons: "})
    CHECK_THAT(d.configuration, Contains(part));
  CHECK_NOTHROW(make_image(store.pmd(0), d.kx, d.ky));
  const auto arrays = store.load(0).arrays;
  CHECK(arrays.mask.size() == d.kx.size() * d.ky.size());
  // The uncertainty of the brightest cell is that of its number of electrons.
  const auto pmd = store.pmd(0);
  const auto brightest = static_cast<std::size_t>(std::ranges::max_element(pmd) - pmd.begin());
  const double electrons = pmd[brightest] * measured[0].electrons * 0.03 * 0.03;
  CHECK(arrays.uncertainty[brightest] == Approx(pmd[brightest] / std::sqrt(electrons)).epsilon(1e-3));
}

TEST_CASE("events, their slice and their background") {
  const TemporaryFolder folder;
  std::mt19937_64 random(2);
  std::normal_distribution<double> along(0.2, 0.6), across(0, 0.3);
  std::uniform_real_distribution<double> anywhere(-2, 2);
  std::string list = "kx,ky,kz\n", background = list;
  std::size_t in_slice = 0;
  const auto add = [](std::string& to, double x, double y, double z) {
    to += fmt::format("{},{},{}\n", x, y, z);
  };
  for (int i = 0; i < 40000; ++i) {
    const double x = along(random), y = across(random), z = across(random);
    add(list, 10 + x / 0.5, 20 + y / 0.5, 30 + z / 0.5);
    if (std::abs(x) < 1.8 && std::abs(y) < 1.5 && std::abs(z) <= 0.1) ++in_slice;
  }
  const auto pure = list;
  for (int i = 0; i < 20000; ++i)
    add(i < 10000 ? list : background, 10 + 2 * anywhere(random), 20 + 2 * anywhere(random),
        30 + 2 * anywhere(random));
  write_bytes(folder / "events.csv", list);
  write_bytes(folder / "pure.csv", pure);
  write_bytes(folder / "empty.csv", background);
  ImportSettings s{.kind = MeasuredKind::events,
                   .columns = {1, 2, 3},
                   .centre = {10, 20, 30},
                   .scale_au = 0.5,
                   .slice_au = 0.1,
                   .background = folder / "empty.csv",
                   .kx_max = 1.8,
                   .kx_spacing = 0.1,
                   .ky_max = 1.5,
                   .ky_spacing = 0.1};
  const auto m = write_measured(folder / "s.h5", {folder / "events.csv"}, s, "").front();
  CHECK(m.electrons == Approx(static_cast<double>(in_slice)).epsilon(0.05));
  CHECK(m.negative > 0.05);
  const auto store = Store::open(folder / "s.h5", Store::Mode::read);
  const auto content = store.load(0);
  CHECK(store.payload_intact(0));
  CHECK(std::accumulate(content.arrays.counts.begin(), content.arrays.counts.end(), 0.0) > m.electrons);
  double mean = 0;
  const auto& kx = store.description().kx;
  for (std::size_t i = 0; i < content.pmd.size(); ++i)
    mean += content.pmd[i] * kx[i / store.description().ky.size()] * 0.01;
  CHECK(mean == Approx(0.2).margin(0.03));
  // Found again by symmetry.
  s.centre.clear();
  s.symmetry = CentreSymmetry::inversion;
  s.slice_au = 0;
  s.background.clear();
  const auto found = measure(folder / "pure.csv", s, momentum_axes(s));
  CHECK(found.geometry.centre.x == Approx(10.4).margin(0.05));
  CHECK(found.geometry.centre.y == Approx(20).margin(0.05));
}

TEST_CASE("a background leaves negative values, which are kept, and have a meaning in images") {
  const TemporaryFolder folder;
  auto image = image_of(run, camera, 300, 310, 2e4), background = image;
  for (std::size_t i = 0; i < image.values.size(); ++i) {
    background.values[i] = 0.4;
    image.values[i] += 0.2;
  }
  count(image, 6);
  count(background, 7);
  write_bytes(folder / "a.npy", npy(image));
  write_bytes(folder / "b.npy", npy(background));
  auto s = camera_settings();
  s.background = folder / "b.npy";
  s.background_factor = 0.5;
  s.known = {{"angle", 0.0}, {"R", 3.0}};
  const auto m = write_measured(folder / "s.h5", {folder / "a.npy"}, s, "").front();
  CHECK(m.electrons == Approx(2e4).epsilon(0.05));
  CHECK(m.negative > 0.2);
  const auto store = Store::open(folder / "s.h5", Store::Mode::read);
  const auto& d = store.description();
  const auto pmd = store.pmd(0);
  CHECK(*std::ranges::min_element(pmd) < 0);
  CHECK(d.unknown_of(0) == std::vector<std::string>{"cep", "intensity_w_cm2"});
  CHECK(d.runs[0].R == 3);
  const auto w = log_distribution(pmd, -5);
  for (std::size_t i = 0; i < pmd.size(); ++i)
    if (pmd[i] < 0) CHECK(w[i] == -5);
  // Large cells average the noise: negative values count in their sums.
  const auto spectrum = make_image(pmd, d.kx, d.ky,
                                   {.width = 12,
                                    .height = 1,
                                    .view = View::dp_dkx,
                                    .window = Window::fixed,
                                    .kx = {-1.8, 1.8},
                                    .scale = Scale::power,
                                    .exponent = 1,
                                    .normalisation = Normalisation::none,
                                    .values = PixelValues::floats});
  CHECK(std::accumulate(spectrum.pixels.begin(), spectrum.pixels.end(), 0.0) == Approx(1).epsilon(0.03));
  for (const float value : make_image(pmd, d.kx, d.ky,
                                      {.width = 40,
                                      .height = 40,
                                      .window = Window::fixed,
                                      .kx = {-1.5, 1.5},
                                      .ky = {-1.2, 1.2},
                                      .scale = Scale::power})
                               .pixels)
    CHECK(value >= 0);

  s = camera_settings();
  for (auto& value : image.values)
    value -= 0.2;
  write_bytes(folder / "c.npy", npy(image));
  CHECK_THROWS_WITH(measure(folder / "c.npy", s, momentum_axes(s)),
                    Contains("is negative") && Contains("subtracted"));
  s.subtracted = true;
  CHECK(measure(folder / "c.npy", s, momentum_axes(s)).arrays.uncertainty.empty());
}

TEST_CASE("the mask, the detector's edge, dead areas and reflections") {
  const TemporaryFolder folder;
  auto image = image_of(run, camera, 300, 310, 1e6);
  Table mask{300, 310, std::vector<double>(300 * 310, 1)};
  for (std::size_t i = 0; i < 300 * 20; ++i)
    mask.values[310 * 140 + i] = 0;
  image.values[310 * 30 + 30] = 1e9;
  image.values[310 * 250 + 250] = NAN;
  write_bytes(folder / "a.npy", npy(image));
  write_png(folder / "mask.png", mask, 8);
  auto s = camera_settings();
  s.mask = folder / "mask.png";
  s.ceiling = 1e8;
  s.edge = {155, 150, 130};
  s.dead = {{200, 80, 12}};
  const auto m = measure(folder / "a.npy", s, momentum_axes(s));
  CHECK(m.unmeasured > 0.2);
  CHECK(m.electrons < 1e6);
  const auto value_at = [&](Place at, const auto& of) {
    const auto k = camera.momentum(at);
    return of[static_cast<std::size_t>(std::lround((k.x + 1.8) / 0.03)) * 101 +
              static_cast<std::size_t>(std::lround((k.y + 1.5) / 0.03))];
  };
  CHECK(value_at({200, 80}, m.arrays.mask) == 0);
  CHECK(value_at({150, 150}, m.arrays.mask) == 0);
  CHECK(value_at({150, 175}, m.arrays.mask) == 1);
  CHECK(value_at({40, 40}, m.arrays.mask) == 0);
  draw_measurement(m, s, momentum_axes(s), folder / "p.png");
  CHECK(png_size(folder / "p.png").first > 800);
}

TEST_CASE("what cannot be measured is refused with the file and what would be right, and leaves nothing") {
  const TemporaryFolder folder;
  const auto image = image_of(run, camera, 300, 310, 1e4);
  write_bytes(folder / "a.npy", npy(image));
  const auto refused = [&](auto change, const std::string& why) {
    auto s = camera_settings();
    change(s);
    INFO(why);
    CHECK_THROWS_WITH(write_measured(folder / "s.h5", {folder / "a.npy"}, s, ""),
                      Contains(why) && Contains("a.npy"));
    CHECK(folder.names() == std::vector<std::string>{"a.npy"});
  };
  refused([](auto& s) { s.centre = {400, 100}; }, "outside of the image");
  refused([](auto& s) { s.kx_max = 5; }, "kx_max <= 2.0");
  refused([](auto& s) { s.scale_au = 0.001; }, "beyond: unmeasured");
  refused([](auto& s) { s.edge = {5000, 5000, 1}; }, "no pixel that counts as measured");
  refused([](auto& s) { s.background_level = 10; }, "no electrons");
  refused(
      [](auto& s) {
        s.kind = MeasuredKind::events;
        s.columns = {1, 400};
      },
      "no column 400");
  auto s = camera_settings();
  s.mask = folder / "a.npy";
  write_bytes(folder / "b.npy", npy(Table{8, 9, std::vector<double>(72, 1)}));
  CHECK_THROWS_WITH(measure(folder / "b.npy", s, momentum_axes(s)),
                    Contains("the mask has 310 × 300 pixels"));
  write_bytes(folder / "c.npy", npy(Table{20, 3, std::vector<double>(60, 1)}));
  CHECK_THROWS_WITH(measure(folder / "c.npy", camera_settings(), momentum_axes(s)), Contains("kind: events"));
  write_bytes(folder / "zero.npy", npy(Table{20, 30, std::vector<double>(600, 0)}));
  CHECK_THROWS_WITH(measure(folder / "zero.npy", camera_settings(), momentum_axes(s)),
                    Contains("other than 0"));
  const ImportSettings events{
      .kind = MeasuredKind::events, .kx_max = 1, .kx_spacing = 0.1, .ky_max = 1, .ky_spacing = 0.1};
  write_bytes(folder / "far.txt", "5 5\n6 6\n7 5\n");
  CHECK_THROWS_WITH(measure(folder / "far.txt", events, momentum_axes(events)),
                    Contains("no electrons") && Contains("beyond"));
  write_bytes(folder / "nan.txt", "0 0\n0.1 nan\n");
  CHECK_THROWS_WITH(measure(folder / "nan.txt", events, momentum_axes(events)), Contains("event 2"));
  write_bytes(folder / "same.txt", "1 1\n1 1\n");
  CHECK_THROWS_WITH(measure(folder / "same.txt", events, momentum_axes(events)), Contains("same momentum"));
  CHECK_THROWS_WITH(
      write_measured(folder / "s.h5", {folder / "a.npy", folder / "a.npy"}, camera_settings(), ""),
      Contains("given twice"));
  CHECK_THROWS_WITH(write_measured(folder / "a.npy", {folder / "a.npy"}, camera_settings(), ""),
                    Contains("exists already"));
}
