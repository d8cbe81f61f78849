#pragma once

// Images as vectors of numbers that a regression learns from.

#include <span>
#include <vector>

namespace bondscope::ml {

/// [row][column], a row for every image.
struct Features {
  std::size_t rows = 0, columns = 0;
  std::vector<float> values;

  std::span<const float> row(std::size_t i) const { return std::span(values).subspan(i * columns, columns); }
  std::span<float> row(std::size_t i) { return std::span(values).subspan(i * columns, columns); }
};
/// All zero.
Features make_features(std::size_t rows, std::size_t columns);

/// Every column shifted and divided so that those learned from have mean 0 and standard deviation 1. Columns
/// without spread become 0 everywhere.
class Standardisation {
 public:
  Standardisation() = default;
  explicit Standardisation(const Features& learned_from);
  Features operator()(Features features) const;

 private:
  std::vector<float> mean_, factor_;
};

}  // namespace bondscope::ml
