#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/files/state.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;

namespace {

enum class Phase : std::uint8_t { ground_state, pulse, drift };

struct Flags {
  char flags[4];
};

struct Point {
  double x, y;
  bool operator==(const Point&) const = default;
};

template <class R>
concept can_be_saved = requires(StateWriter writer, R&& values) {
  writer.array("a", std::forward<R>(values));
};

}  // namespace

static_assert(can_be_saved<const std::vector<double>&>);
static_assert(can_be_saved<std::span<const Point>>);
static_assert(!can_be_saved<std::vector<double>>, "a temporary would be gone before it is written");
static_assert(!can_be_saved<const std::vector<std::string>&>);
static_assert(!can_be_saved<const std::vector<const char*>&>);
static_assert(!can_be_saved<const std::array<bool, 2>&>);
static_assert(!std::is_copy_constructible_v<StateWriter>);

TEST_CASE("scalars and arrays come back bit by bit") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  const std::vector<std::complex<double>> psi{
      {1, 2}, {3, -0.0}, {std::numeric_limits<double>::infinity(), 5e-324}};
  const std::array<float, 2> pair{0.1f, -2};
  const std::vector<Point> points{{1, 2}, {3, 4}};
  const std::vector<int> none;
  const std::string text = "any\0text";
  {
    StateWriter collected;
    collected.scalar("time", 12.5);
    collected.scalar("step", std::int64_t{-7});
    collected.scalar("phase", Phase::drift);
    collected.scalar("origin", Point{5, 6});
    collected.array("psi", psi);
    collected.array("pair", std::span(pair));
    collected.array("points", points);
    collected.array("none", none);
    collected.array("text", text);
    const StateWriter writer = std::move(collected);
    writer.write(path, "run");
  }
  const auto state = StateReader::open(path, "run");
  REQUIRE(state);
  CHECK(state->scalar<double>("time") == 12.5);
  CHECK(state->scalar<std::int64_t>("step") == -7);
  CHECK(state->scalar<Phase>("phase") == Phase::drift);
  CHECK(state->scalar<Point>("origin") == Point{5, 6});
  CHECK(state->values<std::complex<double>>("psi") == psi);
  CHECK(std::signbit(state->values<std::complex<double>>("psi")[1].imag()));
  std::array<float, 2> pair_again{};
  state->array("pair", pair_again);
  CHECK(pair_again == pair);
  std::vector<Point> points_again(2);
  state->array("points", std::span(points_again));
  CHECK(points_again == points);
  CHECK(state->values<int>("none").empty());
  std::string text_again(state->count("text"), '\0');
  state->array("text", text_again);
  CHECK(text_again == text);
  CHECK(state->has("psi"));
  CHECK_FALSE(state->has("phi"));
}

TEST_CASE("other types and sizes are refused with what is there") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  const std::vector<double> values(10);
  StateWriter writer;
  writer.scalar("step", std::uint32_t{3});
  writer.array("values", values);
  writer.write(path, "run");
  const auto state = StateReader::open(path, "run");
  REQUIRE(state);
  CHECK_THROWS_AS(state->scalar<std::int32_t>("step"), DataError);
  CHECK_THROWS_WITH(state->scalar<std::int32_t>("step"),
                    Contains("run.state: section 'step' holds 1 × uint32, expected 1 × int32"));
  CHECK_THROWS_WITH(state->scalar<float>("step"), Contains("float32"));
  CHECK_THROWS_WITH(state->scalar<Flags>("step"), Contains("struct of 4 bytes"));
  CHECK_THROWS_WITH(state->scalar<double>("values"), Contains("10 × float64, expected 1 × float64"));
  CHECK_THROWS_WITH(state->values<std::complex<float>>("values"), Contains("complex64"));
  std::vector<double> nine(9), eleven(11);
  CHECK_THROWS_AS(state->array("values", nine), DataError);
  CHECK_THROWS_AS(state->array("values", eleven), DataError);
  CHECK_THROWS_WITH(state->scalar<double>("time"), Contains("no section 'time'"));
}

TEST_CASE("a state that is not there or another run's") {
  const TemporaryFolder folder;
  CHECK_FALSE(StateReader::open(folder / "run.state", "run"));
  StateWriter().write(folder / "run.state", "run");
  CHECK_THROWS_AS(StateReader::open(folder / "run.state", "other"), ForeignState);
}
