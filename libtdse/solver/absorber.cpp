#include "libtdse/solver/absorber.hpp"

#include <cmath>
#include <numeric>

namespace bondscope::tdse {

Absorber::Absorber(const Grid& grid, Part rows, const Preset& preset, double interval)
    : grid_(grid),
      rows_(rows),
      columns_(static_cast<std::size_t>(grid.ny)),
      mask_(static_cast<std::size_t>(rows.size()) * columns_),
      touched_(static_cast<std::size_t>(rows.size())) {
  const double strength = preset.absorber_beta * interval / preset.absorber_reference_step;
  for (int i = rows.first; i < rows.last; ++i) {
    auto& touched = touched_[index(i)];
    for (int j = 0; j < grid.ny; ++j) {
      const double depth = std::hypot(grid.x(i), grid.y(j)) - preset.absorber_radius;
      mask_[index(i) * columns_ + static_cast<std::size_t>(j)] =
          depth <= 0 ? 1.0 : std::exp(-strength * depth * depth);
      if (depth > 0 && (touched.empty() || touched.back() != j / lanes)) touched.push_back(j / lanes);
    }
  }
}

bool Absorber::touches_any(const Grid& grid, const Preset& preset) {
  const double half_point = 0.5 * grid.spacing;
  return std::hypot(grid.half_width_x() - half_point, grid.half_width_y() - half_point) >
         preset.absorber_radius;
}

template <class Real>
double Absorber::absorb(BasicField<Real>& field, const Team& team) const {
  std::vector<double> taken(static_cast<std::size_t>(grid_.nx));
  team.threads->run([&](int thread) {
    const Part part = part_of(rows_.size(), team.threads->count(), thread);
    for (int i = rows_.first + part.first; i < rows_.first + part.last; ++i) {
      Real sum[lanes] = {};
      for (const int b : touched_[index(i)]) {
        const double* const m = mask(i) + b * lanes;
        BasicBlock<Real>& block = field.row(i)[b];
        for (int l = 0; l < lanes; ++l) {
          const auto kept = static_cast<Real>(m[l]);
          sum[l] += (1 - kept * kept) * (block.re[l] * block.re[l] + block.im[l] * block.im[l]);
          block.re[l] *= kept;
          block.im[l] *= kept;
        }
      }
      taken[static_cast<std::size_t>(i)] = std::accumulate(sum, sum + lanes, 0.0);
    }
  });
  team.ranks->sum(taken);
  return std::accumulate(taken.begin(), taken.end(), 0.0) * grid_.cell();
}

template double Absorber::absorb(BasicField<double>&, const Team&) const;
template double Absorber::absorb(BasicField<float>&, const Team&) const;

MomentumAmplitude::MomentumAmplitude(const MomentumAxes& axes)
    : kx_(axes.kx()), ky_(axes.ky()), values_(kx_.size() * ky_.size()) {}

std::vector<float> MomentumAmplitude::distribution() const {
  std::vector<float> pmd;
  pmd.reserve(values_.size());
  for (const Complex b : values_)
    pmd.push_back(static_cast<float>(std::norm(b)));
  return pmd;
}

}  // namespace bondscope::tdse
