#include "libml/baselines/kernel_ridge.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <compare>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include <Eigen/Cholesky>
#include <fmt/format.h>

#include "libml/baselines/principal_components.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/statistics/average.hpp"
#include "libpmd/base/text/number.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Where a setting is looked for: places on a grid.
struct Place {
  int components = 0;  ///< in component_numbers
  int width = 0;       ///< γ = 2^width/typical squared distance
  int penalty = 0;     ///< λ = 10^penalty
  auto operator<=>(const Place&) const = default;
};
constexpr std::array<std::size_t, 4> component_numbers{30, 100, 300, 600};
constexpr Place lowest{0, -12, -12}, highest{3, 4, 0};

/// From which the best is improved.
std::vector<Place> coarse_grid() {
  std::vector<Place> all;
  for (const int width : {-9, -6, -3, 0})
    for (const int penalty : {-11, -8, -5, -2})
      all.push_back({highest.components, width, penalty});
  return all;
}

bool inside(const Place& p) {
  const auto between = [](int low, int value, int high) { return low <= value && value <= high; };
  return between(lowest.components, p.components, highest.components) &&
         between(lowest.width, p.width, highest.width) && between(lowest.penalty, p.penalty, highest.penalty);
}

std::vector<Place> neighbours(const Place& p, int step) {
  std::vector<Place> all;
  for (const int sign : {1, -1}) {
    all.push_back({p.components, p.width + sign * step, p.penalty});
    all.push_back({p.components, p.width, p.penalty + sign * step});
    all.push_back({p.components + sign, p.width, p.penalty});
  }
  std::erase_if(all, [](const Place& place) { return !inside(place); });
  return all;
}

/// The first components of these features, as numbers to compute with.
MatrixXd leading(const Features& features, std::size_t components) {
  MatrixXd z(static_cast<Index>(features.rows), static_cast<Index>(components));
  for (std::size_t i = 0; i < features.rows; ++i)
    for (std::size_t c = 0; c < components; ++c)
      z(static_cast<Index>(i), static_cast<Index>(c)) = static_cast<double>(features.row(i)[c]);
  return z;
}

/// |a_i - g b_j|² for each copy g, [copy](i, j).
std::vector<MatrixXd> distances_to_copies(const MatrixXd& a, const MatrixXd& b,
                                          const PrincipalComponents& components,
                                          const std::vector<Mirrors>& copies) {
  std::vector<MatrixXd> all;
  for (const auto& copy : copies) {
    MatrixXd image = b;
    for (Index c = 0; c < b.cols(); ++c) {
      const auto odd = components.odd(static_cast<std::size_t>(c));
      if ((copy.along_kx && odd.along_kx) != (copy.along_ky && odd.along_ky)) image.col(c) *= -1;
    }
    MatrixXd distances = -2 * a * image.transpose();
    distances.colwise() += a.rowwise().squaredNorm();
    distances.rowwise() += b.rowwise().squaredNorm().transpose();
    all.push_back(distances.cwiseMax(0));
  }
  return all;
}

/// k(z, z') of targets with these signs.
MatrixXd symmetric_kernel(const std::vector<MatrixXd>& distances, const std::vector<double>& signs,
                          double gamma) {
  MatrixXd k = MatrixXd::Zero(distances.front().rows(), distances.front().cols());
  for (std::size_t g = 0; g < distances.size(); ++g)
    k.array() += signs[g] / static_cast<double>(distances.size()) * (-gamma * distances[g].array()).exp();
  return k;
}

/// The inverse's diagonal: column by column of the inverse of L only what is below the diagonal.
VectorXd inverse_diagonal(const MatrixXd& lower) {
  const Index n = lower.rows();
  constexpr Index width = 64;
  VectorXd diagonal(n);
  for (Index first = 0; first < n; first += width) {
    const Index columns = std::min(width, n - first);
    MatrixXd part = MatrixXd::Zero(n - first, columns);
    part.topRows(columns).setIdentity();
    lower.bottomRightCorner(n - first, n - first).triangularView<Eigen::Lower>().solveInPlace(part);
    diagonal.segment(first, columns) = part.colwise().squaredNorm();
  }
  return diagonal;
}

