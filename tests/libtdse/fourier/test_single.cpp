// The kernels in single precision do what those in double precision do.

#include <algorithm>

#include <catch2/catch.hpp>

#include "libtdse/fourier/chosen_kernels.hpp"
#include "tests/libtdse/fourier/lines.hpp"

using namespace bondscope;
using namespace bondscope::tdse;
using namespace bondscope::tdse::lines;

namespace {

using SingleBlocks = AlignedVector<BasicBlock<float>>;

SingleBlocks rounded(const Blocks& blocks) {
  SingleBlocks result(blocks.size());
  for (std::size_t b = 0; b < blocks.size(); ++b)
    for (int l = 0; l < lanes; ++l) {
      result[b].re[l] = static_cast<float>(blocks[b].re[l]);
      result[b].im[l] = static_cast<float>(blocks[b].im[l]);
    }
  return result;
}

std::vector<float> rounded(const double* values, std::size_t count) {
  std::vector<float> result;
  for (std::size_t i = 0; i < count; ++i)
    result.push_back(static_cast<float>(values[i]));
  return result;
}

/// Root mean square distance in units of the root mean square.
double distance(const SingleBlocks& result, const Blocks& expected) {
  double difference = 0, size = 0;
  for (std::size_t b = 0; b < expected.size(); ++b)
    for (int l = 0; l < lanes; ++l) {
      const Complex value(result[b].re[l], result[b].im[l]), wanted = get(expected[b], l);
      difference += std::norm(value - wanted);
      size += std::norm(wanted);
    }
  return std::sqrt(difference / size);
}

/// Calls test(double kernels, float kernels) for each set of instructions.
template <class Test>
void for_each_set(Test test) {
  const auto both = usable_kernels();
  const auto single = usable_kernels<float>();
  REQUIRE(both.size() == single.size());
  for (std::size_t s = 0; s < both.size(); ++s) {
    CAPTURE(both[s]->name);
    CHECK(std::string(both[s]->name) == single[s]->name);
    test(*both[s], *single[s]);
  }
}

constexpr double tolerance = 1e-6;

}  // namespace

TEST_CASE("columns, rows and forward transforms agree with those in double precision") {
  for_each_set([](const Kernels& kernels, const BasicKernels<float>& single) {
    for (const int length : {16, 40, 96, 360, 512, 720, 1080}) {
      CAPTURE(length);
      const LineTransform transform(length);
      const BasicLineTransform<float> short_transform(length);
      Noise noise(3);
      const Line direct = noise.line(length), crossed = noise.line(length);
      for (const bool mixed : {false, true}) {
        const Factors factors(transform, direct, mixed ? crossed : Line());
        const auto n = 2 * at(length);
        const auto short_direct = rounded(factors.view().direct, n);
        const auto short_crossed = mixed ? rounded(factors.view().crossed, n) : std::vector<float>();
        const BasicSpectralFactors<float> short_factors{
            short_direct.data(), mixed ? short_crossed.data() : nullptr, factors.view().partner_group};
        Blocks tile(at(length));
        SingleBlocks short_tile(at(length));
        Blocks columns = noise.blocks(2 * length);
        SingleBlocks short_columns = rounded(columns);
        kernels.columns(transform.passes(), factors.view(), columns.data(), 2, 0, 2, tile.data());
        single.columns(short_transform.passes(), short_factors, short_columns.data(), 2, 0, 2,
                       short_tile.data());
        CHECK(distance(short_columns, columns) < tolerance);
        Blocks rows = noise.blocks(length);
        const Blocks kick = noise.blocks(length);
        SingleBlocks short_rows = rounded(rows);
        const SingleBlocks short_kick = rounded(kick);
        const int blocks = length / lanes;
        kernels.rows(transform.passes(), factors.view(), rows.data(), kick.data(), blocks, 0, 1, tile.data());
        single.rows(short_transform.passes(), short_factors, short_rows.data(), short_kick.data(), blocks, 0,
                    1, short_tile.data());
        CHECK(distance(short_rows, rows) < tolerance);
      }
      Blocks line = noise.blocks(length);
      SingleBlocks short_line = rounded(line);
      kernels.forward(transform.passes(), line.data());
      single.forward(short_transform.passes(), short_line.data());
      CHECK(distance(short_line, line) < tolerance);
    }
  });
}

TEST_CASE("moving and multiplying agree with double precision") {
  for_each_set([](const Kernels& kernels, const BasicKernels<float>& single) {
    constexpr int n = 24, stride = 3;
    Noise noise(5);
    const Blocks in = noise.blocks(n * stride);
    const SingleBlocks short_in = rounded(in);
    const Line phases = noise.line(n);
    const auto* const parts = reinterpret_cast<const double*>(phases.data());
    const auto short_parts = rounded(parts, 2 * at(n));
    Blocks tile(at(n));
    SingleBlocks short_tile(at(n));
    kernels.turn(in.data(), stride, parts, n, tile.data());
    single.turn(short_in.data(), stride, short_parts.data(), n, short_tile.data());
    CHECK(distance(short_tile, tile) < tolerance);
    std::vector<int> order;
    for (int i = 0; i < n; ++i)
      order.push_back(n - 1 - i);
    Blocks sum = noise.blocks(n);
    SingleBlocks short_sum = rounded(sum);
    kernels.accumulate(tile.data(), order.data(), parts, in[0], n, sum.data(), 1);
    single.accumulate(short_tile.data(), order.data(), short_parts.data(), short_in[0], n, short_sum.data(),
                      1);
    CHECK(distance(short_sum, sum) < tolerance);
    Blocks gathered(at(n));
    SingleBlocks short_gathered(at(n));
    kernels.gather_rows(in.data(), n / lanes, n / lanes, gathered.data());
    single.gather_rows(short_in.data(), n / lanes, n / lanes, short_gathered.data());
    CHECK(distance(short_gathered, gathered) < tolerance);
    kernels.scatter_rows(tile.data(), order.data(), n / lanes, gathered.data(), n / lanes);
    single.scatter_rows(short_tile.data(), order.data(), n / lanes, short_gathered.data(), n / lanes);
    CHECK(distance(short_gathered, gathered) < tolerance);
  });
}
