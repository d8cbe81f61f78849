#include "libtdse/solver/grid.hpp"

#include <algorithm>
#include <numeric>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/fourier/line_transform.hpp"

namespace bondscope::tdse {
namespace {

// Rows, and columns of a whole grid: twice the lanes, so that every second one still fills whole Blocks.
constexpr int granularity = 2 * lanes;

/// `copies` of it must be transformable too.
int fitting_size(double n, int multiple, int copies = 1) {
  if (!(n < 1e6)) throw ConfigError("a grid of more than 1e6 points in one direction");
  for (int size = static_cast<int>(std::ceil(n - 1e-9));; size = transformable_length(size + 1)) {
    size = transformable_length(size);
    if (size % multiple == 0) {
      transformable_length(copies * size);
      return size;
    }
  }
}

}  // namespace

double Grid::nyquist() const {
  return units::pi / spacing;
}

Grid Grid::covering(double half_width_x, double half_width_y, double spacing, bool even) {
  return {fitting_size(2 * half_width_x / spacing, granularity),
          even ? fitting_size(half_width_y / spacing, lanes, 2)
               : fitting_size(2 * half_width_y / spacing, granularity),
          spacing, even};
}

double fourier_momentum(int m, int n, double spacing) {
  return 2 * units::pi * (m < n / 2 ? m : m - n) / (n * spacing);
}

template <class Real>
BasicField<Real>::BasicField(const Grid& grid, Part rows)
    : rows_(rows),
      blocks_(grid.ny / lanes),
      // An odd distance: the lines of a column then use all sets of the caches.
      stride_(blocks_ | 1),
      array_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(rows.size()), Block{}) {}

Part rows_of(const Grid& grid, const Ranks& ranks, int rank) {
  const Part groups = part_of(grid.nx / granularity, ranks.size(), rank);
  return {groups.first * granularity, groups.last * granularity};
}

template <class Real>
double row_norm(const BasicField<Real>& field, int i) {
  const BasicBlock<Real>* const row = field.row(i);
  Block sum{};
  for (int b = 0; b < field.blocks(); ++b)
    for (int l = 0; l < lanes; ++l) {
      const double re = row[b].re[l], im = row[b].im[l];
      sum.re[l] += re * re + im * im;
    }
  return std::accumulate(sum.re, sum.re + lanes, 0.0);
}

template <class Real>
double squared_norm(const Grid& grid, const BasicField<Real>& field, const Team& team) {
  std::vector<double> sums(static_cast<std::size_t>(grid.nx));
  team.threads->run([&](int thread) {
    const Part part = part_of(field.rows().size(), team.threads->count(), thread);
    for (int i = field.rows().first + part.first; i < field.rows().first + part.last; ++i)
      sums[static_cast<std::size_t>(i)] = row_norm(field, i);
  });
  team.ranks->sum(sums);
  return std::accumulate(sums.begin(), sums.end(), 0.0) * grid.cell();
}

void add(Field& sum, Complex factor, const Field& term) {
  const auto& kernels = chosen_kernels();
  for (int i = sum.rows().first; i < sum.rows().last; ++i)
    kernels.add(sum.row(i), factor.real(), factor.imag(), term.row(i), sum.blocks());
}

void scale(Field& field, double factor) {
  for (int i = field.rows().first; i < field.rows().last; ++i)
    for (int b = 0; b < field.blocks(); ++b)
      for (int l = 0; l < lanes; ++l) {
        field.row(i)[b].re[l] *= factor;
        field.row(i)[b].im[l] *= factor;
      }
}

template <class Real>
BasicField<Real> gathered(const Grid& grid, const BasicField<Real>& field, Ranks& ranks) {
  if (ranks.size() == 1) return field;
  BasicField<Real> whole(grid);
  const auto row_blocks = static_cast<std::size_t>(field.stride());
  std::vector<std::size_t> send_begin, receive_begin;
  AlignedVector<BasicBlock<Real>> send;
  for (int r = 0; r <= ranks.size(); ++r) {
    send_begin.push_back(send.size());
    receive_begin.push_back(
        static_cast<std::size_t>(r < ranks.size() ? rows_of(grid, ranks, r).first : grid.nx) * row_blocks);
    if (r < ranks.size() && field.rows().size() > 0)
      send.insert(
          send.end(), field.row(field.rows().first),
          field.row(field.rows().first) + static_cast<std::ptrdiff_t>(row_blocks) * field.rows().size());
  }
  ranks.exchange(send.data(), send_begin, whole.row(0), receive_begin);
  return whole;
}

template <class Real>
BasicField<Real> distributed(const Grid& grid, const BasicField<Real>& whole, const Ranks& ranks) {
  if (ranks.size() == 1) return whole;
  BasicField<Real> mine(grid, rows_of(grid, ranks, ranks.rank()));
  for (int i = mine.rows().first; i < mine.rows().last; ++i)
    std::copy_n(whole.row(i), mine.blocks(), mine.row(i));
  return mine;
}

Field embedded(const Grid& from, const Field& field, const Grid& to) {
  if (from.even != to.even || std::abs(from.spacing - to.spacing) > 1e-9 * from.spacing)
    throw NumericsError("a field can only be embedded in a grid of its own spacing and symmetry");
  Field result(to);
  const int shift_x = to.nx / 2 - from.nx / 2, shift_y = from.even ? 0 : to.ny / 2 - from.ny / 2;
  for (int i = std::max(0, -shift_x); i < std::min(from.nx, to.nx - shift_x); ++i)
    for (int n = std::max(0, -shift_y); n < std::min(from.ny, to.ny - shift_y); ++n)
      result.set(i + shift_x, to.column(n + shift_y), field.at(i, from.column(n)));
  return result;
}

template class BasicField<double>;
template class BasicField<float>;
template double row_norm(const BasicField<double>&, int);
template double row_norm(const BasicField<float>&, int);
template double squared_norm(const Grid&, const BasicField<double>&, const Team&);
template double squared_norm(const Grid&, const BasicField<float>&, const Team&);
template BasicField<double> gathered(const Grid&, const BasicField<double>&, Ranks&);
template BasicField<float> gathered(const Grid&, const BasicField<float>&, Ranks&);
template BasicField<double> distributed(const Grid&, const BasicField<double>&, const Ranks&);
template BasicField<float> distributed(const Grid&, const BasicField<float>&, const Ranks&);

}  // namespace bondscope::tdse
