// An images file has what its store has, and comes about all at once or not at all.

#include <set>

#include <catch2/catch.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/images/images_file.hpp"
#include "libpmd/images/write_images.hpp"
#include "libpmd/store/history.hpp"
#include "tests/libpmd/images/marked_store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

const ImageSettings small{.floor = -4, .width = 48, .height = 20};
const std::vector<Representation> one{{"small", small}};

struct Stored : TemporaryFolder {
  std::filesystem::path store = *this / "store.h5", images = *this / "images.h5";

  Stored() {
    auto made = synthetic::make(store, {.runs = 9, .random_angle = true, .spacing = 0.1}, 6);
    made.write_failure(7, 1, FailureKind::norm_grew, "on purpose");
    synthetic::write_run(made, 8);
  }

  /// Changes a value of a run without its checksum.
  void damage_run(std::size_t run) const {
    const auto slab = [&] {
      const auto d = Store::open(store, Store::Mode::read).description();
      return d.kx.size() * d.ky.size() * sizeof(float);
    }();
    damage::flip(store, damage::offset_of(store, "/pmd") + run * slab + 40);
  }

  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path()))
      names.insert(entry.path().filename().string());
    return names;
  }
};

}  // namespace

TEST_CASE_METHOD(Stored, "an images file has the store's images, distributions, extents and diagnostics") {
  const int level = GENERATE(0, 1, 9);
  const int threads = GENERATE(1, 3);
  const auto report =
      write_images(store, images, {.representations = one, .level = level, .threads = threads});
  CHECK(report.runs == 7);
  CHECK(report.failed == 1);
  CHECK(report.pending == 1);
  CHECK(report.damaged.empty());

  const auto from = Store::open(store, Store::Mode::read);
  const auto file = ImagesFile::open(images);
  const auto& d = from.description();
  REQUIRE(file.size() == 7);
  CHECK(file.description().representations == one);
  CHECK(file.format_version() == 2);
  CHECK(file.description().kx == AxisRange{d.kx.front(), d.kx.back(), d.kx.size()});
  CHECK(file.description().ky == AxisRange{d.ky.front(), d.ky.back(), d.ky.size()});
  CHECK(file.description().source.numbers == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5, 8});
  for (std::size_t row = 0; row < 7; ++row) {
    const std::size_t run = row < 6 ? row : 8;
    const auto pmd = from.pmd(run);
    const auto expected = make_image(pmd, d.kx, d.ky, small);
    CHECK(file.image(0, row) == KeptImage{grey_levels(expected), {}, expected.extent});
    CHECK(file.distribution_1d(row) == distribution_1d(pmd, d.kx, d.ky));
    CHECK(file.diagnostics(row) == from.diagnostics(run));
    CHECK(file.source_checksum(row) == from.commit(run).payload_checksum);
    CHECK(file.description().source.runs[row] == d.runs[run]);
  }
  CHECK_THROWS_AS(file.image(0, 7), DataError);
  CHECK_THROWS_AS(file.image(1, 0), DataError);
  CHECK_THROWS_AS(file.distribution_1d(7), DataError);
  CHECK(files() == std::set<std::string>{"store.h5", "images.h5"});
}

TEST_CASE("grey levels are rounded to nearest and stay within a byte") {
  const Image image{
      .width = 1, .height = 6, .pixels = {0.0f, 0.49f, 0.5f, 254.4f, 254.6f, 255.0f}, .extent = {}};
  CHECK(grey_levels(image) == std::vector<std::uint8_t>{0, 0, 1, 254, 255, 255});
}

TEST_CASE_METHOD(Stored, "the one-dimensional distribution's axis tiles kx") {
  write_images(store, images, {.representations = one});
  const auto file = ImagesFile::open(images);
  const auto centres = file.centres();
  REQUIRE(centres.size() == points_1d);
  const double width = 6.0 / points_1d;
  CHECK(centres.front() == Approx(-3 + width / 2));
  CHECK(centres.back() == Approx(3 - width / 2));
  double sum = 0;
  for (const float value : file.distribution_1d(2))
    sum += value * width;
  CHECK(sum == Approx(file.diagnostics(2).yield).epsilon(0.01));
}

