// Runs must give the same bits however lines are shared out among lanes, groups and threads.

#include <cstring>
#include <limits>
#include <optional>

#include <catch2/catch.hpp>

#include "libtdse/fourier/chosen_kernels.hpp"
#include "tests/libtdse/fourier/lines.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
using namespace bondscope::tdse::lines;

namespace {

constexpr int longest = 1080;  // transforms of two and of three passes

bool same_bits(const Line& a, const Line& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Complex)) == 0;
}

/// What the neighbours of a line are: other numbers each time, and at last none at all.
Blocks surroundings(int place, std::ptrdiff_t count) {
  if (place + 1 < lanes) return Noise(static_cast<unsigned>(100 + place)).blocks(count);
  Blocks blocks(at(count));
  for (auto& block : blocks)
    for (int lane = 0; lane < lanes; ++lane)
      set(block, lane, {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()});
  return blocks;
}

/// Runs `transformed(place)` for each lane and compares the results.
template <class Transformed>
void compare_places(Transformed transformed) {
  std::optional<Line> expected;
  for (int place = 0; place < lanes; ++place) {
    CAPTURE(place);
    const Line result = transformed(place);
    if (!expected) expected = result;
    CHECK(same_bits(result, *expected));
  }
}

/// One line and its factors, with and without crossed ones.
struct Problem {
  explicit Problem(int length)
      : transform(length),
        noise(23),
        line(noise.line(length)),
        kick(noise.line(length)),
        direct(transform, noise.line(length)),
        both(transform, noise.line(length), noise.line(length)),
        tile(at(length)) {}
  LineTransform transform;
  Noise noise;
  Line line, kick;
  Factors direct, both;
  Blocks tile;
};

}  // namespace

TEST_CASE("a column comes out the same in any lane and group, whatever is in the others") {
  for (const Kernels* kernels : usable_kernels())
    for (const int length : all_lengths(longest)) {
      CAPTURE(kernels->name, length);
      Problem problem(length);
      for (const Factors* factors : {&problem.direct, &problem.both})
        compare_places([&](int place) {
          const int stride = 1 + place % 3, group = place % stride;
          Blocks field = surroundings(place, std::ptrdiff_t{stride} * length);
          for (int i = 0; i < length; ++i)
            set(field[at(i * stride + group)], place, problem.line[at(i)]);
          kernels->columns(problem.transform.passes(), factors->view(), field.data(), stride, 0, stride,
                           problem.tile.data());
          Line result;
          for (int i = 0; i < length; ++i)
            result.push_back(get(field[at(i * stride + group)], place));
          return result;
        });
    }
}

TEST_CASE("a row comes out the same at any place and in any group, whatever is in the others") {
  for (const Kernels* kernels : usable_kernels())
    for (const int length : all_lengths(longest)) {
      CAPTURE(kernels->name, length);
      Problem problem(length);
      for (const bool kicked : {false, true})
        for (const Factors* factors : {&problem.direct, &problem.both})
          compare_places([&](int place) {
            const int groups = 1 + place % 2, row = lanes * (groups - 1) + place;
            const std::ptrdiff_t stride = length / lanes + place % 3;
            Blocks field = surroundings(place, stride * groups * lanes), kick = field;
            for (int i = 0; i < length; ++i) {
              set(field[at(row * stride + i / lanes)], i % lanes, problem.line[at(i)]);
              set(kick[at(row * stride + i / lanes)], i % lanes, problem.kick[at(i)]);
            }
            kernels->rows(problem.transform.passes(), factors->view(), field.data(),
                          kicked ? kick.data() : nullptr, stride, 0, groups, problem.tile.data());
            Line result;
            for (int i = 0; i < length; ++i)
              result.push_back(get(field[at(row * stride + i / lanes)], i % lanes));
            return result;
          });
    }
}

TEST_CASE("a forward transform is the same in any lane") {
  for (const Kernels* kernels : usable_kernels())
    for (const int length : all_lengths(longest)) {
      CAPTURE(kernels->name, length);
      Problem problem(length);
      compare_places([&](int place) {
        Blocks tile = surroundings(place, length);
        for (int i = 0; i < length; ++i)
          set(tile[at(i)], place, problem.line[at(i)]);
        kernels->forward(problem.transform.passes(), tile.data());
        Line result;
        for (int i = 0; i < length; ++i)
          result.push_back(get(tile[at(i)], place));
        return result;
      });
    }
}

TEST_CASE("turning and accumulating are the same in any lane") {
  constexpr int n = 37;
  Noise noise(29);
  const Line in = noise.line(n), phases = noise.line(n), start = noise.line(n);
  const Complex common = noise.number();
  std::vector<int> order;
  for (int i = 0; i < n; ++i)
    order.push_back(n - 1 - i);
  const auto* const parts = reinterpret_cast<const double*>(phases.data());
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    compare_places([&](int place) {
      Blocks source = surroundings(place, n), tile = source, sum = source, shared = source;
      for (int i = 0; i < n; ++i) {
        set(source[at(i)], place, in[at(i)]);
        set(sum[at(i)], place, start[at(i)]);
      }
      set(shared[0], place, common);
      kernels->turn(source.data(), 1, parts, n, tile.data());
      kernels->accumulate(tile.data(), order.data(), parts, shared[0], n, sum.data(), 1);
      Line result;
      for (int i = 0; i < n; ++i)
        result.push_back(get(sum[at(i)], place));
      return result;
    });
  }
}
