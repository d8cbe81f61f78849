#include "libtdse/solver/collector.hpp"

#include <algorithm>
#include <numeric>

#include "libpmd/base/error.hpp"
#include "libpmd/model/units.hpp"
#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/solver/windowed_sinc.hpp"

namespace bondscope::tdse {
namespace {

/// Half width of the interpolation kernel in points of the refined grid, and the shape of its Kaiser window.
constexpr int half_taps = 16, taps = 2 * half_taps;
const WindowedSinc kernel(half_taps, 8);

/// Share of the refined grid's Nyquist distance up to which the kernel interpolates.
constexpr double usable = 0.8;

/// Distance from the centre beyond which nothing that moves at `speed` survives the absorber, a.u.
double outermost(const Preset& preset, double half_width, double speed) {
  constexpr double exponent = 30;
  // ∫ rate dt = β/Δt₀ d³/(3 v) on the way to depth d.
  const double depth =
      std::cbrt(3 * exponent * speed * preset.absorber_reference_step / preset.absorber_beta);
  return std::min(half_width, preset.absorber_radius + depth);
}

int floor_div(int a, int b) {
  return (a >= 0 ? a : a - b + 1) / b;
}

template <class Real>
const Real* reals(const std::vector<std::complex<Real>>& values) {
  return reinterpret_cast<const Real*>(values.data());
}

/// Every second point is enough if no momentum that is inside is taken for one that is collected.
int sampling(const Grid& grid, const Preset& preset, double fastest, double collected) {
  return preset.mechanisms.sparse_sampling && fastest + collected <= grid.nyquist() ? 2 : 1;
}

}  // namespace

template <class Real>
typename BasicCollector<Real>::Interpolation BasicCollector<Real>::interpolation(const std::vector<double>& k,
                                                                                 double largest, int first,
                                                                                 int last, double spacing) {
  Interpolation line;
  for (const double value : k) {
    const double position = value / spacing;
    const int low =
        std::clamp(static_cast<int>(std::floor(position)) - half_taps + 1, first, last + 1 - taps);
    line.first.push_back(low - first);
    for (int q = low; q < low + taps; ++q)
      line.weights.push_back(std::abs(value) > largest ? 0 : static_cast<Real>(kernel(position - q)));
  }
  return line;
}

template <class Real>
double BasicCollector<Real>::FineAxis::reach() const {
  return usable * refinement * 0.5 * transform.length() * sample_spacing;
}

template <class Real>
BasicCollector<Real>::FineAxis::FineAxis(int points, double sample_spacing_, double max, double outermost,
                                         bool positive, int shift_multiple_)
    : transform(points), sample_spacing(sample_spacing_), shift_multiple(shift_multiple_) {
  // A quarter more than the wave itself needs, so that windows are not too short.
  while (reach() < 1.25 * outermost)
    ++refinement;
  spacing = 2 * units::pi / (points * sample_spacing * refinement);
  last = std::min(points / 2 * refinement - 1, static_cast<int>(std::ceil(max / spacing)) + half_taps);
  first = positive ? 0 : -last;
  slot.resize(static_cast<std::size_t>(last - first + 1));
  begin.push_back(0);
  for (int shift = 0; shift < refinement; ++shift) {
    std::vector<std::complex<Real>> phases;
    for (int i = 0; i < points; ++i)
      phases.emplace_back(phase(-momentum(shift) * i * sample_spacing));
    shift_phases.push_back(std::move(phases));
    for (int index = first; index <= last; ++index) {
      const int m = floor_div(index, refinement);
      if (index - m * refinement != shift) continue;
      slot[static_cast<std::size_t>(index - first)] = static_cast<int>(q.size());
      q.push_back(index);
      order.push_back(transform.positions()[static_cast<std::size_t>(m < 0 ? m + points : m)]);
    }
    while (q.size() % static_cast<std::size_t>(shift_multiple) != 0) {
      q.push_back(q.back());
      order.push_back(order.back());
    }
    begin.push_back(static_cast<int>(q.size()));
  }
}

template <class Real>
BasicCollector<Real>::BasicCollector(const Grid& grid, const Absorber& absorber, const Pulse& pulse,
                                     const Preset& preset, double fastest, const Team& team,
                                     MomentumAmplitude& amplitude)
    : grid_(grid),
      pulse_(pulse),
      team_(team),
      amplitude_(&amplitude),
      kernels_(&chosen_kernels<Real>()),
      every_(sampling(grid, preset, fastest,
                      std::min(fastest, std::max(amplitude.kx().back(), amplitude.ky().back())))),
      fastest_x_(std::min(fastest, amplitude.kx().back())),
      fastest_y_(std::min(fastest, amplitude.ky().back())),
      fine_x_(grid.nx / every_, every_ * grid.spacing, fastest_x_,
              outermost(preset, grid.half_width_x(), fastest_x_), false, 1),
      fine_y_(grid.whole_ny() / every_, every_ * grid.spacing, fastest_y_,
              outermost(preset, grid.half_width_y(), fastest_y_), grid.even, lanes),
      sampled_rows_([&] {
        const Part rows = rows_of(grid, *team.ranks, team.ranks->rank());
        return Part{rows.first / every_, rows.last / every_};
      }()) {
  // Sampled points are the first of every `every_`: the sampled line begins where the grid's does.
  fine_x_.origin = grid.x(0);
  fine_y_.origin = (0.5 - grid.whole_ny() / 2) * grid.spacing;
  margin_x_ = fine_x_.reach() - outermost(preset, grid.half_width_x(), fastest_x_);
  margin_y_ = fine_y_.reach() - outermost(preset, grid.half_width_y(), fastest_y_);
  for (int n = 0; n < grid.whole_ny() / every_; ++n) {
    const int natural = n * every_;
    const int from_axis = natural >= grid.ny ? natural - grid.ny : grid.ny - 1 - natural;
    sampled_columns_.push_back(grid.even ? grid.column(from_axis) : natural);
  }
  for (int row = sampled_rows_.first; row < sampled_rows_.last; ++row)
    for (int j = 0; j < grid.ny; ++j)
      taken_.push_back(static_cast<Real>(1 - absorber.mask(row * every_)[j]));
  for (int row = sampled_rows_.first; row < sampled_rows_.last; ++row) {
    if ((row - sampled_rows_.first) % lanes == 0) touched_.push_back(false);
    if (absorber.touches(row * every_)) touched_.back() = true;
  }
  const int blocks = fine_y_.begin.back() / lanes;
  blocks_ = part_of(blocks, team.ranks->size(), team.ranks->rank());
  mixed_stride_ = blocks | 1;
  mixed_.resize(static_cast<std::size_t>(mixed_stride_) * static_cast<std::size_t>(sampled_rows_.size()));
  std::fill(mixed_.begin(), mixed_.end(), Block{});
  if (team.ranks->size() > 1)
    shared_.resize(static_cast<std::size_t>(blocks_.size()) *
                   static_cast<std::size_t>(fine_x_.transform.length()));
  const int longest = std::max(
      {fine_x_.transform.length(), grid.whole_ny(), fine_x_.last - fine_x_.first + 1, 2 * fine_y_.last + 1});
  for (int t = 0; t < 3 * team.threads->count(); ++t)
    tiles_.emplace_back(static_cast<std::size_t>(longest));
  collected_.resize(static_cast<std::size_t>(blocks_.size()) * fine_x_.q.size(), Block{});
  to_kx_ = interpolation(amplitude.kx(), fastest_x_, fine_x_.first, fine_x_.last, fine_x_.spacing);
  to_ky_ = interpolation(amplitude.ky(), fastest_y_, -fine_y_.last, fine_y_.last, fine_y_.spacing);
}

template <class Real>
AlignedVector<BasicBlock<Real>> BasicCollector<Real>::save(ArrayWriter& state) const {
  state.scalar("window_times", window_);
  Ranks& ranks = *team_.ranks;
  if (ranks.size() == 1) return collected_;
  const int blocks = fine_y_.begin.back() / lanes;
  std::vector<std::size_t> send_begin{0}, receive_begin{0};
  AlignedVector<Block> send;
  for (int r = 0; r < ranks.size(); ++r) {
    send.insert(send.end(), collected_.begin(), collected_.end());
    send_begin.push_back(send.size());
    receive_begin.push_back(receive_begin.back() +
                            static_cast<std::size_t>(part_of(blocks, ranks.size(), r).size()) *
                                fine_x_.q.size());
  }
  AlignedVector<Block> all(receive_begin.back());
  ranks.exchange(send.data(), send_begin, all.data(), receive_begin);
  return all;
}

template <class Real>
void BasicCollector<Real>::restore(const ArrayReader& state) {
  window_ = state.scalar<Window>("window_times");
  if ((window_.open != 0 && window_.open != 1) || !std::isfinite(window_.middle) ||
      !std::isfinite(window_.end))
    throw DataError("a saved state with impossible window times");
  AlignedVector<Block> all(static_cast<std::size_t>(fine_y_.begin.back() / lanes) * fine_x_.q.size());
  state.array("window", std::span(all));
  std::copy_n(
      all.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(blocks_.first) * fine_x_.q.size()),
      collected_.size(), collected_.begin());
}