/// Weights of targets, and what leaving each sample out would show.
struct Solution {
  MatrixXd weights;     ///< [sample][target]
  VectorXd mean_error;  ///< leave-one-out, by target
};
/// None if the matrix is not positive to rounding.
std::optional<Solution> solve(MatrixXd matrix, const MatrixXd& truth) {
  const Eigen::LLT<Eigen::Ref<MatrixXd>> factors(matrix);
  if (factors.info() != Eigen::Success) return {};
  Solution solution{factors.solve(truth), {}};
  const VectorXd diagonal = inverse_diagonal(matrix);
  solution.mean_error =
      (solution.weights.array().colwise() / diagonal.array()).abs().colwise().mean().transpose();
  if (!solution.weights.allFinite() || !solution.mean_error.allFinite()) return {};
  return solution;
}

/// What was found for one target.
struct TargetKernel {
  std::size_t components = 0;
  double gamma = 0, lambda = 0, mean = 0, leave_one_out = 0;
  std::vector<double> weights;
};

/// Looks for the settings of targets that have the same signs in all copies.
class Search {
 public:
  Search(const Features& features, const PrincipalComponents& components, const std::vector<Mirrors>& copies,
         std::vector<double> signs, MatrixXd truth, int threads, const LoadMonitor& monitor)
      : features_(features),
        components_(components),
        copies_(copies),
        signs_(std::move(signs)),
        truth_(std::move(truth)),
        threads_(threads),
        monitor_(monitor) {}

  TargetKernel best(Index target) {
    const auto first = coarse_grid();
    try_all(first);
    Place at = *std::ranges::min_element(first, {}, [&](const Place& place) { return error(place, target); });
    for (const int step : {2, 1}) {
      while (true) {
        auto asked = neighbours(at, step);
        asked.push_back(at);
        try_all(asked);
        const auto smallest = *std::ranges::min_element(
            asked, {}, [&](const Place& place) { return std::pair(error(place, target), place != at); });
        if (smallest == at) break;
        at = smallest;
      }
    }
    if (!std::isfinite(error(at, target)))
      throw NumericsError("kernel ridge regression: no setting gives weights that are numbers");
    prepare(number(at));
    const auto [components, gamma, lambda] = values(at);
    const auto solution = attempt(at);
    const auto weights = solution->weights.col(target);
    return {components, gamma, lambda, 0, error(at, target), {weights.begin(), weights.end()}};
  }

 private:
  struct Values {
    std::size_t components;
    double gamma, lambda;
  };
  Values values(const Place& place) const {
    return {number(place), std::exp2(place.width) / typical_.at(number(place)), std::pow(10, place.penalty)};
  }
  std::size_t number(const Place& place) const {
    return std::min(component_numbers[static_cast<std::size_t>(place.components)], components_.size());
  }
  double error(const Place& place, Index target) const {
    const auto& errors = errors_.at(key(place));
    return errors ? (*errors)(target) : std::numeric_limits<double>::infinity();
  }
  /// Places that mean the same because there are no more components.
  Place key(Place place) const {
    while (place.components > 0 && number({place.components - 1, 0, 0}) == number(place))
      --place.components;
    return place;
  }

  std::optional<Solution> attempt(const Place& place) const {
    const auto [components, gamma, lambda] = values(place);
    auto matrix = symmetric_kernel(distances_, signs_, gamma);
    matrix.diagonal().array() += lambda;
    return solve(std::move(matrix), truth_);
  }

  void try_all(const std::vector<Place>& places) {
    std::map<std::size_t, std::set<Place>> unknown;  // by number of components
    for (const auto& place : places)
      if (const auto known = key(place); !errors_.contains(known)) unknown[number(known)].insert(known);
    for (const auto& [components, of_them] : unknown) {
      prepare(components);
      const std::vector<Place> asked(of_them.begin(), of_them.end());
      std::vector<std::optional<VectorXd>> found(asked.size());
      for_each_index(
          asked.size(), threads_,
          [&](std::size_t i) {
            if (const auto solution = attempt(asked[i])) found[i] = solution->mean_error;
          },
          monitor_);
      for (std::size_t i = 0; i < asked.size(); ++i)
        errors_[asked[i]] = found[i];
    }
  }

