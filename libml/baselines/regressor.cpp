#include "libml/baselines/regressor.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "libpmd/base/random/random.hpp"
#include "libpmd/base/threads/for_each_index.hpp"

namespace bondscope::ml {

Features make_features(std::size_t rows, std::size_t columns) {
  return {rows, columns, std::vector<float>(rows * columns)};
}

Standardisation::Standardisation(const Features& from) : mean_(from.columns), factor_(from.columns) {
  const auto n = static_cast<double>(from.rows);
  for (std::size_t c = 0; c < from.columns; ++c) {
    double sum = 0, squares = 0;
    for (std::size_t r = 0; r < from.rows; ++r)
      sum += static_cast<double>(from.row(r)[c]);
    for (std::size_t r = 0; r < from.rows; ++r)
      squares += std::pow(static_cast<double>(from.row(r)[c]) - sum / n, 2);
    const double deviation = std::sqrt(squares / n);
    mean_[c] = static_cast<float>(sum / n);
    // Features are of order one: less than this is rounding.
    constexpr double no_spread = 1e-6;
    factor_[c] = deviation > no_spread ? static_cast<float>(1 / deviation) : 0.0f;
  }
}

void Standardisation::save(Learned& into, const std::string& prefix) const {
  const auto columns = static_cast<std::int64_t>(mean_.size());
  into.add(prefix + "feature_mean", {columns}, mean_);
  into.add(prefix + "feature_factor", {columns}, factor_);
}

Standardisation::Standardisation(const Learned& from, const std::string& prefix, std::size_t columns)
    : mean_(from.values<float>(prefix + "feature_mean", {static_cast<std::int64_t>(columns)})),
      factor_(from.values<float>(prefix + "feature_factor", {static_cast<std::int64_t>(columns)})) {}

Features Standardisation::operator()(Features features) const {
  for (std::size_t r = 0; r < features.rows; ++r) {
    const auto row = features.row(r);
    for (std::size_t c = 0; c < row.size(); ++c)
      row[c] = (row[c] - mean_[c]) * factor_[c];
  }
  return features;
}

std::vector<std::size_t> all_rows(std::size_t count) {
  std::vector<std::size_t> rows(count);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

std::vector<Fold> make_folds(std::size_t count, std::size_t most, std::uint64_t seed) {
  if (count < 2) return {};
  std::vector<Fold> folds(std::min(count, most));
  Random random(seed, "folds of cross-validation");
  const auto order = permutation(count, random);
  std::vector<std::size_t> fold_of(count);
  for (std::size_t i = 0; i < count; ++i)
    fold_of[order[i]] = i % folds.size();
  for (std::size_t row = 0; row < count; ++row)
    for (std::size_t f = 0; f < folds.size(); ++f)
      (fold_of[row] == f ? folds[f].test : folds[f].train).push_back(row);
  return folds;
}

std::size_t best_setting(std::size_t settings, const std::vector<Fold>& folds, int threads,
                         const FoldError& error_of, const LoadMonitor& monitor) {
  if (folds.empty()) return 0;
  std::vector<double> errors(settings * folds.size());
  for_each_index(
      errors.size(), threads,
      [&](std::size_t i) { errors[i] = error_of(i / folds.size(), folds[i % folds.size()]); }, monitor);
  std::size_t best = 0;
  double smallest = 0;
  for (std::size_t s = 0; s < settings; ++s) {
    const auto begin = errors.begin() + static_cast<std::ptrdiff_t>(s * folds.size());
    const double sum = std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(folds.size()), 0.0);
    if (s == 0 || sum < smallest) {
      best = s;
      smallest = sum;
    }
  }
  return best;
}

}  // namespace bondscope::ml
