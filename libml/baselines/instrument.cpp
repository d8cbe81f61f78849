#include "libml/baselines/instrument.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <fmt/format.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/text/nearest.hpp"
#include "libpmd/detector/intensity_jitter.hpp"
#include "libpmd/detector/resolution.hpp"
#include "libpmd/detector/rotation.hpp"

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

double same(double searched) {
  return searched;
}
/// As far as a saturation may go (Degradation); none is no saturation, and not asked about.
double inverse(double searched) {
  constexpr double least = 1e-9;
  return 1 / std::max(searched, least);
}
double root(double searched) {
  return std::sqrt(searched);
}

/// Weights of samples 0, 1, … away, and how they change with the square of the Gaussian's width in a.u.
struct Kernel {
  std::vector<double> weights, slopes;

  /// `sigma` in samples. Both kinds of gaussian_weights() have exact derivatives with respect to t = sigma²:
  /// that of exp(-t) I_n(t) is half the second difference over n.
  Kernel(double sigma, double spacing) : weights(gaussian_weights(sigma)) {
    if (sigma < 1) weights.push_back(0);
    const auto weight = [&](std::size_t n) { return n < weights.size() ? weights[n] : 0; };
    double variance = 0;
    for (std::size_t n = 1; n < weights.size(); ++n)
      variance += 2 * static_cast<double>(n * n) * weights[n];
    for (std::size_t n = 0; n < weights.size(); ++n) {
      const double squared = static_cast<double>(n * n), t = sigma * sigma;
      const double slope = sigma < 1 ? (weight(n == 0 ? 1 : n - 1) + weight(n + 1)) / 2 - weight(n)
                                     : weight(n) * (squared - variance) / (2 * t * t);
      slopes.push_back(slope / (spacing * spacing));
    }
  }
};

/// What such a kernel does to the samples of a line; `half`: the line goes on as its mirror image before the
/// first.
MatrixXd convolution(const std::vector<double>& kernel, Index points, bool half) {
  MatrixXd matrix = MatrixXd::Zero(points, points);
  const auto reach = std::ssize(kernel) - 1;
  const auto weight = [&](Index n) { return n <= reach ? kernel[static_cast<std::size_t>(n)] : 0; };
  for (Index i = 0; i < points; ++i)
    for (Index j = 0; j < points; ++j)
      matrix(i, j) = weight(std::abs(i - j)) + (half ? weight(i + j + 1) : 0);
  return matrix;
}

/// Such a kernel from line to line.
RowMajor over_lines(const Eigen::Ref<const RowMajor>& lines, const std::vector<double>& kernel) {
  RowMajor result = kernel[0] * lines;
  const auto count = lines.rows();
  for (Index i = 0; i < count; ++i)
    for (Index n = 1; n < std::ssize(kernel); ++n) {
      const double weight = kernel[static_cast<std::size_t>(n)];
      if (n <= i) result.row(i) += weight * lines.row(i - n);
      if (i + n < count) result.row(i) += weight * lines.row(i + n);
    }
  return result;
}

/// (1 - b) s + b · mean of s: with_background().
void add_background(Shares& shares, double fraction, Index own) {
  const double mean = shares.values.mean();
  shares.slopes.col(own) = mean - shares.values.array();
  for (Index k = 0; k < own; ++k) {
    auto slope = shares.slopes.col(k);
    const double level = fraction * slope.mean();
    slope = (1 - fraction) * slope.array() + level;
  }
  shares.values = (1 - fraction) * shares.values.array() + fraction * mean;
}

/// s/(1 + v s/largest): saturated() at half_at = 1/v.
void saturate(Shares& shares, double searched, Index own) {
  Index at = 0;
  const double largest = shares.values.maxCoeff(&at), u = searched / largest;
  const Eigen::ArrayXd values = shares.values, left = (1 + u * values).inverse();
  for (Index k = 0; k < own; ++k) {
    const double growth = shares.slopes(at, k) / largest;
    shares.slopes.col(k) = (shares.slopes.col(k).array() + u * growth * values.square()) * left.square();
  }
  shares.slopes.col(own) = -values.square() / largest * left.square();
  shares.values = values * left;
}

}  // namespace

