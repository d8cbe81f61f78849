#include "libml/baselines/emulator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include "libml/arrays/rounded.hpp"
#include "libml/baselines/leave_out.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// As many as tell distributions of single electrons apart; what noise leaves of more is nothing.
constexpr std::size_t most_emulated_components = 60;

/// m(r) of scaled distances.
double matern(double r) {
  const double s = std::sqrt(5.0) * r;
  return (1 + s + s * s / 3) * std::exp(-s);
}

/// m of all pairs.
MatrixXd matern_matrix(const MatrixXd& x) {
  const Index n = x.rows();
  MatrixXd m(n, n);
  for (Index j = 0; j < n; ++j)
    for (Index i = j; i < n; ++i)
      m(i, j) = m(j, i) = matern((x.row(i) - x.row(j)).norm());
  return m;
}

/// The logarithm of what is positive, the value of everything else; [run][parameter].
MatrixXd unscaled(const std::vector<double>& truth, const std::vector<bool>& logarithmic) {
  const auto parameters = logarithmic.size();
  MatrixXd x(static_cast<Index>(truth.size() / parameters), static_cast<Index>(parameters));
  for (std::size_t i = 0; i < truth.size(); ++i)
    x(static_cast<Index>(i / parameters), static_cast<Index>(i % parameters)) =
        logarithmic[i % parameters] ? std::log(truth[i]) : truth[i];
  return x;
}

std::vector<bool> positive(const std::vector<double>& truth, std::size_t parameters) {
  std::vector<bool> all(parameters, true);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (!(truth[i] > 0)) all[i % parameters] = false;
  return all;
}

MatrixXd as_matrix(const Features& features) {
  MatrixXd a(static_cast<Index>(features.rows), static_cast<Index>(features.columns));
  for (std::size_t i = 0; i < features.rows; ++i)
    for (std::size_t c = 0; c < features.columns; ++c)
      a(static_cast<Index>(i), static_cast<Index>(c)) = static_cast<double>(features.row(i)[c]);
  return a;
}

/// Lengths as parts of the parameters' ranges, and the penalty, in half steps of factors: 2^(-step/2) and
/// 10^(-step).
struct EmulatorSetting {
  std::vector<int> lengths;
  int penalty = 8;
  auto operator<=>(const EmulatorSetting&) const = default;
};
constexpr int shortest = 14, largest_penalty = 2, smallest_penalty = 11;

/// Parts of the rows of a large matrix that stay in the cache for several products with slim ones, for which
/// a product of matrices would spend most of its time packing.
void in_parts(Index rows, const auto& work) {
  constexpr Index part = 256;
  for (Index begin = 0; begin < rows; begin += part)
    work(begin, std::min(part, rows - begin));
}

/// ln Y of these samples; none if one is not known.
VectorXd log_yields(const SampleSet& set, std::span<const std::size_t> chosen) {
  VectorXd logarithms(std::ssize(chosen));
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    const double yield = set.samples[chosen[i]].yield;
    if (!(yield > 0 && std::isfinite(yield))) return {};
    logarithms(static_cast<Index>(i)) = std::log(yield);
  }
  return logarithms;
}

/// Mean leave-one-out error; infinite if the matrix is not positive to rounding.
double left_out(MatrixXd matrix, const MatrixXd& sizes) {
  constexpr double none = std::numeric_limits<double>::infinity();
  const auto solution = solve_ridge(std::move(matrix), sizes, {});
  if (!solution) return none;
  const double error = solution->errors.rowwise().norm().mean();
  return std::isfinite(error) ? error : none;
}

}  // namespace

