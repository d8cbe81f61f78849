#include "libtdse/witness/momentum_sums.hpp"

#include <cmath>
#include <numbers>

namespace bondscope::tdse {
namespace {

/// exp(iφ) by momentum, φ = k² t/2 + k·excursion.
Eigen::VectorXcd volkov_phases(const std::vector<double>& k, double t, double excursion) {
  Eigen::VectorXcd phases(static_cast<Eigen::Index>(k.size()));
  for (std::size_t i = 0; i < k.size(); ++i)
    phases[static_cast<Eigen::Index>(i)] = std::polar(1.0, 0.5 * k[i] * k[i] * t + k[i] * excursion);
  return phases;
}

}  // namespace

MomentumSums::MomentumSums(const MomentumAxes& axes, int nx, int ny, Slab rows, double spacing)
    : Amplitude(axes.kx().size() * axes.ky().size()), kx_(axes.kx()), ky_(axes.ky()) {
  const auto points_x = static_cast<Eigen::Index>(kx_.size()),
             points_y = static_cast<Eigen::Index>(ky_.size());
  along_x_.resize(points_x, rows.count);
  along_y_.resize(ny, points_y);
  const double weight = spacing * spacing / (2 * std::numbers::pi);
  for (Eigen::Index k = 0; k < points_x; ++k)
    for (Eigen::Index i = 0; i < rows.count; ++i)
      along_x_(k, i) =
          std::polar(weight, -kx_[static_cast<std::size_t>(k)] * position(rows.first + i, nx, spacing));
  for (Eigen::Index j = 0; j < ny; ++j)
    for (Eigen::Index k = 0; k < points_y; ++k)
      along_y_(j, k) = std::polar(1.0, -ky_[static_cast<std::size_t>(k)] * position(j, ny, spacing));
}

void MomentumSums::add(std::span<const Complex> taken, double t, double excursion) {
  if (along_x_.cols() == 0) return;
  const Eigen::Map<const Matrix> psi(taken.data(), along_x_.cols(), along_y_.rows());
  const Matrix half = psi * along_y_;
  const Matrix all = along_x_ * half;
  Eigen::Map<Matrix>(share_.data(), all.rows(), all.cols()).noalias() +=
      volkov_phases(kx_, t, excursion).asDiagonal() * all * volkov_phases(ky_, t, 0).asDiagonal();
}

}  // namespace bondscope::tdse
