#include "libtdse/solver/sampled_potential.hpp"

#include <algorithm>
#include <cmath>

#include "libpmd/model/units.hpp"

namespace bondscope::tdse {
namespace {

constexpr int finer = 4;            // samples per spacing that the filter sees
constexpr int reach = 8;            // half length of the filter, in spacings
constexpr double filter_beta = 10;  // of its Kaiser window: passes or stops to 1e-5 outside 0.6 … 1.4 k_N

/// A sinc that ends at the Nyquist momentum: h_m for 0 <= m < size(); h_(-m) = h_m; Σ h_m over all m is 1.
std::vector<double> filter() {
  std::vector<double> h{1};
  double sum = h[0];
  for (int m = 1; m < finer * reach; ++m) {
    const double s = static_cast<double>(m) / (finer * reach), angle = units::pi * m / finer;
    h.push_back(std::sin(angle) / angle * std::cyl_bessel_i(0, filter_beta * std::sqrt(1 - s * s)) /
                std::cyl_bessel_i(0, filter_beta));
    sum += 2 * h.back();
  }
  for (double& value : h)
    value /= sum;
  return h;
}

/// Σ_m h_m f(m), in an order that makes mirror images equal bit for bit.
template <class F>
double filtered(const std::vector<double>& h, F&& f) {
  double sum = h[0] * f(0);
  for (int m = 1; m < static_cast<int>(h.size()); ++m)
    sum += h[static_cast<std::size_t>(m)] * (f(m) + f(-m));
  return sum;
}

/// Points n of a line, n = -half … half - 1 at (n + 1/2) spacing, no farther than `distance` from the middle.
Part near(double distance, double spacing, int half) {
  const int count = std::min(half, static_cast<int>(std::ceil(distance / spacing)));
  return {-count, count};
}

}  // namespace

SampledPotential::SampledPotential(const Grid& grid, Part rows, const Potential& potential,
                                   const Discretisation& numerics, double step)
    : rows_(rows),
      ny_(grid.ny),
      values_(static_cast<std::size_t>(rows.size()) * static_cast<std::size_t>(grid.ny)) {
  const auto effective = [&](double x, double y) {
    const double v = potential.value(x, y);
    return step == 0 ? v : v - step * step / 24 * potential.gradient_squared(x, y);
  };
  for (int i = rows.first; i < rows.last; ++i)
    for (int j = 0; j < grid.ny; ++j)
      values_[index(i, j)] = effective(grid.x(i), grid.y(j));
  if (!numerics.band_limited) return;

  const double spacing = grid.spacing, distance = 0.5 * potential.extent() + reach * spacing;
  const int half_x = grid.nx / 2, half_y = grid.whole_ny() / 2;
  Part x = near(distance, spacing, half_x), y = near(distance, spacing, half_y);
  x = {std::max(x.first, rows.first - half_x), std::min(x.last, rows.last - half_x)};
  if (grid.even) y.first = 0;
  if (x.size() <= 0) return;
  const auto h = filter();
  const int taps = static_cast<int>(h.size()) - 1;
  const auto position = [&](int f) { return (static_cast<double>(f) / finer + 0.5) * spacing; };

  // Along y on every fine row, then along x.
  const int first_row = finer * x.first - taps, rows_needed = finer * (x.size() - 1) + 2 * taps + 1;
  const int first = finer * y.first - taps, needed = finer * (y.size() - 1) + 2 * taps + 1;
  std::vector<double> line(static_cast<std::size_t>(needed));
  std::vector<double> along_y(static_cast<std::size_t>(rows_needed) * static_cast<std::size_t>(y.size()));
  for (int r = 0; r < rows_needed; ++r) {
    for (int g = 0; g < needed; ++g)
      line[static_cast<std::size_t>(g)] = effective(position(first_row + r), position(first + g));
    for (int n = 0; n < y.size(); ++n)
      along_y[static_cast<std::size_t>(r) * static_cast<std::size_t>(y.size()) +
              static_cast<std::size_t>(n)] =
          filtered(h, [&](int m) { return line[static_cast<std::size_t>(finer * n + taps + m)]; });
  }
  for (int i = 0; i < x.size(); ++i)
    for (int n = 0; n < y.size(); ++n)
      values_[index(x.first + i + half_x,
                    grid.column(y.first + n + (grid.even ? 0 : half_y)))] = filtered(h, [&](int m) {
        return along_y[static_cast<std::size_t>(finer * i + taps + m) * static_cast<std::size_t>(y.size()) +
                       static_cast<std::size_t>(n)];
      });
}

}  // namespace bondscope::tdse