template <class Real>
void BasicCollector<Real>::add(const Field& psi, double t) {
  if (window_.open && t > window_.end) finish();
  if (!window_.open) open_window(t);
  transform_rows(psi);
  if (team_.ranks->size() > 1) share_columns();
  transform_columns(t);
}

template <class Real>
void BasicCollector<Real>::transform_rows(const Field& psi) {
  const int points = fine_y_.transform.length();
  team_.threads->run([&](int thread) {
    Block* const gathered = tiles_[static_cast<std::size_t>(3 * thread)].data();
    Block* const tile = tiles_[static_cast<std::size_t>(3 * thread + 1)].data();
    Block* const turned = tiles_[static_cast<std::size_t>(3 * thread + 2)].data();
    const Part part = part_of(static_cast<int>(touched_.size()), team_.threads->count(), thread);
    for (int group = part.first; group < part.last; ++group) {
      if (!touched_[static_cast<std::size_t>(group)]) continue;
      kernels_->gather_shares(psi.row((sampled_rows_.first + group * lanes) * every_), every_ * psi.stride(),
                              taken_.data() + static_cast<std::ptrdiff_t>(group) * lanes * grid_.ny, grid_.ny,
                              psi.blocks(), gathered);
      for (std::size_t n = 0; n < sampled_columns_.size(); ++n)
        tile[n] = gathered[sampled_columns_[n]];
      for (int shift = 0; shift < fine_y_.refinement; ++shift) {
        const int begin = fine_y_.begin[static_cast<std::size_t>(shift)];
        const int end = fine_y_.begin[static_cast<std::size_t>(shift) + 1];
        kernels_->turn(tile, 1, reals(fine_y_.shift_phases[static_cast<std::size_t>(shift)]), points, turned);
        kernels_->forward(fine_y_.transform.passes(), turned);
        kernels_->scatter_rows(turned, fine_y_.order.data() + begin, (end - begin) / lanes,
                               mixed_.data() + group * lanes * mixed_stride_ + begin / lanes, mixed_stride_);
      }
    }
  });
}

