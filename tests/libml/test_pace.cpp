#include <catch2/catch.hpp>

#include "libml/train/pace.hpp"

using namespace bondscope;

using bondscope::ml::Request;

namespace {

/// A batch of ten samples; `ahead` are to come.
ml::BatchDone batch(std::size_t ahead = 10, std::size_t since = 10) {
  return {.batches = 1, .samples_since = since, .samples_ahead = ahead};
}

}  // namespace

TEST_CASE("without a time limit only the interval counts") {
  ml::Pace pace(100, {});
  pace.begin(5);
  CHECK(pace.next(104, batch()) == Request::go_on);
  CHECK(pace.next(105, batch()) == Request::save);
  pace.saved(106, 1);
  CHECK(pace.next(205, batch()) == Request::go_on);
  CHECK(pace.next(206, batch()) == Request::save);
  pace.saved(207, 1);
  CHECK(pace.next(1e9, batch()) == Request::save);

  ml::Pace never(0, {});
  never.begin(0);
  CHECK(never.next(1e9, batch()) == Request::go_on);
}

TEST_CASE("a training stops while there is time for twice of what comes next") {
  ml::Pace pace(0, 100);  // 5 s are kept in reserve
  pace.begin(0);
  CHECK(pace.next(10, batch()) == Request::go_on);  // 1 s per sample: 20 s for the next batch
  CHECK(pace.next(20, batch()) == Request::go_on);
  CHECK(pace.next(75, batch(9)) == Request::stop);  // 2.5 s per sample
}

TEST_CASE("the samples between two epochs and the writing count") {
  const auto begun = [] {
    ml::Pace pace(0, 100);
    pace.begin(0);
    CHECK(pace.next(10, batch()) == Request::go_on);
    return pace;
  };
  auto pace = begun();
  CHECK(pace.next(20, batch(37)) == Request::go_on);
  pace = begun();
  CHECK(pace.next(20, batch(38)) == Request::stop);
  pace = begun();
  pace.saved(11, 1);
  CHECK(pace.next(20, batch(37)) == Request::stop);
  // Validation samples are no slower than others: thirty in 30 s.
  pace = begun();
  CHECK(pace.next(40, batch(20, 30)) == Request::go_on);
  CHECK(pace.fits(40, 27));
  CHECK_FALSE(pace.fits(40, 28));
}

TEST_CASE("the reserve of a long time limit is half a minute") {
  ml::Pace pace(0, 100000);
  pace.begin(0);
  CHECK(pace.next(99969, batch(0)) == Request::go_on);
  CHECK(pace.next(99971, batch(0)) == Request::stop);
}
