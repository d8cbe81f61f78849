#include "libtdse/solver/momentum.hpp"

namespace bondscope::tdse {

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
