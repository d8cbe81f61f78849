#include "libml/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "libml/data/random.hpp"
#include "libtdse/base/error.hpp"

namespace ml {

Split split_samples(std::size_t count, double train_fraction, double validation_fraction,
                    std::uint64_t seed) {
  const auto part = [](std::size_t n, double fraction) {
    return std::min(n, static_cast<std::size_t>(std::llround(static_cast<double>(n) * fraction)));
  };
  const std::size_t learning = part(count, train_fraction);
  std::size_t validation = part(learning, validation_fraction);
  if (validation_fraction > 0) validation = std::max<std::size_t>(validation, 1);
  if (learning < validation + 2 || count - learning < 2)
    throw tdse::DataError(std::to_string(count) +
                          " samples are too few: split.train_fraction and split.validation_fraction leave " +
                          std::to_string(learning - std::min(learning, validation)) + " to train on, " +
                          std::to_string(validation) + " for validation and " +
                          std::to_string(count - learning) +
                          " to test; at least 2 to train and 2 to test are needed");

  Random random(seed, "split");
  const auto order = permutation(count, random);
  const auto first = order.begin();
  const auto at = [&](std::size_t n) { return first + static_cast<std::ptrdiff_t>(n); };
  Split split;
  split.train.assign(at(0), at(learning - validation));
  split.validation.assign(at(learning - validation), at(learning));
  split.test.assign(at(learning), order.end());
  for (auto* set : {&split.train, &split.validation, &split.test})
    std::sort(set->begin(), set->end());
  return split;
}

}  // namespace ml
