// The parts of a run on several ranks against the same parts on one: equal bit for bit. Runs under mpirun;
// every rank checks everything for itself. CHECK and never REQUIRE: a rank that left a test would let the
// others wait.

#define CATCH_CONFIG_RUNNER
#include <cstring>
#include <random>

#include <catch2/catch.hpp>
#include <mpi.h>

#include "libpmd/base/error.hpp"
#include "libpmd/model/potential.hpp"
#include "libtdse/parallel/mpi_ranks.hpp"
#include "libtdse/solver/absorber.hpp"
#include "libtdse/solver/collector.hpp"
#include "libtdse/solver/split_step.hpp"

using namespace bondscope;
using namespace bondscope::tdse;

namespace {

Team team_of(MPI_Comm processes, int threads) {
  return {std::make_shared<MpiRanks>(processes), std::make_shared<Threads>(threads)};
}

Field random_field(const Grid& grid, unsigned seed) {
  std::mt19937 numbers(seed);
  std::uniform_real_distribution<double> distribution(-1, 1);
  Field field(grid);
  for (int i = 0; i < grid.nx; ++i)
    for (int j = 0; j < grid.ny; ++j) {
      const double re = distribution(numbers);
      field.set(i, j, {re, distribution(numbers)});
    }
  return field;
}

bool same_bits(const Field& a, const Field& b) {
  if (a.rows().first != b.rows().first || a.rows().last != b.rows().last) return false;
  for (int i = a.rows().first; i < a.rows().last; ++i)
    if (std::memcmp(a.row(i), b.row(i), sizeof(Block) * static_cast<std::size_t>(a.blocks())) != 0)
      return false;
  return true;
}

/// Two, three and six groups of rows; two to six Blocks in a row: fewer than four ranks can share.
const std::vector<Grid> grids{
    {32, 48, 0.5, false}, {32, 16, 0.5, true}, {48, 32, 0.5, false}, {96, 40, 0.5, true}};

Field steps(const Grid& grid, const Field& start, const Team& team) {
  auto step = SplitStep::real_time(grid, Potential({}, {}), {}, true, team);
  Field psi = distributed(grid, start, *team.ranks);
  for (int n = 0; n < 5; ++n)
    step.advance(psi, 0.1 * n);
  return psi;
}

Preset small_preset(bool sparse) {
  Preset preset;
  preset.absorber_radius = 4;
  preset.momentum = {.kx_max = 2, .kx_spacing = 0.1, .ky_max = 1.5, .ky_spacing = 0.1};
  preset.mechanisms.sparse_sampling = sparse;
  return preset;
}

/// The amplitude after events of three windows.
std::vector<Complex> collected(const Grid& grid, const Field& start, bool sparse, const Team& team) {
  const Preset preset = small_preset(sparse);
  const Part rows = rows_of(grid, *team.ranks, team.ranks->rank());
  const Absorber absorber(grid, rows, preset, 1);
  MomentumAmplitude amplitude(preset.momentum);
  Collector collector(grid, absorber, Pulse(1e14, 0, {}), preset, 1e9, team, amplitude);
  Field psi = distributed(grid, start, *team.ranks);
  for (int n = 0; n < 30; ++n) {
    collector.add(psi, n);
    absorber.absorb(psi, team);
  }
  collector.finish();
  return amplitude.values();
}

bool same_bits(const std::vector<Complex>& a, const std::vector<Complex>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), sizeof(Complex) * a.size()) == 0;
}

bool any_nonzero(const std::vector<Complex>& values) {
  return std::any_of(values.begin(), values.end(), [](Complex v) { return v != Complex(); });
}

}  // namespace

TEST_CASE("sums have the bits of the only rank that has something to add") {
  MpiRanks ranks(MPI_COMM_WORLD);
  std::mt19937_64 numbers(1);
  std::uniform_real_distribution<double> exponents(-300, 300);
  std::vector<double> expected, values;
  for (int i = 0; i < 1000; ++i) {
    expected.push_back(std::pow(10, exponents(numbers)) * (i % 2 ? 1 : -1));
    values.push_back(i % ranks.size() == ranks.rank() ? expected.back() : 0);
  }
  ranks.sum(values);
  CHECK(std::memcmp(values.data(), expected.data(), sizeof(double) * values.size()) == 0);
  ranks.sum({});
}

TEST_CASE("what is not a number on one rank is not a number on any") {
  MpiRanks ranks(MPI_COMM_WORLD);
  double value = ranks.rank() == ranks.size() - 1 ? std::numeric_limits<double>::quiet_NaN() : 0;
  ranks.sum({&value, 1});
  CHECK(std::isnan(value));
}

