// An images file is learned from as the store that it was made of.

#include <catch2/catch.hpp>

#include "libml/data/samples.hpp"
#include "libml/data/split.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/images/write_images.hpp"
#include "tests/libml/learning_store.hpp"
#include "tests/libpmd/images/marked_store.hpp"
#include "tests/libpmd/store/damage.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::Use;
using Catch::Matchers::Contains;

namespace {

const ImageSettings small{.width = 32, .height = 16};

void expect_same(const ml::SampleSet& a, const ml::SampleSet& b) {
  REQUIRE(a.size() == b.size());
  CHECK(a.pixels == b.pixels);
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a.samples[i].number == b.samples[i].number);
    CHECK(a.samples[i].parameters == b.samples[i].parameters);
    CHECK(a.samples[i].use == b.samples[i].use);
    CHECK(a.samples[i].checksum == b.samples[i].checksum);
    CHECK(a.samples[i].extent == b.samples[i].extent);
  }
  CHECK(a.source.dataset == b.source.dataset);
  CHECK(a.source.setting == b.source.setting);
}

}  // namespace

TEST_CASE("store and images file give the same samples") {
  const TemporaryFolder folder;
  auto description = ml::testing::learning_description({.runs = 12});
  description.runs[6] = description.runs[2];
  Store::create(folder / "store.h5", description);
  {
    auto store = Store::open(folder / "store.h5", Store::Mode::write);
    for (const std::size_t run : {0, 2, 3, 5, 6, 8, 11})
      synthetic::write_run(store, run);
  }
  write_images(folder / "store.h5", folder / "images.h5",
               {.representations = {{"small", small}}, .threads = 2});
  const auto from_store = ml::load_samples(folder / "store.h5", small, 2);
  const auto from_images = ml::load_samples(folder / "images.h5", small, 2);
  expect_same(from_store, from_images);
  CHECK(from_store.source.kind == "store");
  CHECK(from_images.source.kind == "images file");
  CHECK(from_images.source.runs == 7);
  CHECK(from_images.source.repeated == 1);
  CHECK(from_images.samples.back().run == 6);
  CHECK(from_images.samples.back().number == 11);
  const auto listed = ml::list_samples(folder / "images.h5", small);
  CHECK(listed.pixels.empty());
  CHECK(listed.size() == from_images.size());
}

TEST_CASE("dP/dkx is learned from every images file, the first quadrant from one that has it") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 5});
  const ImageSettings line{.width = 32, .height = 1, .view = View::dp_dkx};
  const ImageSettings quadrant{.width = 32, .height = 16, .view = View::first_quadrant};
  write_images(folder / "store.h5", folder / "plane.h5",
               {.representations = {{"small", small}}, .threads = 1});
  write_images(folder / "store.h5", folder / "quadrant.h5",
               {.representations = {{"quadrant", quadrant}}, .threads = 1});
  expect_same(ml::load_samples(folder / "store.h5", line, 1), ml::load_samples(folder / "plane.h5", line, 1));
  expect_same(ml::load_samples(folder / "store.h5", quadrant, 1),
              ml::load_samples(folder / "quadrant.h5", quadrant, 1));
  CHECK(ml::load_samples(folder / "store.h5", quadrant, 1).pixels !=
        ml::load_samples(folder / "store.h5", small, 1).pixels);
  CHECK_THROWS_WITH(ml::load_samples(folder / "plane.h5", quadrant, 1),
                    Contains("first_quadrant") && Contains("small (32 x 16 pixels, floor -5)"));
}