template <class Real>
void BasicCollector<Real>::share_columns() {
  Ranks& ranks = *team_.ranks;
  const int blocks = fine_y_.begin.back() / lanes;
  std::vector<std::size_t> send_begin{0}, receive_begin{0};
  AlignedVector<Block> send;
  for (int r = 0; r < ranks.size(); ++r) {
    const Part part = part_of(blocks, ranks.size(), r);
    for (int row = 0; row < sampled_rows_.size(); ++row) {
      const Block* const source = mixed_.data() + row * mixed_stride_;
      send.insert(send.end(), source + part.first, source + part.last);
    }
    send_begin.push_back(send.size());
    receive_begin.push_back(receive_begin.back() + static_cast<std::size_t>(rows_of(grid_, ranks, r).size() /
                                                                            every_ * blocks_.size()));
  }
  ranks.exchange(send.data(), send_begin, shared_.data(), receive_begin);
}

template <class Real>
void BasicCollector<Real>::transform_columns(double t) {
  const double time = t - window_.middle;
  const double excursion = pulse_.excursion(t) - pulse_.excursion(window_.middle);
  std::vector<std::complex<Real>> volkov_x;
  std::vector<Complex> volkov_y;
  for (const int q : fine_x_.q) {
    const double k = fine_x_.momentum(q);
    volkov_x.emplace_back(phase(0.5 * k * k * time + k * (excursion - fine_x_.origin)));
  }
  const double weight = sampled_weight();
  for (const int q : fine_y_.q) {
    const double k = fine_y_.momentum(q);
    volkov_y.push_back(weight * phase(0.5 * k * k * time - k * fine_y_.origin));
  }
  const bool alone = team_.ranks->size() == 1;
  const Block* const columns = alone ? mixed_.data() : shared_.data();
  const std::ptrdiff_t stride = alone ? mixed_stride_ : blocks_.size();
  const int points = fine_x_.transform.length();
  team_.threads->run([&](int thread) {
    Block* const tile = tiles_[static_cast<std::size_t>(3 * thread)].data();
    const Part part = part_of(blocks_.size(), team_.threads->count(), thread);
    for (int c = part.first; c < part.last; ++c) {
      Block common;
      for (int l = 0; l < lanes; ++l) {
        const Complex v = volkov_y[static_cast<std::size_t>((blocks_.first + c) * lanes + l)];
        common.re[l] = static_cast<Real>(v.real());
        common.im[l] = static_cast<Real>(v.imag());
      }
      Block* const window = collected_.data() + static_cast<std::size_t>(c) * fine_x_.q.size();
      for (int shift = 0; shift < fine_x_.refinement; ++shift) {
        const int begin = fine_x_.begin[static_cast<std::size_t>(shift)];
        const int end = fine_x_.begin[static_cast<std::size_t>(shift) + 1];
        kernels_->turn(columns + c, stride, reals(fine_x_.shift_phases[static_cast<std::size_t>(shift)]),
                       points, tile);
        kernels_->forward(fine_x_.transform.passes(), tile);
        kernels_->accumulate(tile, fine_x_.order.data() + begin, reals(volkov_x) + 2 * begin, common,
                             end - begin, window + begin, 1);
      }
    }
  });
}

