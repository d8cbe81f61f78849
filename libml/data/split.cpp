#include "libml/data/split.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libpmd/base/config/config.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/groups.hpp"
#include "libpmd/base/random/random.hpp"
#include "libpmd/dataset/displacements.hpp"

namespace bondscope::ml {

namespace {

/// Positions that belong together, in the order of their first ones.
using Grouped = std::vector<std::vector<std::size_t>>;

struct Marked {
  Grouped unmarked;
  std::vector<std::size_t> training, test;
  std::vector<std::size_t> group_of;  ///< of every position
  /// Positions of what was made of several computed runs, as interpolated distributions are.
  std::set<std::size_t> made_of_several;
};

std::size_t count(const Grouped& groups) {
  std::size_t sum = 0;
  for (const auto& group : groups)
    sum += group.size();
  return sum;
}

/// Runs and those displaced from them by a little tell nearly the same: one must not test what another
/// taught.
void join_displaced(const SampleSet& samples, Groups& sets) {
  if (samples.source.configuration.empty()) return;
  const auto config = Config::from_text(samples.source.configuration, samples.source.store);
  if (!config.is_mapping("dataset") || !config.section("dataset").has("displaced")) return;
  const auto parameters = all_parameters(samples.source.declared);
  for (const auto& [name, step] : read_displacements(config.section("dataset"), parameters)) {
    const auto& moved = *std::ranges::find(parameters, name, &Parameter::name);
    std::map<RunParameters, std::vector<std::pair<double, std::size_t>>> lines;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      auto others = samples.samples[i].parameters;
      moved.set(others, 0);
      lines[others].emplace_back(moved.of(samples.samples[i].parameters), i);
    }
    constexpr double rounding = 1e-6;
    for (auto& [others, line] : lines) {
      std::ranges::sort(line);
      for (std::size_t i = 1; i < line.size(); ++i)
        if (line[i].first - line[i - 1].first <= step * (1 + rounding))
          sets.join(line[i - 1].second, line[i].second);
    }
  }
}

/// What has a computed run in common, or is displaced by a little.
Grouped groups_of(const SampleSet& samples) {
  Groups sets(samples.size());
  std::unordered_map<std::uint64_t, std::size_t> user_of;
  for (std::size_t i = 0; i < samples.size(); ++i)
    for (const auto root : samples.samples[i].roots)
      sets.join(i, user_of.try_emplace(root, i).first->second);
  join_displaced(samples, sets);
  std::vector<std::size_t> place(samples.size());
  Grouped groups;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const std::size_t first = sets.of(i);
    if (first == i) {
      place[i] = groups.size();
      groups.emplace_back();
    }
    groups[place[first]].push_back(i);
  }
  return groups;
}

Marked sort_by_marks(const SampleSet& samples) {
  Marked marked;
  marked.group_of.resize(samples.size());
  for (auto& group : groups_of(samples)) {
    if (samples.samples[group.front()].added) continue;
    bool training = false, test = false;
    for (const auto i : group) {
      marked.group_of[i] = group.front();
      if (samples.samples[i].roots.size() > 1) marked.made_of_several.insert(i);
      training = training || samples.samples[i].use == Use::training;
      test = test || samples.samples[i].use == Use::test;
    }
    if (training && test)
      throw DataError(
          fmt::format("{}: run {} and others are marked, some for training and some for tests, but were "
                      "made from the same computed runs; expected stores made from different runs",
                      samples.source.store, samples.samples[group.front()].number));
    if (!training && !test)
      marked.unmarked.push_back(std::move(group));
    else
      (training ? marked.training : marked.test)
          .insert((training ? marked.training : marked.test).end(), group.begin(), group.end());
  }
  std::sort(marked.training.begin(), marked.training.end());
  return marked;
}

