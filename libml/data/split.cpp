#include "libml/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "libml/data/random.hpp"
#include "libtdse/base/error.hpp"

namespace ml {

Split split_samples(std::size_t count, double train_fraction, double validation_fraction,
                    std::uint64_t seed) {
  return split_samples(std::vector<tdse::Use>(count, tdse::Use::any), train_fraction, validation_fraction,
                       seed);
}

Split split_samples(std::span<const tdse::Use> uses, double train_fraction, double validation_fraction,
                    std::uint64_t seed) {
  const auto part = [](std::size_t n, double fraction) {
    return std::min(n, static_cast<std::size_t>(std::llround(static_cast<double>(n) * fraction)));
  };
  std::vector<std::size_t> unmarked, training, test;
  for (std::size_t i = 0; i < uses.size(); ++i)
    (uses[i] == tdse::Use::training ? training : uses[i] == tdse::Use::test ? test : unmarked).push_back(i);
  const std::size_t split_off = part(unmarked.size(), train_fraction);
  const std::size_t learning = split_off + training.size();
  std::size_t validation = part(learning, validation_fraction);
  if (validation_fraction > 0) validation = std::max<std::size_t>(validation, 1);
  if (learning < validation + 2 || uses.size() - learning < 2) {
    std::string marks;
    if (training.size() + test.size() > 0)
      marks = " (" + std::to_string(training.size()) + " marked for training, " +
              std::to_string(test.size()) + " for tests)";
    throw tdse::DataError(std::to_string(uses.size()) + " samples" + marks +
                          " are too few: split.train_fraction and split.validation_fraction leave " +
                          std::to_string(learning - std::min(learning, validation)) + " to train on, " +
                          std::to_string(validation) + " for validation and " +
                          std::to_string(uses.size() - learning) +
                          " to test; at least 2 to train and 2 to test are needed");
  }

  Random random(seed, "split");
  std::vector<std::size_t> learners;
  const auto order = permutation(unmarked.size(), random);
  for (std::size_t i = 0; i < order.size(); ++i)
    (i < split_off ? learners : test).push_back(unmarked[order[i]]);
  if (!training.empty()) {
    // The last of the learners validate: those that are marked must be among them as likely as others.
    learners.insert(learners.end(), training.begin(), training.end());
    Random mixing(seed, "split, marked for training");
    std::vector<std::size_t> mixed;
    for (const auto i : permutation(learners.size(), mixing))
      mixed.push_back(learners[i]);
    learners = std::move(mixed);
  }
  Split split;
  const auto last = learners.end() - static_cast<std::ptrdiff_t>(validation);
  split.train.assign(learners.begin(), last);
  split.validation.assign(last, learners.end());
  split.test = std::move(test);
  for (auto* set : {&split.train, &split.validation, &split.test})
    std::sort(set->begin(), set->end());
  return split;
}

std::vector<tdse::Use> uses_of(const SampleSet& samples) {
  std::vector<tdse::Use> uses;
  for (const auto& sample : samples.samples)
    uses.push_back(sample.use);
  return uses;
}

}  // namespace ml
