#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "libpmd/base/error.hpp"
#include "libpmd/inspect/comparison.hpp"
#include "libpmd/store/export.hpp"
#include "tests/support/picture.hpp"
#include "tests/support/synthetic_store.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

TEST_CASE("runs of two stores are told by their parameters and compared") {
  const TemporaryFolder folder;
  auto reference = synthetic::make(folder / "a.h5", {.runs = 6, .spacing = 0.25});
  // The same runs, but for one that is brighter as a whole and one that is not as it was.
  const auto& d = reference.description();
  StoreDescription backwards = d;
  std::reverse(backwards.runs.begin(), backwards.runs.end());
  Store::create(folder / "b.h5", backwards);
  auto other = Store::open(folder / "b.h5", Store::Mode::write);
  for (std::size_t run = 0; run < 5; ++run) {
    auto pmd = reference.pmd(5 - run);
    auto diagnostics = reference.diagnostics(5 - run);
    if (run == 1) {
      for (auto& value : pmd)
        value *= 2;
      diagnostics.yield *= 2;
    }
    if (run == 2)
      for (std::size_t i = 0; i < pmd.size() / 2; ++i)
        pmd[i] *= 0.9F;
    other.write(run, pmd, diagnostics, 1);
  }
  const auto comparison = compare(reference, other);
  REQUIRE(comparison.runs.size() == 5);
  CHECK(comparison.unmatched == 1);  // the reference's first, which the other did not compute
  CHECK(comparison.runs[0].reference == 1);
  CHECK(comparison.runs[0].other == 4);
  CHECK(comparison.runs[0].identical);
  CHECK(comparison.runs[0].difference.largest == 0);
  const auto& scaled = comparison.runs[3];
  CHECK_FALSE(scaled.identical);
  CHECK(scaled.yield_ratio == Approx(2));
  CHECK(scaled.difference.largest < 1e-4);
  // A tenth less in one half: log10(0.9) of five decades.
  const auto& changed = comparison.runs[2];
  CHECK(changed.difference.largest == Approx(255 / 5.0 * 0.0458).epsilon(0.01));
  CHECK(changed.difference.mean > 0.3 * changed.difference.largest);

  CHECK_THAT(comparison_text(reference, comparison),
             Contains("5 runs compared, 3 identical, 1 without a counterpart"));
  const auto json = nlohmann::json::parse(comparison_json(reference, comparison));
  CHECK(json["identical"] == 3);
  CHECK(json["runs"][2]["largest"] == changed.difference.largest);

  // A row for each run, four at most; in the last third blue is what the other has less of, and of what is
  // the same there is nothing.
  const auto drawn = [&](std::vector<ComparedRun> runs) {
    Comparison some = comparison;
    some.runs = std::move(runs);
    draw_comparison(reference, other, some, folder / "some.png");
    return read_png(folder / "some.png");
  };
  const auto blue = [](const Picture& picture) {
    long pixels = 0;
    for (std::size_t i = 0; i < picture.rgb.size(); i += 3)
      if (static_cast<int>(i / 3) % picture.width > 2 * picture.width / 3 &&
          picture.rgb[i + 2] > picture.rgb[i] + 30)
        ++pixels;
    return pixels;
  };
  const auto one = drawn({changed}), same = drawn({comparison.runs[0]}), all = drawn(comparison.runs);
  CHECK(blue(one) > blue(same) + 2000);
  CHECK(all.width == one.width);
  CHECK(all.height > 3 * one.height);
  CHECK(drawn(std::vector(5, changed)).height == drawn(std::vector(4, changed)).height);
}

TEST_CASE("stores that cannot be compared are refused with the reason") {
  const TemporaryFolder folder;
  const auto a = synthetic::make(folder / "a.h5", {.runs = 3, .spacing = 0.5});
  CHECK_THROWS_WITH(compare(a, synthetic::make(folder / "b.h5", {.runs = 3, .spacing = 0.25})),
                    Contains("the momentum axes kx differ"));
  StoreDescription empty = a.description();
  Store::create(folder / "c.h5", empty);
  CHECK_THROWS_WITH(compare(a, Store::open(folder / "c.h5", Store::Mode::read)),
                    Contains("no run with the same parameters"));
  CHECK_THROWS_AS(compare(a, a, 0), ConfigError);
}