TEST_CASE("of several representations the recipe's is read, floats as they are") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 5});
  const ImageSettings root{.width = 24,
                           .height = 8,
                           .view = View::upper_half,
                           .window = Window::fixed,
                           .kx = {-2.4, 2.4},
                           .ky = {0, 1.6},
                           .scale = Scale::power,
                           .normalisation = Normalisation::none,
                           .values = PixelValues::floats};
  write_images(folder / "store.h5", folder / "images.h5",
               {.representations = {{"small", small}, {"root", root}}});
  const auto floats = ml::load_samples(folder / "images.h5", root, 1);
  CHECK(floats.has_floats());
  CHECK(floats.pixels.empty());
  REQUIRE(floats.floats.size() == 5 * 24 * 8);
  CHECK(floats.floats_of(3)[100] == floats.floats[3 * 24 * 8 + 100]);
  CHECK(floats.samples[0].extent == Extent{-2.4, 2.4, 0, 1.6});
  expect_same(ml::load_samples(folder / "store.h5", root, 2), floats);
  CHECK(ml::load_samples(folder / "store.h5", root, 2).floats == floats.floats);
  // What has no influence does not matter.
  auto same = root;
  same.floor = -7;
  CHECK(ml::load_samples(folder / "images.h5", same, 1).floats == floats.floats);
  expect_same(ml::load_samples(folder / "images.h5", small, 1),
              ml::load_samples(folder / "store.h5", small, 1));
  CHECK_THROWS_WITH(floats.image_of(0), Contains("image.values=bytes"));
  auto other = root;
  other.exponent = 0.25;
  CHECK_THROWS_WITH(ml::load_samples(folder / "images.h5", other, 1),
                    Contains("small (") && Contains("root (") && Contains("power 0.25"));
}

TEST_CASE("marks are read from both") {
  const TemporaryFolder folder;
  const std::vector<Use> uses{Use::any, Use::test, Use::training, Use::any, Use::test};
  synthetic::make_marked(folder / "store.h5", ml::testing::learning_description({.runs = 5}), uses);
  write_images(folder / "store.h5", folder / "images.h5", {.representations = {{"small", small}}});
  const auto samples = ml::load_samples(folder / "images.h5", small, 1);
  for (std::size_t i = 0; i < uses.size(); ++i) {
    CHECK(samples.samples[i].use == uses[i]);
    CHECK(samples.samples[i].roots == std::vector<std::uint64_t>{17 + i});
  }
  expect_same(ml::load_samples(folder / "store.h5", small, 1), samples);
}

TEST_CASE("other images than the recipe's are refused, and both are named") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 3});
  write_images(folder / "store.h5", folder / "images.h5", {.representations = {{"small", small}}});
  for (const ImageSettings& other :
       {ImageSettings{.width = 64, .height = 16}, ImageSettings{.width = 32, .height = 8},
        ImageSettings{.floor = -4, .width = 32, .height = 16}}) {
    CHECK_THROWS_AS(ml::list_samples(folder / "images.h5", other), ConfigError);
    CHECK_THROWS_WITH(ml::load_samples(folder / "images.h5", other, 1),
                      Contains("images.h5") && Contains("32 x 16 pixels, floor -5") &&
                          Contains(to_string(other)) && Contains("section 'image'"));
  }
}

TEST_CASE("a damaged image is refused by its run") {
  const TemporaryFolder folder;
  const auto file = folder / "images.h5";
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 4});
  write_images(folder / "store.h5", file, {.representations = {{"small", small}}});
  damage::flip(file, damage::chunk_of(file, "/images/small/pixels", 2).offset + 20);
  CHECK_NOTHROW(ml::list_samples(file, small));
  CHECK_THROWS_AS(ml::load_samples(file, small, 1), DataError);
  CHECK_THROWS_WITH(ml::load_samples(file, small, 1), Contains("run 2") && Contains("damaged"));
}

TEST_CASE("who watches the loading of an images file can end it") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 5});
  write_images(folder / "store.h5", folder / "images.h5", {.representations = {{"small", small}}});
  const auto stop = [](std::size_t made, std::size_t all) {
    CHECK(all == 5);
    if (made == 2) throw Interrupted("enough");
  };
  CHECK_THROWS_AS(ml::load_samples(folder / "images.h5", small, 1, stop), Interrupted);
}