Emulator::Emulator(const SampleSet& roots, std::span<const std::size_t> chosen, std::vector<double> truth,
                   std::size_t parameters, int threads, const LoadMonitor& monitor)
    : components_(roots, chosen, {}, most_emulated_components, threads),
      known_(components_.project(roots, chosen, threads)),
      truth_(std::move(truth)),
      lengths_(parameters, 1.0) {
  round_to_16_bits(known_.values, known_.rows, Scaled::columns);
  logarithmic_ = positive(truth_, parameters);
  const MatrixXd x = unscaled(truth_, logarithmic_), sizes = as_matrix(known_);
  const Eigen::RowVectorXd extents = x.colwise().maxCoeff() - x.colwise().minCoeff();
  if (!(extents.minCoeff() > 0))
    throw DataError(fmt::format("{}: a target is the same in all runs; expected runs that differ in it",
                                roots.source.store));
  const auto length = [&](const EmulatorSetting& setting, std::size_t p) {
    return extents(static_cast<Index>(p)) * std::exp2(-0.5 * setting.lengths[p]);
  };

  std::map<EmulatorSetting, double> errors;
  const auto try_all = [&](std::vector<EmulatorSetting> asked) {
    std::erase_if(asked, [&](const auto& setting) { return errors.contains(setting); });
    std::vector<double> found(asked.size());
    for_each_index(
        asked.size(), threads,
        [&](std::size_t i) {
          MatrixXd scaled = x;
          for (std::size_t p = 0; p < parameters; ++p)
            scaled.col(static_cast<Index>(p)) /= length(asked[i], p);
          auto matrix = matern_matrix(scaled);
          matrix.diagonal().array() += std::pow(10, -asked[i].penalty);
          found[i] = left_out(std::move(matrix), sizes);
        },
        monitor);
    for (std::size_t i = 0; i < asked.size(); ++i)
      errors[asked[i]] = found[i];
  };
  const auto neighbours = [&](const EmulatorSetting& at, int step) {
    std::vector<EmulatorSetting> all{at};
    for (const int sign : {1, -1}) {
      for (std::size_t p = 0; p < parameters; ++p) {
        auto other = at;
        other.lengths[p] = std::clamp(at.lengths[p] + sign * step, 0, shortest);
        all.push_back(other);
      }
      auto other = at;
      other.penalty = std::clamp(at.penalty + sign * step, largest_penalty, smallest_penalty);
      all.push_back(other);
    }
    return all;
  };
  EmulatorSetting at{std::vector<int>(parameters, 4)};
  for (const int step : {2, 1})
    while (true) {
      const auto asked = neighbours(at, step);
      try_all(asked);
      const auto best = *std::ranges::min_element(asked, {}, [&](const auto& s) { return errors.at(s); });
      if (errors.at(best) >= errors.at(at)) break;
      at = best;
    }
  leave_one_out_ = errors.at(at);
  if (!std::isfinite(leave_one_out_))
    throw NumericsError("interpolation between distributions: no setting gives weights that are numbers");
  for (std::size_t p = 0; p < parameters; ++p)
    lengths_[p] = length(at, p);
  penalty_ = std::pow(10, -at.penalty);
  derive();
  auto matrix = matern_matrix(places_);
  matrix.diagonal().array() += penalty_;
  const Eigen::LLT<Eigen::Ref<MatrixXd>> factors(matrix);
  weights_ = factors.solve(sizes);
  if (const VectorXd yields = log_yields(roots, chosen); yields.size() > 0) {
    mean_log_yield_ = yields.mean();
    yield_weights_ = factors.solve((yields.array() - mean_log_yield_).matrix());
  }
}

void Emulator::derive() {
  logarithmic_ = positive(truth_, parameters());
  places_ = unscaled(truth_, logarithmic_);
  for (std::size_t p = 0; p < parameters(); ++p)
    places_.col(static_cast<Index>(p)) /= lengths_[p];
  const auto cells = static_cast<Index>(components_.mean().size());
  mean_ = Eigen::Map<const Eigen::VectorXf>(components_.mean().data(), cells).cast<double>();
  directions_.resize(cells, static_cast<Index>(components_.size()));
  for (std::size_t c = 0; c < components_.size(); ++c)
    directions_.col(static_cast<Index>(c)) =
        Eigen::Map<const Eigen::VectorXf>(components_.direction(c).data(), cells).cast<double>();
}

Interval Emulator::range(std::size_t parameter) const {
  Interval all{truth(0, parameter), truth(0, parameter)};
  for (std::size_t i = 1; i < size(); ++i)
    all = {std::min(all.min, truth(i, parameter)), std::max(all.max, truth(i, parameter))};
  return all;
}

Eigen::RowVectorXd Emulator::place(std::span<const double> parameters) const {
  Eigen::RowVectorXd x(static_cast<Index>(parameters.size()));
  for (std::size_t p = 0; p < parameters.size(); ++p)
    x(static_cast<Index>(p)) = (logarithmic_[p] ? std::log(parameters[p]) : parameters[p]) / lengths_[p];
  return x;
}

