#include <array>
#include <cmath>
#include <complex>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <catch2/catch.hpp>

#include "libpmd/base/files/array_file.hpp"
#include "tests/libpmd/base/files/file_bytes.hpp"
#include "tests/support/temporary_folder.hpp"

using namespace bondscope;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

enum class Phase : std::uint8_t { ground_state, pulse, drift };

struct Flags {
  char flags[4];
};

struct Point {
  double x, y;
  bool operator==(const Point&) const = default;
};

using Names = std::vector<std::string>;

void write_text(const fs::path& path, const std::string& identity, const std::string& text) {
  ArrayWriter writer;
  writer.array("text", text);
  writer.write(path, identity);
}

std::string read_text(const fs::path& path, const std::string& identity) {
  const auto file = ArrayReader::open(path, identity);
  REQUIRE(file);
  return file->text("text");
}

template <class R>
concept can_be_saved = requires(ArrayWriter writer, R&& values) {
  writer.array("a", std::forward<R>(values));
};

}  // namespace

static_assert(can_be_saved<const std::vector<double>&>);
static_assert(can_be_saved<std::span<const Point>>);
static_assert(!can_be_saved<std::vector<double>>, "a temporary would be gone before it is written");
static_assert(!can_be_saved<const std::vector<std::string>&>);
static_assert(!can_be_saved<const std::vector<const char*>&>);
static_assert(!can_be_saved<const std::array<bool, 2>&>);
static_assert(!std::is_copy_constructible_v<ArrayWriter>);

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
    ArrayWriter collected;
    collected.scalar("time", 12.5);
    collected.scalar("step", std::int64_t{-7});
    collected.scalar("phase", Phase::drift);
    collected.scalar("origin", Point{5, 6});
    collected.array("psi", psi);
    collected.array("pair", std::span(pair));
    collected.array("points", points);
    collected.array("none", none);
    collected.array("text", text);
    const ArrayWriter writer = std::move(collected);
    writer.write(path, "run");
  }
  const auto state = ArrayReader::open(path, "run");
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
  CHECK(state->text("text") == text);
  CHECK(state->names() == Names{"time", "step", "phase", "origin", "psi", "pair", "points", "none", "text"});
  CHECK(folder.names() == Names{"run.state"});
  CHECK(state->has("psi"));
  CHECK_FALSE(state->has("phi"));
}

TEST_CASE("other types and sizes are refused with what is there") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  const std::vector<double> values(10);
  ArrayWriter writer;
  writer.scalar("step", std::uint32_t{3});
  writer.array("values", values);
  writer.write(path, "run");
  const auto state = ArrayReader::open(path, "run");
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

TEST_CASE("no arrays and empty arrays make files too") {
  const TemporaryFolder folder;
  ArrayWriter().write(folder / "none", "run");
  CHECK(ArrayReader::open(folder / "none", "run")->names().empty());
  const std::vector<double> nothing;
  const std::string b = "b";
  ArrayWriter writer;
  writer.array("a", nothing);
  writer.array("b", b);
  writer.array("c", nothing);
  writer.write(folder / "empty", "run");
  const auto file = ArrayReader::open(folder / "empty", "run");
  CHECK(file->values<double>("a").empty());
  CHECK(file->text("b") == "b");
  CHECK(file->values<double>("c").empty());
}

TEST_CASE("arrays larger than what is written at once come back") {
  const TemporaryFolder folder;
  std::string large;
  while (large.size() < 3'500'000)
    large += std::to_string(large.size());
  write_text(folder / "run.state", "run", large);
  CHECK((read_text(folder / "run.state", "run") == large));
}

TEST_CASE("a file that is not there is no error") {
  const TemporaryFolder folder;
  CHECK_FALSE(ArrayReader::open(folder / "run.state", "run"));
  CHECK_FALSE(ArrayReader::open(folder / "no folder" / "run.state", "run"));
}

TEST_CASE("the file of another run is told from a damaged one") {
  const TemporaryFolder folder;
  write_text(folder / "run.state", "run 1", "text");
  for (const char* other : {"run 2", "run", "run 11", ""})
    CHECK_THROWS_AS(ArrayReader::open(folder / "run.state", other), ForeignFile);
  CHECK_THROWS_WITH(ArrayReader::open(folder / "run.state", "run 2"),
                    Contains("run.state") && Contains("another run"));
}

TEST_CASE("a new version replaces the old one, which stays readable where it is open") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_text(path, "run", "old");
  const auto old = ArrayReader::open(path, "run");
  write_text(path, "run", "new");
  CHECK(read_text(path, "run") == "new");
  CHECK(old->text("text") == "old");
}

TEST_CASE("what a killed writer left is taken away by the next, or on removal") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  write_bytes(folder / "run.state.partial", std::string(100000, 'x'));
  write_text(path, "run", "text");
  CHECK(folder.names() == Names{"run.state"});
  CHECK(read_text(path, "run") == "text");

  write_bytes(folder / "run.state.partial", "x");
  remove_array_file(path);
  CHECK(folder.names().empty());
  CHECK_NOTHROW(remove_array_file(path));
  fs::create_directory(path);
  CHECK_THROWS_AS(remove_array_file(path), FileError);
}

TEST_CASE("names and identities that cannot be are refused before anything is written") {
  const TemporaryFolder folder;
  const auto path = folder / "run.state";
  const auto write = [&](const std::string& identity, const Names& names) {
    ArrayWriter writer;
    for (const auto& name : names)
      writer.scalar(name, 1.0);
    writer.write(path, identity);
  };
  CHECK_THROWS_AS(write("", {}), ConfigError);
  CHECK_THROWS_AS(write(std::string((1 << 20) + 1, 'x'), {}), ConfigError);
  CHECK_THROWS_AS(write("run", {""}), ConfigError);
  CHECK_THROWS_AS(write("run", {std::string(201, 'x')}), ConfigError);
  CHECK_THROWS_WITH(write("run", {"a", "b", "a"}), Contains("called 'a'"));
  CHECK(folder.names().empty());
  CHECK_NOTHROW(write(std::string(1 << 20, 'x'), {std::string(200, 'x')}));
  CHECK(ArrayReader::open(path, std::string(1 << 20, 'x')));
}