/// Moves at least `wanted` of the last learners away, and with each all that belong to it.
std::vector<std::size_t> take_groups(std::vector<std::size_t>& learners, std::size_t wanted,
                                     const std::vector<std::size_t>& group_of) {
  std::unordered_map<std::size_t, std::size_t> sizes;
  for (const auto i : learners)
    ++sizes[group_of[i]];
  std::set<std::size_t> groups;
  std::size_t taken = 0;
  for (auto last = learners.rbegin(); last != learners.rend() && taken < wanted; ++last)
    if (groups.insert(group_of[*last]).second) taken += sizes[group_of[*last]];
  const auto moved_from = std::stable_partition(learners.begin(), learners.end(),
                                                [&](std::size_t i) { return !groups.contains(group_of[i]); });
  std::vector<std::size_t> moved(moved_from, learners.end());
  learners.erase(moved_from, learners.end());
  return moved;
}

Split split(Marked marked, double train_fraction, double validation_fraction, std::uint64_t seed,
            std::size_t train_runs) {
  const auto part = [](std::size_t n, double fraction) {
    return std::min(n, static_cast<std::size_t>(std::llround(static_cast<double>(n) * fraction)));
  };
  auto& [unmarked, training, test, group_of, made_of_several] = marked;
  const std::size_t marks = training.size() + test.size();
  const std::size_t all = count(unmarked) + marks;
  auto what = fmt::format("{} samples", all);
  if (marks > 0) what += fmt::format(" ({} marked for training, {} for tests)", training.size(), test.size());
  if (unmarked.size() < count(unmarked))
    what += fmt::format(" in {} groups that have no computed run in common", unmarked.size());

  Random random(seed, "split");
  std::vector<std::size_t> learners;
  const std::size_t split_off = part(count(unmarked), train_fraction);
  for (const auto i : permutation(unmarked.size(), random)) {
    auto& side = learners.size() < split_off ? learners : test;
    side.insert(side.end(), unmarked[i].begin(), unmarked[i].end());
  }
  if (!training.empty()) {
    // The last of the learners validate: those that are marked must be among them as likely as others.
    learners.insert(learners.end(), training.begin(), training.end());
    Random mixing(seed, "split, marked for training");
    std::vector<std::size_t> mixed;
    for (const auto i : permutation(learners.size(), mixing))
      mixed.push_back(learners[i]);
    learners = std::move(mixed);
  }
  std::size_t wanted = part(learners.size(), validation_fraction);
  if (validation_fraction > 0) wanted = std::max<std::size_t>(wanted, 1);
  auto validation = take_groups(learners, wanted, group_of);
  if (learners.size() < 2 || test.size() < 2)
    throw DataError(fmt::format(
        "{} are too few: split.train_fraction and split.validation_fraction leave {} to train on, {} for "
        "validation and {} to test; at least 2 to train and 2 to test are needed",
        what, learners.size(), validation.size(), test.size()));
  Split parts;
  parts.train = std::move(learners);
  if (train_runs > parts.train.size())
    throw DataError(fmt::format("{} leave {} to train on; split.train_runs asks for {}", what,
                                parts.train.size(), train_runs));
  if (train_runs > 0) {
    std::ranges::stable_partition(parts.train,
                                  [&](std::size_t i) { return !marked.made_of_several.contains(i); });
    parts.unused.assign(parts.train.begin() + static_cast<std::ptrdiff_t>(train_runs), parts.train.end());
    parts.train.resize(train_runs);
  }
  parts.validation = std::move(validation);
  parts.test = std::move(test);
  for (auto* set : {&parts.train, &parts.validation, &parts.test, &parts.unused})
    std::sort(set->begin(), set->end());
  return parts;
}

}  // namespace

Split split_samples(std::size_t count, double train_fraction, double validation_fraction, std::uint64_t seed,
                    std::size_t train_runs) {
  Marked marked;
  for (std::size_t i = 0; i < count; ++i) {
    marked.unmarked.push_back({i});
    marked.group_of.push_back(i);
  }
  return split(std::move(marked), train_fraction, validation_fraction, seed, train_runs);
}

Split split_samples(const SampleSet& samples, double train_fraction, double validation_fraction,
                    std::uint64_t seed, std::size_t train_runs) {
  auto parts = split(sort_by_marks(samples), train_fraction, validation_fraction, seed, train_runs);
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (samples.samples[i].added) parts.train.push_back(i);
  return parts;
}

}  // namespace bondscope::ml
