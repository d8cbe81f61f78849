#include "libpmd/model/gauss_rule.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "libpmd/base/error.hpp"

namespace bondscope {
namespace {

/// Three-term recurrence of the orthonormal polynomials:
/// off[k+1] p_{k+1}(x) = (x - diagonal[k]) p_k(x) - off[k] p_{k-1}(x), off[0] = 0.
struct Jacobi {
  std::vector<double> diagonal, off;
  double total = 0;  ///< of the weights
};

Jacobi stieltjes(std::span<const GaussNode> fine, int count) {
  Jacobi jacobi;
  for (const auto& node : fine)
    jacobi.total += node.weight;
  std::vector<double> before(fine.size(), 0), now(fine.size(), 1 / std::sqrt(jacobi.total));
  double off = 0;
  for (int k = 0; k < count; ++k) {
    double centre = 0, norm = 0;
    for (std::size_t i = 0; i < fine.size(); ++i)
      centre += fine[i].weight * fine[i].place * now[i] * now[i];
    jacobi.diagonal.push_back(centre);
    jacobi.off.push_back(off);
    for (std::size_t i = 0; i < fine.size(); ++i) {
      const double next = (fine[i].place - centre) * now[i] - off * before[i];
      before[i] = now[i];
      now[i] = next;
      norm += fine[i].weight * next * next;
    }
    off = std::sqrt(norm);
    if (k + 1 < count && !(off > 0 && std::isfinite(off)))
      throw NumericsError("no Gauss rule: the measure has too few places");
    for (auto& value : now)
      value /= off;
  }
  return jacobi;
}

/// How many eigenvalues lie below x: Sturm's sequence.
int eigenvalues_below(const Jacobi& jacobi, double x) {
  constexpr double tiny = std::numeric_limits<double>::min();
  int below = 0;
  double pivot = 1;
  for (std::size_t k = 0; k < jacobi.diagonal.size(); ++k) {
    pivot = jacobi.diagonal[k] - x - jacobi.off[k] * jacobi.off[k] / pivot;
    if (std::abs(pivot) < tiny) pivot = -tiny;
    if (pivot < 0) ++below;
  }
  return below;
}

double eigenvalue(const Jacobi& jacobi, int number, double low, double high) {
  while (true) {
    const double middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return middle;
    (eigenvalues_below(jacobi, middle) > number ? high : low) = middle;
  }
}

/// 1/Σ p_k², which needs no eigenvectors.
double christoffel(const Jacobi& jacobi, double x) {
  double before = 0, now = 1 / std::sqrt(jacobi.total), sum = now * now;
  for (std::size_t k = 0; k + 1 < jacobi.diagonal.size(); ++k) {
    const double next = ((x - jacobi.diagonal[k]) * now - jacobi.off[k] * before) / jacobi.off[k + 1];
    before = now;
    now = next;
    sum += now * now;
  }
  return 1 / sum;
}

}  // namespace

std::vector<GaussNode> gauss_rule(std::span<const GaussNode> fine, int count) {
  if (count < 1 || fine.size() < static_cast<std::size_t>(count))
    throw NumericsError("no Gauss rule: the measure has too few places");
  const auto jacobi = stieltjes(fine, count);
  const auto [low, high] = std::minmax_element(
      fine.begin(), fine.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
  std::vector<GaussNode> nodes;
  for (int number = 0; number < count; ++number) {
    const double place = eigenvalue(jacobi, number, low->place, high->place);
    nodes.push_back({place, christoffel(jacobi, place)});
  }
  return nodes;
}

}  // namespace bondscope