std::span<const Effect> effects() {
  constexpr double jitter = largest_intensity_jitter, phase = std::numbers::pi / 4, spread = 45;
  static constexpr std::array<Effect, 7> all{{
      {"intensity_jitter", "intensity jitter", "", jitter * jitter, 1e-3, root, "intensity", true},
      {"cep_jitter_rad", "phase jitter", "rad", phase * phase, 1e-3, root, "cep"},
      {"angle_spread_deg", "spread of the orientation", "degrees", spread * spread, 4, root, "angle"},
      {"rotation_deg", "rotation", "degrees", 30 * 30, 1, root},
      {"resolution_au", "resolution", "a.u.", 0.2 * 0.2, 1e-4, root},
      {"background", "background", "", 0.9, 0.01, same},
      {"saturation", "saturation", "", 20, 0.05, inverse},
  }};
  return all;
}

const Effect& known_effect(const std::string& name) {
  const auto effect = std::ranges::find(effects(), name, [](const Effect& e) { return std::string(e.name); });
  if (effect == effects().end())
    throw ConfigError(fmt::format("effects: '{}' is none; there are: {}", name, join(effect_names())));
  return *effect;
}

std::vector<std::string> effect_names() {
  std::vector<std::string> names;
  for (const auto& effect : effects())
    names.emplace_back(effect.name);
  return names;
}

std::vector<Effect> find_effects(const std::vector<std::string>& names) {
  std::vector<Effect> found;
  for (const auto& name : names) {
    const auto& effect = known_effect(name);
    if (std::ranges::find(found, name, &Effect::name) != found.end())
      throw ConfigError(fmt::format("effects: '{}' is there twice; expected each once", name));
    found.push_back(effect);
  }
  return found;
}

Instrument::Instrument(const ImageSettings& image, bool half) : half_(half) {
  const auto columns = static_cast<std::size_t>(image.height);
  const Interval ky = image.view == View::upper_half ? Interval{0, image.ky.max} : image.ky;
  const double width = (image.kx.max - image.kx.min) / image.width, height = (ky.max - ky.min) / image.height;
  const bool mirrored = image.view == View::upper_half;
  plane_ = {.kx_points = static_cast<std::size_t>(image.width),
            .ky_points = mirrored ? 2 * columns : columns,
            .kx_first = image.kx.min + width / 2,
            .ky_first = (mirrored ? -ky.max : ky.min) + height / 2,
            .dkx = width,
            .dky = height};
}

/// As detected() turns the whole plane, which is not linear: derivatives are differences.
VectorXd Instrument::turned(const VectorXd& shares, double degrees) const {
  if (degrees == 0) return shares;
  const auto columns = this->columns();
  std::vector<float> plane(plane_.size());
  const auto share = [&](std::size_t x, std::size_t y) {
    return static_cast<float>(std::max(shares(static_cast<Index>(x * columns + y)), 0.0));
  };
  for (std::size_t x = 0; x < plane_.kx_points; ++x)
    for (std::size_t y = 0; y < columns; ++y) {
      float* row = plane.data() + x * plane_.ky_points;
      if (half_)
        row[columns + y] = row[columns - 1 - y] = share(x, y);
      else
        row[y] = share(x, y);
    }
  const auto seen = rotated(plane, plane_, degrees);
  VectorXd result(shares.size());
  for (std::size_t x = 0; x < plane_.kx_points; ++x)
    for (std::size_t y = 0; y < columns; ++y) {
      const float* row = seen.data() + x * plane_.ky_points;
      const auto value =
          half_ ? 0.5 * (static_cast<double>(row[columns + y]) + static_cast<double>(row[columns - 1 - y]))
                : static_cast<double>(row[y]);
      result(static_cast<Index>(x * columns + y)) = value;
    }
  return result;
}

