#include "libpmd/interpolation/distribution_cache.hpp"

namespace bondscope {

std::span<const float> DistributionCache::row(std::size_t row) {
  if (const auto found = where_.find(row); found != where_.end()) {
    entries_.splice(entries_.begin(), entries_, found->second);
    return entries_.front().values;
  }
  auto values = read_(row);
  ++reads_;
  const auto size_of = [](const Entry& entry) { return entry.values.size() * sizeof(float); };
  const std::size_t needed = values.size() * sizeof(float);
  while (!entries_.empty() && bytes_ + needed > most_bytes_) {
    bytes_ -= size_of(entries_.back());
    where_.erase(entries_.back().row);
    entries_.pop_back();
  }
  entries_.push_front({row, std::move(values)});
  where_[row] = entries_.begin();
  bytes_ += needed;
  return entries_.front().values;
}

}  // namespace bondscope
