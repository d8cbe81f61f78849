// What goes on around the reading of a store.

#include <catch2/catch.hpp>

#include "libml/data/samples.hpp"
#include "libpmd/base/error.hpp"
#include "tests/libml/learning_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;

namespace {

const ImageSettings small{.width = 32, .height = 16};

}  // namespace

TEST_CASE("a list of samples is what loading gives, without images") {
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 12}, 9);
  const auto listed = ml::list_samples(folder / "store.h5", small);
  const auto loaded = ml::load_samples(folder / "store.h5", small, 2);
  CHECK(listed.pixels.empty());
  REQUIRE(listed.size() == loaded.size());
  for (std::size_t i = 0; i < listed.size(); ++i) {
    CHECK(listed.samples[i].run == loaded.samples[i].run);
    CHECK(listed.samples[i].parameters == loaded.samples[i].parameters);
    CHECK(listed.samples[i].checksum == loaded.samples[i].checksum);
  }
  CHECK(listed.source.dataset == loaded.source.dataset);
  CHECK(listed.source.pending == 3);
}

TEST_CASE("who watches the loading can end it") {
  const int threads = GENERATE(1, 3);
  const TemporaryFolder folder;
  ml::testing::make_learning_store(folder / "store.h5", {.runs = 12});
  std::size_t seen = 0;
  const auto stop = [&](std::size_t made, std::size_t) {
    seen = made;
    if (made == 4) throw Interrupted("enough");
  };
  CHECK_THROWS_AS(ml::load_samples(folder / "store.h5", small, threads, stop), Interrupted);
  CHECK(seen >= 4);
  CHECK(seen < 12);
}
