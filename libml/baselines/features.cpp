#include "libml/baselines/features.hpp"

#include <cmath>

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

Features Standardisation::operator()(Features features) const {
  for (std::size_t r = 0; r < features.rows; ++r) {
    const auto row = features.row(r);
    for (std::size_t c = 0; c < row.size(); ++c)
      row[c] = (row[c] - mean_[c]) * factor_[c];
  }
  return features;
}

}  // namespace bondscope::ml
