#include "libpmd/model/focal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <Eigen/Eigenvalues>
#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/number.hpp"

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

/// The zeros of the first polynomial that is not in the recurrence, ascending.
std::vector<double> eigenvalues(const Jacobi& jacobi) {
  const auto count = static_cast<Eigen::Index>(jacobi.diagonal.size());
  const Eigen::Map<const Eigen::VectorXd> diagonal(jacobi.diagonal.data(), count);
  const Eigen::Map<const Eigen::VectorXd> off(jacobi.off.data(), count);
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver;
  solver.computeFromTridiagonal(diagonal, off.tail(count - 1), Eigen::EigenvaluesOnly);
  return {solver.eigenvalues().begin(), solver.eigenvalues().end()};
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

constexpr int most_nodes = 1000;
constexpr int fine_steps = 400;
constexpr double power_of_rates = 6;
/// Up to π/2, where the nodes would be equidistant but for the weight; 0 is plain Gauss.
constexpr double bend = 1.35;
constexpr double rounding = 1e-9;

double ten_digits(double value) {
  std::array<char, 40> text;
  const auto written =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::scientific, 9);
  double rounded = value;
  std::from_chars(text.data(), written.ptr, rounded);
  return rounded;
}

std::string average(double lowest, double peak) {
  return fmt::format("focal average from {} to {}", format_number(lowest), format_number(peak));
}

void check_cut(double peak, double lowest) {
  if (!(lowest > 0 && lowest < peak && std::isfinite(peak)))
    throw ConfigError(
        fmt::format("focal average up to a peak intensity of {}: the lowest, {}, must be above 0 and "
                    "below the peak",
                    format_number(peak), format_number(lowest)));
}

/// -∂V/∂I
double density(double intensity, double peak) {
  const double ratio = peak / intensity;
  return ratio * (ratio + 2) * std::sqrt(std::max(ratio - 1, 0.0)) / (3 * peak);
}

// The rules, intensities not rounded.

std::vector<FocalNode> equidistant(double peak, double lowest, int count) {
  const double step = (peak - lowest) / count;
  std::vector<FocalNode> nodes;
  for (int j = 1; j <= count; ++j) {
    const double intensity = j == count ? lowest : peak - step * j;
    nodes.push_back({intensity, step * (j == count ? 0.5 : 1) * density(intensity, peak)});
  }
  return nodes;
}

std::vector<FocalNode> equidistant_in_t(double peak, double lowest, int count) {
  const double step = std::acosh(std::sqrt(peak / lowest)) / count;
  std::vector<FocalNode> nodes;
  nodes.reserve(static_cast<std::size_t>(count));
  for (int j = 1; j <= count; ++j) {
    const double s = std::sinh(step * j), c = std::cosh(step * j);
    const double volume_by_t = 2.0 / 3.0 * s * s * (3 + s * s) / c;  // -dV/dI dI/dt
    nodes.push_back({peak / (c * c), step * (j == count ? 0.5 : 1) * volume_by_t});
  }
  return nodes;
}

std::vector<FocalNode> gauss(double peak, double lowest, int count) {
  // So many that the polynomials are orthogonal to rounding errors.
  auto fine = equidistant_in_t(1, lowest / peak, std::max(fine_steps, 8 * count));
  const double middle = (1 + lowest / peak) / 2, half = (1 - lowest / peak) / 2;
  std::vector<GaussNode> measure;
  measure.reserve(fine.size());
  for (const auto& node : fine)
    measure.push_back({std::sin(bend * (node.intensity - middle) / half),
                       node.weight * std::pow(node.intensity, power_of_rates)});
  std::vector<FocalNode> nodes;
  for (const auto& node : gauss_rule(measure, count)) {
    const double intensity = middle + half * std::asin(node.place) / bend;
    nodes.push_back({peak * intensity, node.weight / std::pow(intensity, power_of_rates)});
  }
  std::reverse(nodes.begin(), nodes.end());
  return nodes;
}

/// Lagrange's cubics through the four places.
std::array<double, 4> cubics(std::span<const double, 4> places, double at) {
  std::array<double, 4> values{1, 1, 1, 1};
  for (int j = 0; j < 4; ++j)
    for (int other = 0; other < 4; ++other)
      if (other != j) values[j] *= (at - places[other]) / (places[j] - places[other]);
  return values;
}

}  // namespace

std::vector<GaussNode> gauss_rule(std::span<const GaussNode> fine, int count) {
  if (count < 1 || fine.size() < static_cast<std::size_t>(count))
    throw NumericsError("no Gauss rule: the measure has too few places");
  const auto jacobi = stieltjes(fine, count);
  std::vector<GaussNode> nodes;
  for (const double place : eigenvalues(jacobi))
    nodes.push_back({place, christoffel(jacobi, place)});
  return nodes;
}