void Instrument::turn(Shares& shares, double searched, Index own) const {
  const double degrees = std::sqrt(searched);
  constexpr double small = 1e-3, step = 0.05;  // of all electrons; of the squared angle
  const double whole = shares.values.sum(), below = std::max(searched - step, 0.0);
  for (Index k = 0; k < own; ++k) {
    const double size = shares.slopes.col(k).cwiseAbs().sum();
    if (!(size > 0)) continue;
    const double by = small * whole / size;
    const VectorXd change = by * shares.slopes.col(k);
    shares.slopes.col(k) =
        (turned(shares.values + change, degrees) - turned(shares.values - change, degrees)) / (2 * by);
  }
  shares.slopes.col(own) =
      (turned(shares.values, std::sqrt(searched + step)) - turned(shares.values, std::sqrt(below))) /
      (searched + step - below);
  shares.values = turned(shares.values, degrees);
}

/// As blurred(), with the half's mirror image beyond ky = 0. All columns are blurred at once: a line of
/// `lines` has the cells of one kx, of all of them.
void Instrument::blur(Shares& shares, double searched, Index own) const {
  const auto x_points = static_cast<Index>(plane_.kx_points), y_points = static_cast<Index>(columns());
  const double sigma = std::sqrt(searched);
  const Kernel along_x(sigma / plane_.dkx, plane_.dkx), along_y(sigma / plane_.dky, plane_.dky);
  const MatrixXd across = convolution(along_y.weights, y_points, half_),
                 across_slope = convolution(along_y.slopes, y_points, half_);
  const auto cells = [&](double* begin) { return Eigen::Map<RowMajor>(begin, x_points, y_points); };
  // The values, their derivatives, the values with the slope of the other axis' kernel.
  RowMajor lines(x_points, (own + 2) * y_points);
  const auto column = [&](Index k) { return lines.middleCols(k * y_points, y_points); };
  column(0).noalias() = cells(shares.values.data()) * across;
  column(own + 1).noalias() = cells(shares.values.data()) * across_slope;
  for (Index k = 0; k < own; ++k)
    column(1 + k).noalias() = cells(shares.slopes.col(k).data()) * across;
  const RowMajor blurred = over_lines(lines, along_x.weights);
  const RowMajor changed = over_lines(column(0), along_x.slopes);
  cells(shares.values.data()) = blurred.leftCols(y_points);
  for (Index k = 0; k < own; ++k)
    cells(shares.slopes.col(k).data()) = blurred.middleCols((1 + k) * y_points, y_points);
  cells(shares.slopes.col(own).data()) = blurred.rightCols(y_points) + changed;
}

Shares Instrument::operator()(Shares shares, std::span<const Effect> effects,
                              std::span<const double> searched) const {
  Index own = shares.slopes.cols();
  shares.slopes.conservativeResize(Eigen::NoChange, own + std::ssize(effects));
  // In the order of ml::effects(), in which they happen, whatever that of `effects`.
  const Index first = own;
  std::vector<Index> column_of(effects.size());
  for (const auto& known : ml::effects())
    for (std::size_t e = 0; e < effects.size(); ++e) {
      const std::string name = known.name;
      if (effects[e].name != name) continue;
      const double amount = searched[e];
      if (name == "rotation_deg")
        turn(shares, amount, own);
      else if (name == "resolution_au")
        blur(shares, amount, own);
      else if (name == "background")
        add_background(shares, amount, own);
      else if (name == "saturation")
        saturate(shares, amount, own);
      else
        throw ConfigError(fmt::format("effects: {} is nothing that a detector does", name));
      column_of[e] = own++;
    }
  const MatrixXd in_order = shares.slopes;
  for (std::size_t e = 0; e < effects.size(); ++e)
    shares.slopes.col(first + static_cast<Index>(e)) = in_order.col(column_of[e]);
  return shares;
}

}  // namespace bondscope::ml