TEST_CASE("pieces of an exchange arrive where they should, whatever their sizes") {
  MpiRanks ranks(MPI_COMM_WORLD);
  // Rank s sends r · s Blocks to rank r: some send or receive nothing.
  const auto size = [](int from, int to) { return static_cast<std::size_t>(from * to); };
  std::vector<std::size_t> send_begin{0}, receive_begin{0};
  AlignedVector<Block> send;
  for (int r = 0; r < ranks.size(); ++r) {
    for (std::size_t b = 0; b < size(ranks.rank(), r); ++b) {
      Block block{};
      block.re[0] = ranks.rank();
      block.im[lanes - 1] = 100.0 * r + static_cast<double>(b);
      send.push_back(block);
    }
    send_begin.push_back(send.size());
    receive_begin.push_back(receive_begin.back() + size(r, ranks.rank()));
  }
  AlignedVector<Block> received(receive_begin.back());
  ranks.exchange(send.data(), send_begin, received.data(), receive_begin);
  for (int r = 0; r < ranks.size(); ++r)
    for (std::size_t b = 0; b < size(r, ranks.rank()); ++b) {
      const Block& block = received[receive_begin[static_cast<std::size_t>(r)] + b];
      CHECK(block.re[0] == r);
      CHECK(block.im[lanes - 1] == 100.0 * ranks.rank() + static_cast<double>(b));
    }
}

TEST_CASE("a text is that of rank 0") {
  MpiRanks ranks(MPI_COMM_WORLD);
  CHECK(ranks.share(ranks.rank() == 0 ? "said by rank 0" : "something else") == "said by rank 0");
  CHECK(ranks.share(ranks.rank() == 0 ? "" : "something else").empty());
}

TEST_CASE("ranks that cannot be are refused") {
  CHECK_THROWS_AS(MpiRanks(MPI_COMM_NULL), Error);
  MpiRanks ranks(MPI_COMM_WORLD);
  CHECK_THROWS_AS(ranks.exchange<Block>(nullptr, {0}, nullptr, {0}), Error);
  const std::vector<std::size_t> nothing(static_cast<std::size_t>(ranks.size()) + 1);
  auto too_much = nothing;
  too_much.back() = std::size_t{1} << 31;
  CHECK_THROWS_AS(ranks.exchange<Block>(nullptr, too_much, nullptr, nothing), Error);
}

TEST_CASE("fields are distributed and gathered whole, also among more ranks than groups of rows") {
  const Team team = team_of(MPI_COMM_WORLD, 2);
  Ranks& ranks = *team.ranks;
  for (const Grid& grid : grids) {
    const Field whole = random_field(grid, 1);
    const Field mine = distributed(grid, whole, ranks);
    CHECK(mine.rows().size() == rows_of(grid, ranks, ranks.rank()).size());
    CHECK(same_bits(gathered(grid, mine, ranks), whole));
    CHECK(squared_norm(grid, mine, team) == squared_norm(grid, whole, {}));
  }
}

TEST_CASE("steps have the same bits for all ranks and threads") {
  auto and_long_columns = grids;
  and_long_columns.push_back({4096, 128, 0.5, false});  // exchanged in several goes
  for (const Grid& grid : and_long_columns) {
    const Field start = random_field(grid, 2);
    const Field serial = steps(grid, start, {});
    for (const int threads : {1, 2, 3}) {
      INFO(grid.nx << " x " << grid.ny << ", threads " << threads);
      const Team team = team_of(MPI_COMM_WORLD, threads);
      CHECK(same_bits(gathered(grid, steps(grid, start, team), *team.ranks), serial));
    }
  }
}

TEST_CASE("collected waves have the same bits for all ranks and threads") {
  for (const Grid& grid : grids)
    for (const bool sparse : {false, true}) {
      const Field start = random_field(grid, 3);
      const auto serial = collected(grid, start, sparse, {});
      CHECK(any_nonzero(serial));
      for (const int threads : {1, 2, 3}) {
        INFO(grid.nx << " x " << grid.ny << ", sparse " << sparse << ", threads " << threads);
        CHECK(same_bits(collected(grid, start, sparse, team_of(MPI_COMM_WORLD, threads)), serial));
      }
    }
}

int main(int argc, char** argv) {
  int provided = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &provided);
  const int failed = Catch::Session().run(argc, argv);
  MPI_Finalize();
  return failed;
}