double focal_volume(double intensity, double peak) {
  if (!(intensity < peak)) return 0;
  const double b = std::sqrt(peak / intensity - 1);
  return 4.0 / 3.0 * (b - std::atan(b)) + 2.0 / 9.0 * b * b * b;
}

const std::vector<std::string>& focal_rule_names() {
  static const std::vector<std::string> names{"trapezoid", "cosh", "gauss"};
  return names;
}

const char* to_string(FocalRule rule) {
  return focal_rule_names()[static_cast<std::size_t>(rule)].c_str();
}

std::vector<FocalNode> focal_nodes(FocalRule rule, double peak, double lowest, int count) {
  check_cut(peak, lowest);
  if (count < 2 || count > most_nodes)
    throw ConfigError(fmt::format("focal average from {} intensities: expected 2 to {}", count, most_nodes));
  auto nodes = rule == FocalRule::gauss  ? gauss(peak, lowest, count)
               : rule == FocalRule::cosh ? equidistant_in_t(peak, lowest, count)
                                         : equidistant(peak, lowest, count);
  for (auto& node : nodes)
    node.intensity = ten_digits(node.intensity);
  return nodes;
}

std::vector<FocalNode> focal_ladder(double peak, double lowest, double ratio) {
  check_cut(peak, lowest);
  if (!(ratio >= 1.01 && ratio <= 2))
    throw ConfigError(fmt::format("focal average on a ladder of ratio {}: expected 1.01 to 2, e.g. 1.15",
                                  format_number(ratio)));
  // A peak that is a node but for rounding is that node.
  const double top = std::max(3.0, std::ceil(std::log(peak / lowest) / std::log(ratio) - rounding));
  if (top >= most_nodes)
    throw ConfigError(
        fmt::format("{} on a ladder of ratio {}: more than {} intensities; raise the ratio or the "
                    "lowest",
                    average(lowest, peak), format_number(ratio), most_nodes));
  std::vector<double> intensities(static_cast<std::size_t>(top) + 1);
  for (std::size_t j = 0; j < intensities.size(); ++j)
    intensities[j] = lowest * std::pow(ratio, static_cast<double>(j));
  auto nodes = focal_interpolation(intensities, peak, lowest);
  std::reverse(nodes.begin(), nodes.end());
  for (auto& node : nodes)
    node.intensity = ten_digits(node.intensity);
  return nodes;
}

std::vector<FocalNode> focal_interpolation(std::span<const double> intensities, double peak, double lowest) {
  check_cut(peak, lowest);
  const auto what = fmt::format("{} from {} given intensities", average(lowest, peak), intensities.size());
  if (intensities.size() < 4) throw ConfigError(what + ": expected at least four");
  if (intensities.front() > lowest * (1 + rounding) || intensities.back() < peak * (1 - rounding))
    throw ConfigError(fmt::format("{}: these reach from {} to {} only", what,
                                  format_number(intensities.front()), format_number(intensities.back())));
  std::vector<FocalNode> nodes;
  std::vector<double> logs;
  for (const double intensity : intensities) {
    nodes.push_back({intensity, 0});
    logs.push_back(std::log(intensity));
  }
  const auto last = static_cast<std::ptrdiff_t>(nodes.size()) - 4;
  for (const auto& fine : equidistant_in_t(peak, lowest, fine_steps)) {
    const double at = std::log(fine.intensity);
    const auto above = std::upper_bound(logs.begin(), logs.end(), at) - logs.begin();
    const auto first = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above - 2, 0, last));
    const auto share = cubics(std::span(logs).subspan(first).first<4>(), at);
    for (std::size_t j = 0; j < 4; ++j) {
      auto& node = nodes[first + j];
      node.weight += fine.weight * share[j] * std::pow(fine.intensity / node.intensity, power_of_rates);
    }
  }
  return nodes;
}

std::vector<FocalNode> focal_trapezoid(std::span<const double> intensities, double peak, double lowest) {
  check_cut(peak, lowest);
  std::vector<FocalNode> nodes;
  for (const double intensity : intensities)
    nodes.push_back({intensity, 0});
  const auto begin = std::lower_bound(intensities.begin(), intensities.end(), lowest * (1 - rounding));
  const auto end = std::lower_bound(intensities.begin(), intensities.end(), peak * (1 - rounding));
  if (end - begin < 2)
    throw ConfigError(average(lowest, peak) + ": fewer than two of the given intensities lie in between");
  for (auto place = begin; place != end; ++place) {
    const double below = place == begin ? *place : place[-1], above = place + 1 == end ? peak : place[1];
    nodes[static_cast<std::size_t>(place - intensities.begin())].weight =
        (above - below) / 2 * density(*place, peak);
  }
  return nodes;
}

}  // namespace bondscope
