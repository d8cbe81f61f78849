#pragma once

// Random numbers that belong to one thing only, in whatever order things are made.

#include <array>
#include <cstdint>

namespace bondscope {

/// Whose random numbers: a distribution's.
struct RandomKey {
  std::uint64_t seed = 0;  ///< the user's seed
  std::uint64_t run = 0;   ///< the run's number in its data set
};

/// What they are for: each purpose has numbers of its own.
enum class RandomPurpose : std::uint64_t { counts = 0, rotation = 1 };

/// Uniform numbers in [0, 1) of 53 bits: Philox4x64-10 with (seed, run) as its key and (item, block, purpose)
/// as its counter.
class RandomDraws {
 public:
  /// Draws for one item of one purpose.
  RandomDraws(const RandomKey& key, RandomPurpose purpose, std::uint64_t item)
      : key_(key), purpose_(purpose), item_(item) {}

  /// Uniform in [0, 1)
  double uniform() {
    if (used_ == numbers_.size()) next_block();
    return numbers_[used_++];
  }

 private:
  void next_block();

  RandomKey key_;
  RandomPurpose purpose_;
  std::uint64_t item_, block_ = 0;
  std::array<double, 4> numbers_{};
  std::size_t used_ = 4;
};

/// Standard normal, by Box and Muller.
double normal(RandomDraws& draws);

/// Two uniform numbers in [0, 1) of 53 bits: Philox4x32-10 with the seed as its key and (index, part,
/// purpose) as its counter. The runs of a data set are drawn so: these numbers can never change.
std::array<double, 2> draw_pair(std::uint64_t seed, std::uint64_t index, std::uint32_t purpose,
                                std::uint32_t part = 0);

}  // namespace bondscope
