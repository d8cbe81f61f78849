#pragma once

// Which of many things belong together, found pair by pair.

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

namespace bondscope {

/// Disjoint sets of 0 … n-1, each known by its smallest member.
class Groups {
 public:
  /// `n` members, each a group of its own.
  explicit Groups(std::size_t n) : parent_(n) { std::iota(parent_.begin(), parent_.end(), std::size_t{0}); }

  /// The representative of i's group: the same for all of its members.
  std::size_t of(std::size_t i) {
    while (parent_[i] != i)
      i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  /// Makes one group of those of a and b.
  void join(std::size_t a, std::size_t b) {
    a = of(a);
    b = of(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<std::size_t> parent_;
};

}  // namespace bondscope
