// Included by kernels.cpp and kernels_single.cpp, which are compiled once for each set of instructions
// (bondscope_kernels() of the build). Defined are PMD_VECTOR_BYTES, PMD_KERNELS (the name of the table) and
// PMD_KERNELS_NAME by the build, and PMD_REAL, double or float, by the including file. Everything else is
// local to the file.

#include "libtdse/fourier/kernels.hpp"

// Numbers in a vector; more than a Block has lanes are of no use.
#define PMD_VECTOR_WIDTH (PMD_VECTOR_BYTES / PMD_REAL_BYTES > 8 ? 8 : PMD_VECTOR_BYTES / PMD_REAL_BYTES)

namespace bondscope::tdse {
namespace {

using Real = PMD_REAL;
using Block = BasicBlock<Real>;
using Pass = BasicPass<Real>;
using PassList = BasicPassList<Real>;
using SpectralFactors = BasicSpectralFactors<Real>;

#include "libtdse/fourier/butterfly.inc.hpp"

constexpr int width = PMD_VECTOR_WIDTH;
constexpr int block_reals = 2 * lanes;

PMD_INLINE C load(const Real* p) {
  return {*reinterpret_cast<const V*>(p), *reinterpret_cast<const V*>(p + lanes)};
}
PMD_INLINE void store(Real* p, const C& a) {
  *reinterpret_cast<V*>(p) = a.re;
  *reinterpret_cast<V*>(p + lanes) = a.im;
}
PMD_INLINE Real* reals(Block* b) {
  return reinterpret_cast<Real*>(b);
}
PMD_INLINE const Real* reals(const Block* b) {
  return reinterpret_cast<const Real*>(b);
}

/// Where the elements of a line are, in numbers.
struct Line {
  Real* start;
  std::ptrdiff_t stride;
  PMD_INLINE Real* at(std::ptrdiff_t e) const { return start + e * stride; }
};

/// A forward pass: butterfly, then twiddles. Of a column it fetches the neighbour, which comes next.
template <int R, bool Fetch>
void forward_pass(const Pass& pass, Line in, Line out) {
  const std::ptrdiff_t m = pass.stride;
  for (std::ptrdiff_t b = 0; b < pass.blocks; ++b) {
    const Real* w = pass.twiddles;
    for (std::ptrdiff_t j = 0; j < m; ++j, w += 2 * (R - 1)) {
      const std::ptrdiff_t first = b * R * m + j;
      C x[R];
      Count<R>::each([&]<int Q>() PMD_FORCED {
        x[Q] = load(in.at(first + Q * m));
        if constexpr (Fetch) {
          __builtin_prefetch(in.at(first + Q * m) + block_reals, 1, 2);
          __builtin_prefetch(in.at(first + Q * m) + block_reals + lanes, 1, 2);
        }
      });
      Dft<R, -1>::apply(x);
      store(out.at(first), x[0]);
      Count<R - 1>::each([&]<int P>() PMD_FORCED {
        store(out.at(first + (P + 1) * m), times(x[P + 1], w[2 * P], w[2 * P + 1]));
      });
    }
  }
}

/// A backward pass: conjugate twiddles, then butterfly.
template <int R>
void backward_pass(const Pass& pass, Line in, Line out) {
  const std::ptrdiff_t m = pass.stride;
  for (std::ptrdiff_t b = 0; b < pass.blocks; ++b) {
    const Real* w = pass.twiddles;
    for (std::ptrdiff_t j = 0; j < m; ++j, w += 2 * (R - 1)) {
      const std::ptrdiff_t first = b * R * m + j;
      C x[R];
      x[0] = load(in.at(first));
      Count<R - 1>::each([&]<int P>() PMD_FORCED {
        x[P + 1] = times(load(in.at(first + (P + 1) * m)), w[2 * P], -w[2 * P + 1]);
      });
      Dft<R, 1>::apply(x);
      Count<R>::each([&]<int Q>() PMD_FORCED { store(out.at(first + Q * m), x[Q]); });
    }
  }
}

/// The last forward pass, without twiddles.
template <int R>
void last_pass(const Pass& pass, Line line) {
  for (std::ptrdiff_t b = 0; b < pass.blocks; ++b) {
    C x[R];
    Count<R>::each([&]<int Q>() PMD_FORCED { x[Q] = load(line.at(b * R + Q)); });
    Dft<R, -1>::apply(x);
    Count<R>::each([&]<int Q>() PMD_FORCED { store(line.at(b * R + Q), x[Q]); });
  }
}

/// A group of a turning pass: its own elements and their partners, mixed, transformed and stored. The partner
/// of element Q is Reflection - Q.
template <int R, int Reflection>
PMD_INLINE void mix(const SpectralFactors& factors, std::ptrdiff_t group, const C* mine, const C* theirs,
                    const Line& line) {
  const Real* const s = factors.direct + 2 * R * group;
  const Real* const c = factors.crossed + 2 * R * group;
  C z[R];
  Count<R>::each([&]<int Q>() PMD_FORCED {
    z[Q] =
        times(mine[Q], s[2 * Q], s[2 * Q + 1]) + times(theirs[(Reflection - Q) % R], c[2 * Q], c[2 * Q + 1]);
  });
  Dft<R, 1>::apply(z);
  Count<R>::each([&]<int Q>() PMD_FORCED { store(line.at(group * R + Q), z[Q]); });
}

/// The last forward pass, the factors and the first backward pass, group by group.
template <int R>
void turning_pass(const Pass& pass, const Real* factors, Line line) {
  for (std::ptrdiff_t b = 0; b < pass.blocks; ++b, factors += 2 * R) {
    C x[R], z[R];
    Count<R>::each([&]<int Q>() PMD_FORCED { x[Q] = load(line.at(b * R + Q)); });
    Dft<R, -1>::apply(x);
    Count<R>::each([&]<int Q>() PMD_FORCED { z[Q] = times(x[Q], factors[2 * Q], factors[2 * Q + 1]); });
    Dft<R, 1>::apply(z);
    Count<R>::each([&]<int Q>() PMD_FORCED { store(line.at(b * R + Q), z[Q]); });
  }
}

/// The same with factors that mix opposite frequencies, which are in two groups or in one.
template <int R>
void crossing_pass(const Pass& pass, const SpectralFactors& factors, Line line) {
  for (std::ptrdiff_t b = 0; b < pass.blocks; ++b) {
    const std::ptrdiff_t other = factors.partner_group[b];
    if (other < b) continue;  // done together with its partner
    C x[R], y[R];
    Count<R>::each([&]<int Q>() PMD_FORCED { x[Q] = load(line.at(b * R + Q)); });
    Dft<R, -1>::apply(x);
    if (other == b) {
      if (b == 0)
        mix<R, R>(factors, b, x, x, line);
      else
        mix<R, R - 1>(factors, b, x, x, line);
      continue;
    }
    Count<R>::each([&]<int Q>() PMD_FORCED { y[Q] = load(line.at(other * R + Q)); });
    Dft<R, -1>::apply(y);
    mix<R, R - 1>(factors, b, x, y, line);
    mix<R, R - 1>(factors, other, y, x, line);
  }
}

/// apply<radix>() for one of the radices of LineTransform.
template <class Apply>
PMD_INLINE void for_radix(int radix, const Apply& apply) {
  const auto among = [&]<int... R>() PMD_FORCED {
    ((radix == R ? apply.template operator()<R>() : void()), ...);
  };
  among.template operator()<4, 5, 6, 8, 9, 10, 12>();
}

template <bool Fetch>
PMD_INLINE void forward_pass(const Pass& pass, const Line& in, const Line& out) {
  for_radix(pass.radix, [&]<int R>() PMD_FORCED { forward_pass<R, Fetch>(pass, in, out); });
}

/// Forward, factors, backward from `field` to `field` by way of `tile`. At least two passes.
void there_and_back(const PassList& transform, const SpectralFactors& factors, Line field, Line tile) {
  const Pass* const pass = transform.passes;
  const int last = transform.count - 1;
  if (field.stride != tile.stride)
    forward_pass<true>(pass[0], field, tile);
  else
    forward_pass<false>(pass[0], field, tile);
  for (int s = 1; s < last; ++s)
    forward_pass<false>(pass[s], tile, tile);
  for_radix(pass[last].radix, [&]<int R>() PMD_FORCED {
    if (factors.crossed)
      crossing_pass<R>(pass[last], factors, tile);
    else
      turning_pass<R>(pass[last], factors.direct, tile);
  });
  for (int s = last - 1; s >= 0; --s)
    for_radix(pass[s].radix,
              [&]<int R>() PMD_FORCED { backward_pass<R>(pass[s], tile, s == 0 ? field : tile); });
}

void columns(const PassList& transform, const SpectralFactors& factors, Block* field,
             std::ptrdiff_t row_stride, int first, int last, Block* tile) {
  for (int b = first; b < last; ++b)
    for (int lane = 0; lane < lanes; lane += width)
      there_and_back(transform, factors, {reals(field + b) + lane, row_stride * block_reals},
                     {reals(tile) + lane, block_reals});
}

#include "libtdse/fourier/transpose.inc.hpp"

void multiply_and_gather(const Block* rows, const Block* kick, std::ptrdiff_t row_stride, int blocks,
                         Block* tile) {
  for (int b = 0; b < blocks; ++b) {
    Block turned[lanes];
    for (int r = 0; r < lanes; ++r)
      for (int lane = 0; lane < lanes; lane += width)
        store(reals(turned + r) + lane, times(load(reals(rows + r * row_stride + b) + lane),
                                              load(reals(kick + r * row_stride + b) + lane)));
    transpose(turned, 1, tile + lanes * b, 1);
  }
}

void gather_rows(const Block* rows, std::ptrdiff_t row_stride, int blocks, Block* tile) {
  for (int b = 0; b < blocks; ++b)
    transpose(rows + b, row_stride, tile + lanes * b, 1);
}

void gather_shares(const Block* rows, std::ptrdiff_t row_stride, const Real* factors,
                   std::ptrdiff_t factor_stride, int blocks, Block* tile) {
  for (int b = 0; b < blocks; ++b) {
    Block share[lanes];
    for (int r = 0; r < lanes; ++r)
      for (int lane = 0; lane < lanes; lane += width) {
        const C all = load(reals(rows + r * row_stride + b) + lane);
        const V factor = *reinterpret_cast<const V*>(factors + r * factor_stride + lanes * b + lane);
        store(reals(share + r) + lane, {all.re * factor, all.im * factor});
      }
    transpose(share, 1, tile + lanes * b, 1);
  }
}

void rows(const PassList& transform, const SpectralFactors& factors, Block* field, const Block* kick,
          std::ptrdiff_t row_stride, int first, int last, Block* tile) {
  const int blocks = transform.length / lanes;
  for (int g = first; g < last; ++g) {
    Block* const group = field + g * lanes * row_stride;
    if (kick)
      multiply_and_gather(group, kick + g * lanes * row_stride, row_stride, blocks, tile);
    else
      gather_rows(group, row_stride, blocks, tile);
    for (int lane = 0; lane < lanes; lane += width) {
      const Line line{reals(tile) + lane, block_reals};
      there_and_back(transform, factors, line, line);
    }
    for (int b = 0; b < blocks; ++b)
      transpose(tile + lanes * b, 1, group + b, row_stride);
  }
}

void forward(const PassList& transform, Block* tile) {
  const int last = transform.count - 1;
  for (int lane = 0; lane < lanes; lane += width) {
    const Line line{reals(tile) + lane, block_reals};
    for (int s = 0; s < last; ++s)
      forward_pass<false>(transform.passes[s], line, line);
    const Pass& pass = transform.passes[last];
    for_radix(pass.radix, [&]<int R>() PMD_FORCED { last_pass<R>(pass, line); });
  }
}

void scatter_rows(const Block* tile, const int* order, int blocks, Block* out, std::ptrdiff_t row_stride) {
  for (int b = 0; b < blocks; ++b) {
    Block picked[lanes];
    for (int l = 0; l < lanes; ++l)
      picked[l] = tile[order[lanes * b + l]];
    transpose(picked, 1, out + b, row_stride);
  }
}

void turn(const Block* in, std::ptrdiff_t stride, const Real* phases, int n, Block* tile) {
  for (int i = 0; i < n; ++i)
    for (int lane = 0; lane < lanes; lane += width)
      store(reals(tile + i) + lane,
            times(load(reals(in + i * stride) + lane), phases[2 * i], phases[2 * i + 1]));
}

void accumulate(const Block* tile, const int* order, const Real* phases, const Block& common, int n,
                Block* sum, std::ptrdiff_t stride) {
  for (int lane = 0; lane < lanes; lane += width) {
    const C shared = load(reals(&common) + lane);
    for (int i = 0; i < n; ++i) {
      Real* const target = reals(sum + i * stride) + lane;
      const C turned = times(shared, phases[2 * i], phases[2 * i + 1]);
      store(target, load(target) + times(load(reals(tile + order[i]) + lane), turned));
    }
  }
}

/// What the hand-over takes from a column, and what it leaves.
void take(Block* column, std::ptrdiff_t stride, const Real* kept, std::ptrdiff_t kept_stride, int n,
          Block* tile) {
  for (int i = 0; i < n; ++i)
    for (int lane = 0; lane < lanes; lane += width) {
      Real* const p = reals(column + i * stride) + lane;
      const C all = load(p);
      const V share = *reinterpret_cast<const V*>(kept + i * kept_stride + lane);
      const C left = {all.re * share, all.im * share};
      store(p, left);
      store(reals(tile + i) + lane, all - left);
    }
}

void interpolate(const Block* in, const int* first, const Real* weights, int taps, int n, Block* out,
                 std::ptrdiff_t stride) {
  for (int i = 0; i < n; ++i, weights += taps)
    for (int lane = 0; lane < lanes; lane += width) {
      C sum = {V{}, V{}};
      const Real* p = reals(in + first[i]) + lane;
      for (int t = 0; t < taps; ++t, p += block_reals) {
        const C c = load(p);
        sum = {sum.re + c.re * weights[t], sum.im + c.im * weights[t]};
      }
      store(reals(out + i * stride) + lane, sum);
    }
}

void add(Block* sum, Real re, Real im, const Block* term, std::ptrdiff_t n) {
  for (std::ptrdiff_t i = 0; i < n; ++i)
    for (int lane = 0; lane < lanes; lane += width) {
      Real* const p = reals(sum + i) + lane;
      store(p, load(p) + times(load(reals(term + i) + lane), re, im));
    }
}

}  // namespace