TEST_CASE_METHOD(Stored, "several representations of the same runs in one file") {
  const auto fixed = [](View view, int width, int height) {
    return ImageSettings{.width = width,
                         .height = height,
                         .view = view,
                         .window = Window::fixed,
                         .scale = Scale::power,
                         .normalisation = Normalisation::none,
                         .values = PixelValues::floats};
  };
  const std::vector<Representation> several{{"small", small},
                                            {"root", fixed(View::upper_half, 26, 8)},
                                            {"bytes", {.width = 20, .height = 10, .window = Window::fixed}},
                                            {"energy", fixed(View::energy, 30, 1)},
                                            {"angular", fixed(View::angular, 18, 1)},
                                            {"line", fixed(View::dp_dkx, 52, 1)}};
  const int level = GENERATE(0, 9);
  write_images(store, images, {.representations = several, .level = level, .threads = 2});
  const auto from = Store::open(store, Store::Mode::read);
  const auto file = ImagesFile::open(images);
  const auto& d = from.description();
  CHECK(file.description().representations == several);
  for (std::size_t row = 0; row < 7; ++row)
    for (std::size_t i = 0; i < several.size(); ++i) {
      INFO(several[i].name << ", row " << row);
      const auto& settings = several[i].image;
      const auto expected = make_image(from.pmd(row < 6 ? row : 8), d.kx, d.ky, settings);
      CHECK(file.image(i, row) == keep(expected, settings.values));
    }
  CHECK(find_representation(several, several[3].image) == &several[3]);
  CHECK(find_representation(several, {}) == nullptr);
  CHECK_THROWS_WITH(upgrade_images(images, *this / "copy.h5"), Contains("is of format 2 already"));
}

TEST_CASE("representations are read from files and refused if they are none") {
  CHECK(load_representation("paper").image == ImageSettings{});
  for (const char* name : {"root", "root_plane", "fourth_root", "dp_dkx_root", "energy", "angular"})
    CHECK(load_representation(name).name == name);
  CHECK(load_representation("root").image.values == PixelValues::floats);
  CHECK_THROWS_WITH(load_representation("rot"), Contains("root"));
  const auto refused = [](const std::vector<Representation>& all, const char* why) {
    CHECK_THROWS_WITH(check_representations(all), Contains(why));
  };
  refused({}, "0 representations");
  refused({{"a", {}}, {"a", {}}}, "twice");
  refused({{"a/b", {}}}, "letters");
  refused({{"", {}}}, "letters");
  refused({{"a", {.width = 0}}}, "representation a: image.width");
}

TEST_CASE_METHOD(Stored, "where it comes from stays known") {
  write_images(store, images, {.representations = one});
  const auto file = ImagesFile::open(images);
  const auto& d = file.description().source;
  CHECK(d.dataset == "synthetic");
  CHECK(d.configuration_given == "# invented\n");
  CHECK(d.code_version == "tests");
  const auto before = ancestors(d.history);
  REQUIRE(before.size() == 1);
  CHECK(before[0].file == "store.h5");
  CHECK(before[0].runs_done == 7);
}

TEST_CASE_METHOD(Stored, "what the rows of a derived store may be used for is kept") {
  const std::vector<Use> uses{Use::training, Use::any, Use::test, Use::training};
  const auto derived = *this / "derived.h5";
  const auto d = synthetic::description({.runs = 4, .spacing = 0.1});
  {
    Store::create(derived, synthetic::marked(d, uses));
    auto made = Store::open(derived, Store::Mode::write);
    for (const std::size_t run : {0, 2, 3})
      synthetic::write_run(made, run);
  }
  write_images(derived, images, {.representations = one});
  const auto file = ImagesFile::open(images);
  REQUIRE(file.description().source.derivation);
  const auto& kept = *file.description().source.derivation;
  CHECK(kept.use == std::vector<Use>{Use::training, Use::test, Use::training});
  CHECK(kept.links[1][0].run == 2);
  CHECK(file.description().source.history == synthetic::marked(d, uses).history);
}