template <class Real>
double BasicCollector<Real>::sampled_weight() const {
  const double spacing = every_ * grid_.spacing;
  return spacing * spacing / (2 * units::pi);
}

template <class Real>
void BasicCollector<Real>::open_window(double t) {
  // From its place at an event the wave is taken away by k times the time to the middle, and by the quiver.
  const double speed_of_quiver = t < pulse_.duration() ? pulse_.largest_vector_potential() : 0;
  const double half_length = std::min(margin_x_ / (fastest_x_ + speed_of_quiver), margin_y_ / fastest_y_);
  window_.open = 1;
  window_.middle = t + half_length;
  window_.end = t + 2 * half_length;
}

/// Every rank has zeros where others have values.
template <class Real>
void BasicCollector<Real>::sum_over_ranks(AlignedVector<Block>& blocks) {
  if (team_.ranks->size() == 1) return;
  std::vector<double> numbers;
  numbers.reserve(blocks.size() * 2 * lanes);
  for (const Block& block : blocks) {
    numbers.insert(numbers.end(), block.re, block.re + lanes);
    numbers.insert(numbers.end(), block.im, block.im + lanes);
  }
  team_.ranks->sum(numbers);
  const double* next = numbers.data();
  for (Block& block : blocks)
    for (auto* part : {block.re, block.im})
      for (int l = 0; l < lanes; ++l)
        part[l] = static_cast<Real>(*next++);
}

template <class Real>
void BasicCollector<Real>::finish() {
  if (!window_.open) return;
  const auto &kx = amplitude_->kx(), &ky = amplitude_->ky();
  const int along_kx = (static_cast<int>(kx.size()) + lanes - 1) / lanes;  // Blocks
  const std::size_t slots = fine_y_.q.size();
  std::vector<int> in_order(static_cast<std::size_t>(along_kx) * lanes);
  std::iota(in_order.begin(), in_order.end(), 0);
  // Along x, for this rank's columns; then every rank gets all columns: rows of Blocks along kx, one by slot.
  AlignedVector<Block> rows(slots * static_cast<std::size_t>(along_kx), Block{});
  AlignedVector<Block> line(fine_x_.slot.size()), values(in_order.size(), Block{});
  for (int c = 0; c < blocks_.size(); ++c) {
    const Block* const column = collected_.data() + static_cast<std::size_t>(c) * fine_x_.q.size();
    for (std::size_t q = 0; q < line.size(); ++q)
      line[q] = column[fine_x_.slot[q]];
    kernels_->interpolate(line.data(), to_kx_.first.data(), to_kx_.weights.data(), taps,
                          static_cast<int>(kx.size()), values.data(), 1);
    kernels_->scatter_rows(values.data(), in_order.data(), along_kx,
                           rows.data() + static_cast<std::ptrdiff_t>(blocks_.first + c) * lanes * along_kx,
                           along_kx);
  }
  sum_over_ranks(rows);

  const double middle = window_.middle, excursion = pulse_.excursion(middle);
  std::vector<Complex> volkov_x, volkov_y;
  for (const double k : kx)
    volkov_x.push_back(phase(0.5 * k * k * middle + k * excursion));
  for (const double k : ky)
    volkov_y.push_back(phase(0.5 * k * k * middle));
  line.resize(static_cast<std::size_t>(2 * fine_y_.last + 1));
  values.resize(ky.size());
  for (int b = 0; b < along_kx; ++b) {
    for (int q = -fine_y_.last; q <= fine_y_.last; ++q) {
      const auto slot = static_cast<std::size_t>(
          fine_y_.slot[static_cast<std::size_t>((grid_.even ? std::abs(q) : q) - fine_y_.first)]);
      line[static_cast<std::size_t>(q + fine_y_.last)] =
          rows[slot * static_cast<std::size_t>(along_kx) + static_cast<std::size_t>(b)];
    }
    kernels_->interpolate(line.data(), to_ky_.first.data(), to_ky_.weights.data(), taps,
                          static_cast<int>(ky.size()), values.data(), 1);
    for (int l = 0; l < lanes && b * lanes + l < static_cast<int>(kx.size()); ++l) {
      const auto i = static_cast<std::size_t>(b * lanes + l);
      for (std::size_t j = 0; j < ky.size(); ++j)
        amplitude_->values()[i * ky.size() + j] +=
            multiply(multiply(volkov_x[i], volkov_y[j]), {values[j].re[l], values[j].im[l]});
    }
  }
  std::fill(collected_.begin(), collected_.end(), Block{});
  window_.open = 0;
}

template class BasicCollector<double>;
template class BasicCollector<float>;

}  // namespace bondscope::tdse
