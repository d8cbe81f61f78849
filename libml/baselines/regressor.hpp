#pragma once

// Numbers learned from images as vectors of numbers, and which of several settings learns best.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "libml/arrays/array.hpp"
#include "libml/data/samples.hpp"

namespace bondscope::ml {

/// [row][column], a row for every image.
struct Features {
  std::size_t rows = 0, columns = 0;  ///< images and features of each
  std::vector<float> values;          ///< row-major

  /// Features of image i.
  std::span<const float> row(std::size_t i) const { return std::span(values).subspan(i * columns, columns); }
  /// To be filled.
  std::span<float> row(std::size_t i) { return std::span(values).subspan(i * columns, columns); }
};
/// All zero.
Features make_features(std::size_t rows, std::size_t columns);

/// Every column shifted and divided so that those learned from have mean 0 and standard deviation 1. Columns
/// without spread become 0 everywhere.
class Standardisation {
 public:
  Standardisation() = default;
  /// Learns mean and standard deviation of every column.
  explicit Standardisation(const Features& learned_from);
  /// The same columns, standardised.
  Features operator()(Features features) const;

  /// As PREFIXfeature_mean and PREFIXfeature_factor.
  void save(Learned& into, const std::string& prefix) const;
  /// As it was when save() was called. Throws DataError if that cannot be.
  Standardisation(const Learned& from, const std::string& prefix, std::size_t columns);

 private:
  std::vector<float> mean_, factor_;
};

/// A number learned from features.
class Regressor {
 public:
  virtual ~Regressor() = default;
  /// One value of `truth` for every row of `features`; at least one.
  virtual void learn(const Features& features, const std::vector<double>& truth,
                     const LoadMonitor& monitor) = 0;
  /// One value for every row.
  virtual std::vector<double> predict(const Features& features) const = 0;
  /// What was chosen by cross-validation, e.g. "C 100, gamma 0.0012, epsilon 0.02".
  virtual std::string settings() const = 0;
  /// What was learned, under names that begin with `prefix`.
  virtual void save(Learned& into, const std::string& prefix) const = 0;
  /// For features of so many columns. Throws DataError if what is there cannot be of such a regressor.
  virtual void load(const Learned& from, const std::string& prefix, std::size_t columns) = 0;
};

/// A part of the rows that were learned from, to judge what is learned from the rest.
struct Fold {
  std::vector<std::size_t> train, test;  ///< rows, each ascending
};

/// 0 … count-1.
std::vector<std::size_t> all_rows(std::size_t count);

/// Random folds of `count` rows, which are all tested once: at most `most`, fewer if there are fewer rows,
/// and none if there is but one.
std::vector<Fold> make_folds(std::size_t count, std::size_t most, std::uint64_t seed);

/// The sum of the absolute errors of a setting in the test rows of a fold.
using FoldError = std::function<double(std::size_t setting, const Fold& fold)>;

/// The setting with the smallest error over all folds; of equals the first. 0 if there are no folds.
/// `error_of` is called by several threads at a time.
std::size_t best_setting(std::size_t settings, const std::vector<Fold>& folds, int threads,
                         const FoldError& error_of, const LoadMonitor& monitor);

}  // namespace bondscope::ml
