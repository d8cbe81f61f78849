#include "libtdse/solver/hand_over.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/base/error.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/solver/windowed_sinc.hpp"

namespace bondscope::tdse {
namespace {

/// Inner points to either side that an outer one is made from.
constexpr int neighbours = 16, points_used = 2 * neighbours;
const WindowedSinc hand_over_weight(neighbours, 12);

/// Weights of `points_used` points of a line of `points`, of which point 0 lies at `origin`, at `position`;
/// appended to `weights`. Returns the first of the points. Beyond the ends of the line there is nothing.
int add_weights(double position, double origin, double spacing, int points, std::vector<double>& weights) {
  const double place = (position - origin) / spacing;
  const int first = std::clamp(static_cast<int>(std::floor(place)) - neighbours + 1, 0, points - points_used);
  for (int t = 0; t < points_used; ++t)
    weights.push_back(hand_over_weight(place - (first + t)));
  return first;
}

}  // namespace

double MaskRange::kept(double r) const {
  if (r <= begin) return 1;
  if (r >= end) return 0;
  // All derivatives vanish at both ends.
  const double s = (r - begin) / (end - begin);
  return 1 / (1 + std::exp(1 / (1 - s) - 1 / s));
}

HandOver::Interpolation HandOver::along_x(const Grid& inner, const Grid& outer, Part rows) {
  Interpolation line;
  // Whole groups of eight rows, of which at least one is inside.
  const auto inside = [&](int row) {
    return outer.x(row) < inner.half_width_x() && outer.x(row + lanes - 1) > -inner.half_width_x();
  };
  line.begin = rows.first;
  while (line.begin < rows.last && !inside(line.begin))
    line.begin += lanes;
  for (int i = line.begin; i < rows.last && inside(i / lanes * lanes); ++i)
    line.first.push_back(add_weights(outer.x(i), inner.x(0), inner.spacing, inner.nx, line.weights));
  return line;
}

HandOver::Interpolation HandOver::along_y(const Grid& inner, const Grid& outer) {
  Interpolation line;
  const auto y = [&](int natural) { return outer.y(outer.column(natural)); };
  while (y(line.begin) <= -inner.half_width_y())
    ++line.begin;
  // An even line begins with the mirror images that are needed near the axis.
  const double origin = inner.y(inner.column(0)) - (inner.even ? neighbours * inner.spacing : 0);
  const int points = inner.ny + (inner.even ? neighbours : 0);
  for (int n = line.begin; n < outer.ny && y(n) < inner.half_width_y(); ++n)
    line.first.push_back(add_weights(y(n), origin, inner.spacing, points, line.weights));
  return line;
}

HandOver::HandOver(const Grid& inner, const Grid& outer, const MaskRange& mask, const Team& team)
    : inner_(inner),
      outer_(outer),
      team_(team),
      kernels_(&chosen_kernels()),
      x_(along_x(inner, outer, rows_of(outer, *team.ranks, team.ranks->rank()))),
      y_(along_y(inner, outer)),
      strip_(inner, {x_.begin, x_.begin + x_.count()}) {
  if (inner.even != outer.even || inner.nx < points_used || inner.ny < points_used)
    throw NumericsError("these grids cannot hand over to each other");
  for (int i = 0; i < inner.nx; ++i)
    for (int j = 0; j < inner.ny; ++j)
      kept_.push_back(mask.kept(std::hypot(inner.x(i), inner.y(j))));
  if (inner.even)
    for (int n = neighbours; n-- > 0;)
      inner_columns_.push_back(inner.column(n));
  for (int n = 0; n < inner.ny; ++n)
    inner_columns_.push_back(inner.column(n));
  outer_places_.assign(static_cast<std::size_t>(outer.ny), y_.count());
  for (int n = 0; n < y_.count(); ++n)
    outer_places_[static_cast<std::size_t>(outer.column(y_.begin + n))] = n;
  for (int t = 0; t < team.threads->count(); ++t)
    scratch_.push_back({AlignedVector<Block>(static_cast<std::size_t>(std::max(inner.nx, inner.ny))),
                        AlignedVector<Block>(inner_columns_.size()),
                        AlignedVector<Block>(static_cast<std::size_t>(y_.count() + 1), Block{}),
                        AlignedVector<Block>(static_cast<std::size_t>(outer.ny))});
}

void HandOver::operator()(Field& inner, BasicField<float>& outer) {
  if (team_.ranks->size() == 1) {
    give(inner);
  } else {
    Field whole = gathered(inner_, inner, *team_.ranks);
    give(whole);
    inner = distributed(inner_, whole, *team_.ranks);
  }
  receive(outer);
}

void HandOver::give(Field& inner) {
  team_.threads->run([&](int thread) {
    Scratch& scratch = scratch_[static_cast<std::size_t>(thread)];
    const Part part = part_of(inner.blocks(), team_.threads->count(), thread);
    for (int b = part.first; b < part.last; ++b) {
      kernels_->take(inner.row(0) + b, inner.stride(), kept_.data() + b * lanes, inner_.ny, inner_.nx,
                     scratch.tile.data());
      kernels_->interpolate(scratch.tile.data(), x_.first.data(), x_.weights.data(), points_used, x_.count(),
                            strip_.row(x_.begin) + b, strip_.stride());
    }
  });
}

void HandOver::receive(BasicField<float>& outer) {
  team_.threads->run([&](int thread) {
    auto& [tile, line, values, rows] = scratch_[static_cast<std::size_t>(thread)];
    const Part part = part_of(x_.count() / lanes, team_.threads->count(), thread);
    for (int group = part.first; group < part.last; ++group) {
      const int row = x_.begin + group * lanes;
      kernels_->gather_rows(strip_.row(row), strip_.stride(), strip_.blocks(), tile.data());
      for (std::size_t n = 0; n < line.size(); ++n)
        line[n] = tile[static_cast<std::size_t>(inner_columns_[n])];
      kernels_->interpolate(line.data(), y_.first.data(), y_.weights.data(), points_used, y_.count(),
                            values.data(), 1);
      kernels_->scatter_rows(values.data(), outer_places_.data(), outer.blocks(), rows.data(),
                             outer.blocks());
      for (int r = 0; r < lanes; ++r)
        for (int b = 0; b < outer.blocks(); ++b) {
          const Block& given = rows[static_cast<std::size_t>(r * outer.blocks() + b)];
          BasicBlock<float>& sum = outer.row(row + r)[b];
          for (int l = 0; l < lanes; ++l) {
            sum.re[l] += static_cast<float>(given.re[l]);
            sum.im[l] += static_cast<float>(given.im[l]);
          }
        }
    }
  });
}

}  // namespace bondscope::tdse