  /// Distances of so many components; those of others go, for they are large.
  void prepare(std::size_t components) {
    if (components == prepared_) return;
    prepared_ = components;
    distances_.clear();
    const auto z = leading(features_, components);
    distances_ = distances_to_copies(z, z, components_, copies_);
    for (auto& one : distances_)
      one = (0.5 * (one + one.transpose())).eval();
    // Without mirrors the mean over all pairs.
    const double typical = 2 * (z.rowwise() - z.colwise().mean()).rowwise().squaredNorm().mean();
    typical_[components] = typical > 0 ? typical : 1;
  }

  const Features& features_;
  const PrincipalComponents& components_;
  const std::vector<Mirrors>& copies_;
  std::vector<double> signs_;
  MatrixXd truth_;
  int threads_;
  const LoadMonitor& monitor_;
  std::size_t prepared_ = 0;                         ///< components of …
  std::vector<MatrixXd> distances_;                  ///< … these, by copy
  std::map<std::size_t, double> typical_;            ///< squared distance, by number of components
  std::map<Place, std::optional<VectorXd>> errors_;  ///< leave-one-out, by target
};

class KernelRidge : public Baseline {
 public:
  explicit KernelRidge(const BaselineSettings& settings)
      : Baseline(settings.threads),
        mirrors_(settings.mirrors),
        signs_(settings.signs),
        copies_(copies(settings.mirrors)) {}

  std::string chosen_settings() const override {
    std::string text;
    for (std::size_t t = 0; t < kernels_.size(); ++t) {
      const auto& k = kernels_[t];
      text += fmt::format("{}{}: {} components, gamma {:.3g}, lambda {:.0e}, leave-one-out error {:.4g}",
                          t > 0 ? "; " : "", targets()[t], k.components, k.gamma, k.lambda, k.leave_one_out);
    }
    return text;
  }

 private:
  bool takes_floats() const override { return true; }

  void learn(const SampleSet& samples, std::span<const std::size_t> train, const std::vector<double>& truth,
             const LoadMonitor& monitor) override {
    if (train.size() > most_kernel_samples)
      throw ConfigError(
          fmt::format("{}: a kernel cannot learn from {} runs; expected at most {} "
                      "(split.train_runs)",
                      samples.source.store, train.size(), most_kernel_samples));
    components_ = PrincipalComponents(samples, train, mirrors_, component_numbers.back(), threads());
    known_ = components_.project(samples, train, threads());
    kernels_.assign(targets().size(), {});
    for (const auto& group : groups()) {
      MatrixXd values(static_cast<Index>(train.size()), static_cast<Index>(group.size()));
      for (std::size_t g = 0; g < group.size(); ++g)
        for (std::size_t i = 0; i < train.size(); ++i)
          values(static_cast<Index>(i), static_cast<Index>(g)) = truth[i * targets().size() + group[g]];
      // What changes its sign is 0 on average over the copies.
      const auto signs = signs_of(group.front());
      const bool changes = std::ranges::count(signs, -1.0) > 0;
      const Eigen::RowVectorXd means = values.colwise().mean() * (changes ? 0.0 : 1.0);
      values.rowwise() -= means;
      if (components_.size() == 0) {  // all images are the same: the mean is all that there is to say
        for (std::size_t g = 0; g < group.size(); ++g)
          kernels_[group[g]] = {.mean = means(static_cast<Index>(g)),
                                .leave_one_out = values.col(static_cast<Index>(g)).cwiseAbs().mean(),
                                .weights = std::vector<double>(train.size())};
        continue;
      }
      Search search(known_, components_, copies_, signs, values, threads(), monitor);
      for (std::size_t g = 0; g < group.size(); ++g) {
        kernels_[group[g]] = search.best(static_cast<Index>(g));
        kernels_[group[g]].mean = means(static_cast<Index>(g));
      }
    }
  }

