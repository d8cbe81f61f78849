// The kernels that move and multiply Blocks outside transforms.

#include <algorithm>
#include <cstring>
#include <numeric>

#include <catch2/catch.hpp>

#include "libtdse/fourier/chosen_kernels.hpp"
#include "tests/libtdse/fourier/lines.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
using namespace bondscope::tdse::lines;

namespace {

bool same(const Block& a, const Block& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

std::vector<int> shuffled(int n) {
  std::vector<int> order(at(n));
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(31));
  return order;
}

const double* parts(const Line& line) {
  return reinterpret_cast<const double*>(line.data());
}

}  // namespace

TEST_CASE("gathering makes lanes of eight rows") {
  constexpr std::ptrdiff_t blocks = 5, stride = 7;
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    Noise noise(37);
    const Blocks rows = noise.blocks(lanes * stride);
    Blocks tile = noise.blocks(lanes * blocks + 1);
    const Block after = tile.back();
    kernels->gather_rows(rows.data(), stride, blocks, tile.data());
    int wrong = 0;
    for (int r = 0; r < lanes; ++r)
      for (int i = 0; i < lanes * blocks; ++i)
        wrong += get(tile[at(i)], r) != get(rows[at(r * stride + i / lanes)], i % lanes);
    CHECK(wrong == 0);
    CHECK(same(tile.back(), after));
  }
}

TEST_CASE("scattering makes eight rows of lanes, in any order") {
  constexpr std::ptrdiff_t blocks = 5, stride = 7;
  const auto order = shuffled(lanes * blocks);
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    Noise noise(41);
    const Blocks tile = noise.blocks(lanes * blocks);
    Blocks rows = noise.blocks(lanes * stride);
    const Blocks before = rows;
    kernels->scatter_rows(tile.data(), order.data(), blocks, rows.data(), stride);
    int wrong = 0, touched = 0;
    for (int r = 0; r < lanes; ++r) {
      for (int i = 0; i < lanes * blocks; ++i)
        wrong += get(rows[at(r * stride + i / lanes)], i % lanes) != get(tile[at(order[at(i)])], r);
      for (std::ptrdiff_t b = blocks; b < stride; ++b)
        touched += !same(rows[at(r * stride + b)], before[at(r * stride + b)]);
    }
    CHECK(wrong == 0);
    CHECK(touched == 0);
  }
}

TEST_CASE("turning multiplies each element by its phase") {
  constexpr int n = 21;
  constexpr std::ptrdiff_t stride = 3;
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    Noise noise(43);
    const Blocks in = noise.blocks(n * stride);
    const Line phases = noise.line(n);
    Blocks tile = noise.blocks(n + 1);
    const Block after = tile.back();
    kernels->turn(in.data(), stride, parts(phases), n, tile.data());
    double worst = 0;
    for (int i = 0; i < n; ++i)
      for (int lane = 0; lane < lanes; ++lane)
        worst =
            std::max(worst, std::abs(get(tile[at(i)], lane) - get(in[at(i * stride)], lane) * phases[at(i)]));
    CHECK(worst < 1e-15);
    CHECK(same(tile.back(), after));
  }
}

TEST_CASE("accumulating adds elements times phases to a sum") {
  constexpr int n = 21;
  constexpr std::ptrdiff_t stride = 3;
  const auto order = shuffled(n);
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    Noise noise(47);
    const Blocks tile = noise.blocks(n), common = noise.blocks(1);
    const Line phases = noise.line(n);
    Blocks sum = noise.blocks(n * stride);
    const Blocks before = sum;
    kernels->accumulate(tile.data(), order.data(), parts(phases), common[0], n, sum.data(), stride);
    double worst = 0;
    int touched = 0;
    for (int i = 0; i < n * stride; ++i) {
      if (i % stride != 0) {
        touched += !same(sum[at(i)], before[at(i)]);
        continue;
      }
      const auto element = at(i / stride);
      for (int lane = 0; lane < lanes; ++lane)
        worst = std::max(
            worst, std::abs(get(sum[at(i)], lane) - get(before[at(i)], lane) -
                            get(tile[at(order[element])], lane) * phases[element] * get(common[0], lane)));
    }
    CHECK(worst < 2e-15);
    CHECK(touched == 0);
  }
}

TEST_CASE("taking splits each element between a column and a tile") {
  constexpr int n = 21;
  constexpr std::ptrdiff_t stride = 3, kept_stride = 2 * lanes;
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    Noise noise(53);
    Blocks column = noise.blocks(n * stride), tile = noise.blocks(n + 1);
    const Blocks before = column;
    const Block after = tile.back();
    AlignedVector<double> kept;
    for (int i = 0; i < n * kept_stride; ++i)
      kept.push_back(0.5 + 0.5 * noise.number().real());
    kernels->take(column.data(), stride, kept.data(), kept_stride, n, tile.data());
    double worst = 0;
    int touched = 0;
    for (int i = 0; i < n * stride; ++i)
      for (int lane = 0; lane < lanes; ++lane) {
        const Complex was = get(before[at(i)], lane), is = get(column[at(i)], lane);
        if (i % stride != 0) {
          touched += was != is;
          continue;
        }
        worst = std::max({worst, std::abs(is - was * kept[at(i / stride * kept_stride + lane)]),
                          std::abs(is + get(tile[at(i / stride)], lane) - was)});
      }
    CHECK(worst < 1e-15);
    CHECK(touched == 0);
    CHECK(same(tile.back(), after));
  }
}

TEST_CASE("interpolating takes weighted sums of neighbours") {
  constexpr int n = 7, taps = 4;
  constexpr std::ptrdiff_t stride = 2;
  const std::vector<int> first{5, 0, 1, 1, 2, 8, 3};
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    Noise noise(59);
    const Blocks in = noise.blocks(12);
    std::vector<double> weights;
    for (int i = 0; i < n * taps; ++i)
      weights.push_back(noise.number().real());
    Blocks out = noise.blocks(n * stride);
    kernels->interpolate(in.data(), first.data(), weights.data(), taps, n, out.data(), stride);
    double worst = 0;
    for (int i = 0; i < n; ++i)
      for (int lane = 0; lane < lanes; ++lane) {
        Complex sum = 0;
        for (int t = 0; t < taps; ++t)
          sum += weights[at(i * taps + t)] * get(in[at(first[at(i)] + t)], lane);
        worst = std::max(worst, std::abs(get(out[at(i * stride)], lane) - sum));
      }
    CHECK(worst < 2e-15);
  }
}

TEST_CASE("adding takes a multiple of each element") {
  for (const Kernels* kernels : usable_kernels()) {
    CAPTURE(kernels->name);
    Noise noise(61);
    const Blocks term = noise.blocks(5);
    Blocks sum = noise.blocks(6);
    const Blocks before = sum;
    const Complex factor = noise.number();
    kernels->add(sum.data(), factor.real(), factor.imag(), term.data(), 5);
    double worst = 0;
    for (int i = 0; i < 5; ++i)
      for (int lane = 0; lane < lanes; ++lane)
        worst = std::max(worst, std::abs(get(sum[at(i)], lane) - get(before[at(i)], lane) -
                                         factor * get(term[at(i)], lane)));
    CHECK(worst < 2e-15);
    CHECK(same(sum[5], before[5]));
  }
}