Emulator::Roots Emulator::at(std::span<const double> parameters) const {
  const auto x = place(parameters);
  const Index d = places_.cols();
  MatrixXd differences = -places_;
  differences.rowwise() += x;
  // m(r) and m'(r)/r of each known run.
  const Eigen::ArrayXd s = std::sqrt(5.0) * differences.rowwise().norm().array(), decay = (-s).exp();
  const Eigen::ArrayXd slope = -5.0 / 3 * (1 + s) * decay;
  MatrixXd terms(places_.rows(), 1 + d);
  terms.col(0) = (1 + s + s.square() / 3) * decay;
  for (Index p = 0; p < d; ++p) {
    const auto i = static_cast<std::size_t>(p);
    terms.col(1 + p) =
        slope * differences.col(p).array() / (lengths_[i] * (logarithmic_[i] ? parameters[i] : 1));
  }
  MatrixXd sizes = MatrixXd::Zero(weights_.cols(), 1 + d), cells = MatrixXd::Zero(mean_.size(), 1 + d);
  cells.col(0) = mean_;
  in_parts(places_.rows(), [&](Index begin, Index count) {
    for (Index k = 0; k <= d; ++k)
      sizes.col(k).noalias() +=
          weights_.middleRows(begin, count).transpose() * terms.col(k).segment(begin, count);
  });
  in_parts(mean_.size(), [&](Index begin, Index count) {
    for (Index k = 0; k <= d; ++k)
      cells.col(k).segment(begin, count).noalias() += directions_.middleRows(begin, count) * sizes.col(k);
  });
  Roots roots{cells.col(0), cells.rightCols(d), 0, Eigen::RowVectorXd::Zero(d)};
  if (has_yields()) {
    const Eigen::RowVectorXd yield = yield_weights_.transpose() * terms;
    roots.log_yield = mean_log_yield_ + yield(0);
    roots.log_yield_slopes = yield.tail(d);
  }
  return roots;
}

Eigen::MatrixXf Emulator::known_roots() const {
  Eigen::MatrixXf roots = directions_.cast<float>() * as_matrix(known_).cast<float>().transpose();
  roots.colwise() += mean_.cast<float>();
  return roots;
}

double Emulator::distance(std::span<const double> a, std::span<const double> b) const {
  return (place(a) - place(b)).norm();
}

void Emulator::save(Learned& into, const ImageSettings& roots) const {
  const auto rows = static_cast<std::int64_t>(size());
  components_.save(into, roots);
  add_rounded(into, "known", {rows, static_cast<std::int64_t>(known_.columns)}, known_.values,
              Scaled::columns);
  into.add("truth", {rows, static_cast<std::int64_t>(parameters())}, truth_);
  for (std::size_t p = 0; p < parameters(); ++p)
    into.settings[fmt::format("length_{}", p + 1)] = lengths_[p];
  if (has_yields()) {
    into.add("yield_weights", {rows}, std::vector<double>(yield_weights_.begin(), yield_weights_.end()));
    into.settings["mean_log_yield"] = mean_log_yield_;
  }
  std::vector<double> weights;
  for (Index i = 0; i < weights_.rows(); ++i)
    weights.insert(weights.end(), weights_.row(i).begin(), weights_.row(i).end());
  into.add("weights", {rows, static_cast<std::int64_t>(known_.columns)}, std::move(weights));
  into.settings["penalty"] = penalty_;
  into.settings["leave_one_out"] = leave_one_out_;
}

Emulator::Emulator(const Learned& from, const ImageSettings& roots, std::size_t parameters)
    : components_(from, roots),
      truth_(from.values<double>("truth", {Learned::any, static_cast<std::int64_t>(parameters)})) {
  const auto columns = static_cast<std::int64_t>(components_.size());
  known_.rows = from.rows("known", {Learned::any, columns});
  known_.columns = components_.size();
  known_.values = rounded_values(from, "known", {Learned::any, columns}, Scaled::columns);
  if (known_.rows > most_emulated_runs)
    throw DataError(fmt::format("{} runs; expected at most {}", known_.rows, most_emulated_runs));
  if (known_.rows == 0 || truth_.size() != known_.rows * parameters)
    throw DataError(
        fmt::format("{} runs with parameters, but {} with images", truth_.size() / parameters, known_.rows));
  for (std::size_t p = 0; p < parameters; ++p) {
    lengths_.push_back(from.setting(fmt::format("length_{}", p + 1)));
    if (!(lengths_.back() > 0))
      throw DataError(
          fmt::format("the setting 'length_{}' is {}; expected a positive number", p + 1, lengths_.back()));
  }
  penalty_ = from.setting("penalty");
  if (!(penalty_ > 0 && penalty_ <= 1))
    throw DataError(fmt::format("the setting 'penalty' is {}; expected a positive number up to 1", penalty_));
  leave_one_out_ = from.setting("leave_one_out");
  const auto& weights = from.values<double>("weights", {static_cast<std::int64_t>(known_.rows), columns});
  weights_ = Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>(
      weights.data(), static_cast<Index>(known_.rows), static_cast<Index>(known_.columns));
  if (from.settings.contains("mean_log_yield")) {
    mean_log_yield_ = from.setting("mean_log_yield");
    const auto& of_yield = from.values<double>("yield_weights", {static_cast<std::int64_t>(known_.rows)});
    yield_weights_ = Eigen::Map<const VectorXd>(of_yield.data(), std::ssize(of_yield));
  }
  derive();
}

}  // namespace bondscope::ml