  std::vector<double> answer(const SampleSet& samples, std::span<const std::size_t> chosen,
                             const LoadMonitor& monitor) const override {
    const auto asked = components_.project(samples, chosen, threads());
    std::vector<double> answers(chosen.size() * targets().size());
    for (std::size_t t = 0; t < targets().size(); ++t) {
      const auto& k = kernels_[t];
      const auto known = leading(known_, k.components);
      const auto z = leading(asked, k.components);
      const Eigen::Map<const VectorXd> weights(k.weights.data(), static_cast<Index>(k.weights.size()));
      // Pieces of a fixed size: memory for thousands of answers, and the same bits on any number of threads.
      constexpr std::size_t piece = 64;
      for_each_index((chosen.size() + piece - 1) / piece, threads(),
                     [&](std::size_t p) {
                       const auto first = static_cast<Index>(p * piece);
                       const auto rows = std::min(static_cast<Index>(piece), z.rows() - first);
                       const auto distances =
                           distances_to_copies(z.middleRows(first, rows), known, components_, copies_);
                       const VectorXd values = symmetric_kernel(distances, signs_of(t), k.gamma) * weights;
                       for (Index i = 0; i < rows; ++i)
                         answers[static_cast<std::size_t>(first + i) * targets().size() + t] =
                             k.mean + values(i);
                     },
                     monitor);
    }
    return answers;
  }

  void save(Learned& into) const override {
    components_.save(into, image());
    into.add("known", {static_cast<std::int64_t>(known_.rows), static_cast<std::int64_t>(known_.columns)},
             known_.values);
    if (mirrors_.any()) into.settings = settings_of(signs_, targets());
    for (std::size_t t = 0; t < targets().size(); ++t) {
      const auto& k = kernels_[t];
      const auto& name = targets()[t];
      into.settings.insert({{name + ".components", static_cast<double>(k.components)},
                            {name + ".gamma", k.gamma},
                            {name + ".lambda", k.lambda},
                            {name + ".mean", k.mean},
                            {name + ".leave_one_out", k.leave_one_out}});
      into.add(name + ".weights", {static_cast<std::int64_t>(k.weights.size())}, k.weights);
    }
  }

  void load(const Learned& from) override {
    components_ = PrincipalComponents(from, image());
    const auto columns = static_cast<std::int64_t>(components_.size());
    known_.rows = from.rows("known", {Learned::any, columns});
    known_.columns = components_.size();
    known_.values = from.values<float>("known", {Learned::any, columns});
    kernels_.clear();
    for (const auto& name : targets()) {
      const double count = from.setting(name + ".components");
      if (!(count >= 0 && count <= static_cast<double>(components_.size())))
        throw DataError(fmt::format("the setting '{}.components' is {}; expected 0 to {}", name, count,
                                    components_.size()));
      kernels_.push_back({static_cast<std::size_t>(count), from.setting(name + ".gamma"),
                          from.setting(name + ".lambda"), from.setting(name + ".mean"),
                          from.setting(name + ".leave_one_out"),
                          from.values<double>(name + ".weights", {static_cast<std::int64_t>(known_.rows)})});
    }
  }

  /// Of a target, by copy.
  std::vector<double> signs_of(std::size_t target) const {
    std::vector<double> signs;
    for (const auto& copy : copies_)
      signs.push_back(mirrors_.any() ? signs_.of(target, copy) : 1);
    return signs;
  }

  /// Targets with the same signs share their matrices.
  std::vector<std::vector<std::size_t>> groups() const {
    std::map<std::vector<double>, std::vector<std::size_t>> by_signs;
    for (std::size_t t = 0; t < targets().size(); ++t)
      by_signs[signs_of(t)].push_back(t);
    std::vector<std::vector<std::size_t>> all;
    for (auto& [signs, group] : by_signs)
      all.push_back(std::move(group));
    return all;
  }

  Mirrors mirrors_;
  TargetSigns signs_;
  std::vector<Mirrors> copies_;
  PrincipalComponents components_;
  Features known_;  ///< of the images that were learned from
  std::vector<TargetKernel> kernels_;
};

}  // namespace

std::unique_ptr<Baseline> make_kernel_ridge(const BaselineSettings& settings) {
  return std::make_unique<KernelRidge>(settings);
}

}  // namespace bondscope::ml
