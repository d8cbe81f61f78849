#pragma once

// Rows of a store that are needed again and again, as many as fit a limit of memory.

#include <cstddef>
#include <functional>
#include <list>
#include <span>
#include <unordered_map>
#include <vector>

namespace bondscope {

/// Reads rows when they are asked for and forgets the one that was not asked for the longest.
class DistributionCache {
 public:
  using Read = std::function<std::vector<float>(std::size_t row)>;

  /// Keeps the last row that was asked for even if it alone exceeds the limit.
  DistributionCache(Read read, std::size_t most_bytes) : read_(std::move(read)), most_bytes_(most_bytes) {}

  /// Valid until the next call.
  std::span<const float> row(std::size_t row);
  std::size_t bytes() const { return bytes_; }
  std::size_t reads() const { return reads_; }

 private:
  struct Entry {
    std::size_t row;
    std::vector<float> values;
  };
  Read read_;
  std::size_t most_bytes_, bytes_ = 0, reads_ = 0;
  std::list<Entry> entries_;  ///< the last one used in front
  std::unordered_map<std::size_t, std::list<Entry>::iterator> where_;
};

}  // namespace bondscope
