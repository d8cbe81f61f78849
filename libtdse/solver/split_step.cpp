#include "libtdse/solver/split_step.hpp"

#include <algorithm>

#include "libtdse/fourier/chosen_kernels.hpp"
#include "libtdse/solver/sampled_potential.hpp"

namespace bondscope::tdse {
namespace {

std::function<Complex(double)> kinetic_factor(const Dispersion& dispersion, Complex step) {
  return [dispersion, step](double k) { return std::exp(-step * dispersion.kinetic_energy(k)); };
}

/// What a rank exchanges at once: little enough to stay in its caches (measured; bench_scaling).
constexpr std::size_t cached_bytes = std::size_t{2} << 20;

}  // namespace

template <class Real>
BasicSplitStep<Real> BasicSplitStep<Real>::real_time(const Grid& grid, const Potential& potential,
                                                     const Discretisation& numerics, bool corrected,
                                                     const Team& team) {
  const double dt = numerics.time_step;
  return {grid, potential, numerics, Complex(0, dt), corrected ? dt : 0.0, team};
}

template <class Real>
BasicSplitStep<Real> BasicSplitStep<Real>::imaginary_time(const Grid& grid, const Potential& potential,
                                                          const Discretisation& numerics, double tau) {
  return {grid, potential, numerics, Complex(tau, 0), 0.0, {}};
}

template <class Real>
BasicSplitStep<Real>::BasicSplitStep(const Grid& grid, const Potential& potential,
                                     const Discretisation& numerics, Complex step, double corrected_step,
                                     const Team& team)
    : grid_(grid),
      team_(team),
      kernels_(&chosen_kernels<Real>()),
      kick_(grid, rows_of(grid, *team.ranks, team.ranks->rank())),
      drift_x_(grid.nx, grid.spacing, false, kinetic_factor(Dispersions(numerics).x, step)),
      drift_y_(grid.ny, grid.spacing, grid.even, kinetic_factor(Dispersions(numerics).y, step)),
      kinetic_x_(drift_x_.direct().begin(), drift_x_.direct().end()) {
  const SampledPotential v(grid, kick_.rows(), potential, numerics, corrected_step);
  for (int i = kick_.rows().first; i < kick_.rows().last; ++i)
    for (int j = 0; j < grid.ny; ++j)
      kick_.set(i, j, std::exp(-step * v.at(i, j)));
  const Dispersion dispersion = Dispersions(numerics).x;
  for (const double k : drift_x_.momenta())
    coupling_.push_back(dispersion.coupling_momentum(k));
  for (int t = 0; t < team.threads->count(); ++t)
    tiles_.emplace_back(static_cast<std::size_t>(std::max(grid.nx, grid.ny)));
}

template <class Real>
void BasicSplitStep<Real>::plan_exchanges() {
  Ranks& ranks = *team_.ranks;
  const int size = ranks.size(), blocks = kick_.blocks();
  // All ranks must come to the same plan.
  std::vector<double> threads(static_cast<std::size_t>(size));
  threads[static_cast<std::size_t>(ranks.rank())] = team_.threads->count();
  ranks.sum(threads);
  const int width = std::max(static_cast<int>(*std::max_element(threads.begin(), threads.end())),
                             static_cast<int>(cached_bytes / sizeof(Block)) / grid_.nx);
  const int exchanges = ((blocks + size - 1) / size + width - 1) / width;
  for (int e = 0; e < exchanges; ++e) {
    Exchange& exchange = exchanges_.emplace_back();
    for (int r = 0; r < size; ++r) {
      const Part whole = part_of(blocks, size, r), part = part_of(whole.size(), exchanges, e);
      exchange.columns.push_back({whole.first + part.first, whole.first + part.last});
      exchange.by_columns.push_back(exchange.by_columns.back() +
                                    static_cast<std::size_t>(part.size() * kick_.rows().size()));
    }
    const int mine = exchange.columns[static_cast<std::size_t>(ranks.rank())].size();
    for (int r = 0; r < size; ++r)
      exchange.by_rows.push_back(exchange.by_rows.back() +
                                 static_cast<std::size_t>(mine * rows_of(grid_, ranks, r).size()));
    row_pieces_.resize(std::max(row_pieces_.size(), exchange.by_columns.back()));
    columns_.resize(std::max(columns_.size(), exchange.by_rows.back()));
  }
}

template <class Real>
void BasicSplitStep<Real>::advance(Field& field, double delta_excursion) {
  along_y(field);
  auto& factors = drift_x_.direct();
  for (std::size_t i = 0; i < factors.size(); ++i)
    factors[i] = std::complex<Real>(delta_excursion == 0
                                        ? kinetic_x_[i]
                                        : multiply(kinetic_x_[i], phase(-delta_excursion * coupling_[i])));
  if (team_.ranks->size() == 1)
    along_x(field);
  else
    along_x_of_all_ranks(field);
}

template <class Real>
void BasicSplitStep<Real>::reverse(Field& field) const {
  for (int i = field.rows().first; i < field.rows().last; ++i)
    for (int j = 0; j < grid_.ny; ++j)
      field.set(i, j, std::conj(multiply(kick_.at(i, j), field.at(i, j))));
}

template <class Real>
void BasicSplitStep<Real>::along_y(Field& field) {
  const int groups = field.rows().size() / lanes;
  if (groups == 0) return;
  team_.threads->run([&](int thread) {
    const Part part = part_of(groups, team_.threads->count(), thread);
    kernels_->rows(drift_y_.passes(), drift_y_.factors(), field.row(field.rows().first),
                   kick_.row(kick_.rows().first), field.stride(), part.first, part.last,
                   tiles_[static_cast<std::size_t>(thread)].data());
  });
}

template <class Real>
void BasicSplitStep<Real>::along_x(Field& field) {
  team_.threads->run([&](int thread) {
    const Part part = part_of(field.blocks(), team_.threads->count(), thread);
    kernels_->columns(drift_x_.passes(), drift_x_.factors(), field.row(0), field.stride(), part.first,
                      part.last, tiles_[static_cast<std::size_t>(thread)].data());
  });
}

template <class Real>
void BasicSplitStep<Real>::along_x_of_all_ranks(Field& field) {
  Ranks& ranks = *team_.ranks;
  if (exchanges_.empty()) plan_exchanges();
  for (const Exchange& exchange : exchanges_) {
    const auto each_row = [&](auto&& copy) {
      team_.threads->run([&](int thread) {
        const Part share = part_of(field.rows().size(), team_.threads->count(), thread);
        for (std::size_t r = 0; r < exchange.columns.size(); ++r) {
          const Part part = exchange.columns[r];
          Block* const piece = row_pieces_.data() + exchange.by_columns[r];
          for (int i = share.first; i < share.last; ++i)
            copy(field.row(field.rows().first + i) + part.first, part.size(), piece + i * part.size());
        }
      });
    };
    each_row([](const Block* row, int count, Block* piece) { std::copy_n(row, count, piece); });
    ranks.exchange(row_pieces_.data(), exchange.by_columns, columns_.data(), exchange.by_rows);
    // Ranks hold ascending rows, so that what they sent makes whole columns.
    const int mine = exchange.columns[static_cast<std::size_t>(ranks.rank())].size();
    team_.threads->run([&](int thread) {
      const Part part = part_of(mine, team_.threads->count(), thread);
      kernels_->columns(drift_x_.passes(), drift_x_.factors(), columns_.data(), mine, part.first, part.last,
                        tiles_[static_cast<std::size_t>(thread)].data());
    });
    ranks.exchange(columns_.data(), exchange.by_rows, row_pieces_.data(), exchange.by_columns);
    each_row([](Block* row, int count, const Block* piece) { std::copy_n(piece, count, row); });
  }
}

template class BasicSplitStep<double>;
template class BasicSplitStep<float>;

}  // namespace bondscope::tdse
