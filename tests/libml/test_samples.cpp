#include <limits>

#include <catch2/catch.hpp>

#include "libml/data/samples.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/store/export.hpp"
#include "tests/libml/learning_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

using bondscope::ml::load_samples;
using Catch::Matchers::Contains;

namespace {

const ImageSettings small{.width = 32, .height = 16};

}  // namespace

TEST_CASE("what is unknown repeats nothing, and is neither learned nor tested") {
  const TemporaryFolder folder;
  auto description = ml::testing::learning_description({.runs = 4});
  for (auto& run : description.runs)
    run.R = 0;
  description.unknown = {{"R"}, {"R"}, {}, {}};
  for (std::size_t row = 1; row < 4; ++row)
    description.runs[row] = description.runs[0];
  Store::create(folder / "store.h5", description);
  auto store = Store::open(folder / "store.h5", Store::Mode::write);
  const auto distribution = synthetic::pmd({}, description.kx, description.ky);
  for (std::size_t row = 0; row < 4; ++row)
    store.write(row, distribution, {}, 1);
  const auto samples = load_samples(folder / "store.h5", small, 1);
  CHECK(samples.size() == 3);
  CHECK(samples.source.repeated == 1);
  const auto& R = common_parameters()[0];
  const std::vector<std::size_t> known{2}, unknown{1, 2};
  CHECK_NOTHROW(ml::expect_known(samples, known, R));
  CHECK_THROWS_WITH(ml::expect_known(samples, unknown, R), Contains("run 1: its R is not known"));
}

TEST_CASE("done runs become images, the others are counted") {
  const TemporaryFolder folder;
  const auto file = folder / "store.h5";
  ml::testing::make_learning_store(file, {.runs = 12}, 9);
  {
    auto store = Store::open(file, Store::Mode::write);
    store.write_failure(10, 1, FailureKind::other, "failed on purpose");
  }
  const auto samples = load_samples(file, small, 1);
  CHECK(samples.size() == 9);
  CHECK(samples.source.runs == 12);
  CHECK(samples.source.pending == 2);
  CHECK(samples.source.failed == 1);
  CHECK(samples.source.repeated == 0);
  CHECK(samples.pixels.size() == 9 * 32 * 16);

  const auto store = Store::open(file, Store::Mode::read);
  for (const std::size_t i : {std::size_t{0}, std::size_t{8}}) {
    const auto& sample = samples.samples[i];
    const auto expected =
        make_image(store.pmd(sample.run), store.description().kx, store.description().ky, small);
    const auto image = samples.image_of(i);
    CHECK(std::vector<std::uint8_t>(image.begin(), image.end()) == grey_levels(expected));
    CHECK(sample.extent.kx_max == expected.extent.kx_max);
    CHECK(sample.parameters == store.description().runs[sample.run]);
    CHECK(sample.checksum == store.commit(sample.run).payload_checksum);
  }
}

TEST_CASE("a sealed copy gives the same samples as its store") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 10}, 7);
  export_sealed(folder / "store.h5", folder / "sealed.h5");
  const auto live = load_samples(folder / "store.h5", small, 2);
  const auto sealed = load_samples(folder / "sealed.h5", small, 2);
  CHECK(sealed.size() == 7);
  CHECK(sealed.source.runs == 7);
  CHECK(sealed.pixels == live.pixels);
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(sealed.samples[i].parameters == live.samples[i].parameters);
    CHECK(sealed.samples[i].checksum == live.samples[i].checksum);
  }
}

TEST_CASE("the number of threads changes nothing") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 10});
  std::size_t reported = 0;
  const auto one = load_samples(folder / "store.h5", small, 1);
  const auto four = load_samples(folder / "store.h5", small, 4, [&](std::size_t made, std::size_t all) {
    CHECK(made <= all);
    reported = std::max(reported, made);
  });
  CHECK(one.pixels == four.pixels);
  CHECK(reported == 10);
}

TEST_CASE("a run that repeats another's parameters is left out") {
  const TemporaryFolder folder;
  auto description = ml::testing::learning_description({.runs = 6});
  description.runs[4] = description.runs[1];
  Store::create(folder / "store.h5", description);
  {
    auto store = Store::open(folder / "store.h5", Store::Mode::write);
    for (std::size_t run = 0; run < 6; ++run)
      synthetic::write_run(store, run);
  }
  const auto samples = load_samples(folder / "store.h5", small, 2);
  CHECK(samples.size() == 5);
  CHECK(samples.source.repeated == 1);
  CHECK(samples.samples[4].run == 5);
}

TEST_CASE("a store without a done run is refused with the counts") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 7}, 0);
  CHECK_THROWS_AS(load_samples(folder / "store.h5", small, 2), DataError);
  CHECK_THROWS_WITH(load_samples(folder / "store.h5", small, 2),
                    Contains("no run is done") && Contains("7 pending"));
}

TEST_CASE("a run that is not finite, or empty, is refused by its number") {
  const float bad = GENERATE(std::numeric_limits<float>::quiet_NaN(), -1.0f, 0.0f);
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 5}, 3);
  {
    auto store = Store::open(folder / "store.h5", Store::Mode::write);
    const auto& d = store.description();
    std::vector<float> pmd(d.kx.size() * d.ky.size(), bad);
    store.write(3, pmd, {}, 1);
  }
  CHECK_THROWS_AS(load_samples(folder / "store.h5", small, 2), DataError);
  CHECK_THROWS_WITH(load_samples(folder / "store.h5", small, 2), Contains("run 3"));
}

TEST_CASE("images that would fill the memory are refused before they are made") {
  const ImageSettings paper, largest{.width = 1024, .height = 256};
  CHECK_NOTHROW(ml::check_size(paper, 1u << 19));  // 16 GiB
  CHECK_THROWS_AS(ml::check_size(paper, (1u << 19) + 1), DataError);
  CHECK_THROWS_WITH(ml::check_size(paper, (1u << 19) + 1), Contains("524289 images") && Contains("16 GiB"));
  CHECK_NOTHROW(ml::check_size(largest, 1u << 16));
  CHECK_THROWS_AS(ml::check_size(largest, (1u << 16) + 1), DataError);
  CHECK_THROWS_AS(ml::check_size(paper, std::numeric_limits<std::size_t>::max()), DataError);

  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 3});
  const auto message = [&](int width, int height) -> std::string {
    try {
      load_samples(folder / "store.h5", {.width = width, .height = height}, 1);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  CHECK_THAT(message(1025, 16), Contains("image.width: 1025"));
  CHECK_THAT(message(16, 8192), Contains("image.height: 8192"));
  CHECK_THAT(message(-1, 16), Contains("image.width: -1"));
  CHECK_THAT(message(1024, 257), Contains("1024 × 257 pixels are too many"));
}

TEST_CASE("a missing store is a file error") {
  CHECK_THROWS_AS(load_samples("/nowhere/store.h5", small, 1), FileError);
}