TEST_CASE_METHOD(Stored, "a damaged run is named and refused, or left out") {
  damage_run(4);
  CHECK_THROWS_AS(write_images(store, images, {.representations = one, .threads = 3}), DataError);
  CHECK_THROWS_WITH(write_images(store, images, {.representations = one}),
                    Contains("run 4") && Contains("damaged"));
  CHECK(files() == std::set<std::string>{"store.h5"});
  const auto report = write_images(store, images, {.representations = one, .skip_damaged = true});
  CHECK(report.damaged == std::vector<std::uint64_t>{4});
  CHECK(ImagesFile::open(images).description().source.numbers ==
        std::vector<std::uint64_t>{0, 1, 2, 3, 5, 8});
}

TEST_CASE_METHOD(Stored, "a damaged commit record is named and refused, or left out") {
  damage::flip(store, damage::record_of(store, 2) + 5);
  CHECK_THROWS_WITH(write_images(store, images, {.representations = one}), Contains("run 2 is damaged"));
  CHECK(write_images(store, images, {.representations = one, .skip_damaged = true}).runs == 6);
}

TEST_CASE_METHOD(Stored, "a run without signal is named and refused") {
  {
    auto opened = Store::open(store, Store::Mode::write);
    const auto& d = opened.description();
    opened.write(3, std::vector<float>(d.kx.size() * d.ky.size(), 0.0f), {}, 1);
  }
  CHECK_THROWS_WITH(write_images(store, images, {.representations = one, .skip_damaged = true}),
                    Contains("run 3") && Contains("no value is positive"));
  CHECK(files() == std::set<std::string>{"store.h5"});
}

TEST_CASE_METHOD(Stored, "stopping leaves nothing behind") {
  std::size_t seen = 0;
  const auto stop = [&](std::size_t done, std::size_t all) {
    CHECK(all == 7);
    seen = done;
    return done < 3;
  };
  CHECK_THROWS_AS(write_images(store, images, {.representations = one, .threads = 2}, stop), Interrupted);
  CHECK(seen == 3);
  CHECK(files() == std::set<std::string>{"store.h5"});
}

TEST_CASE_METHOD(Stored, "what cannot be is refused before anything is made") {
  CHECK_THROWS_AS(write_images(store, images, {.level = 10}), ConfigError);
  CHECK_THROWS_AS(write_images(store, images, {.representations = {{"a", {.width = 0}}}}), ConfigError);
  CHECK_THROWS_AS(write_images(store, images, {.representations = {{"a", {.width = 1024, .height = 1024}}}}),
                  ConfigError);
  CHECK_THROWS_AS(write_images(store, images, {.representations = {{"a", {.floor = 0}}}}), ConfigError);
  CHECK_THROWS_WITH(write_images(store, store, {}), Contains("exists already"));
  CHECK_THROWS_AS(write_images(*this / "none.h5", images, {}), FileError);
  CHECK_THROWS_AS(write_images(store, *this / "nowhere" / "images.h5", {}), FileError);
  synthetic::make(*this / "empty.h5", {.runs = 2, .spacing = 0.1}, 0);
  CHECK_THROWS_WITH(write_images(*this / "empty.h5", images, {}), Contains("no run is done"));
  CHECK(files() == std::set<std::string>{"store.h5", "empty.h5"});
}

TEST_CASE_METHOD(Stored, "images that are mirrored along ky take half the bytes") {
  const auto bytes = [&](bool tilted) {
    const auto name = tilted ? "tilted" : "aligned";
    synthetic::make(*this / (std::string(name) + ".h5"),
                    {.runs = 6, .random_angle = tilted, .spacing = 0.05});
    const auto output = *this / (std::string(name) + "-images.h5");
    write_images(*this / (std::string(name) + ".h5"), output, {});
    return std::filesystem::file_size(output);
  };
  CHECK(static_cast<double>(bytes(false)) < 0.7 * static_cast<double>(bytes(true)));
}
