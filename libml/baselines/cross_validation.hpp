#pragma once

// Which of several settings learns best, judged on what was learned from only.

#include <cstdint>
#include <functional>
#include <vector>

#include "libml/data/samples.hpp"

namespace bondscope::ml {

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
