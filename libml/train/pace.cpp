#include "libml/train/pace.hpp"

#include <algorithm>

namespace bondscope::ml {
namespace {

/// For what is not measured: the end of the program, a system that is busier now than before.
double reserve(double limit) {
  return std::min(0.05 * limit, 30.0);
}

}  // namespace

void Pace::saved(double now, double seconds) {
  saved_ = now;
  longest_save_ = std::max(longest_save_, seconds);
}

Request Pace::next(double now, const BatchDone& batch) {
  samples_ += batch.samples_since;
  asked_ = now;
  if (!fits(now, batch.samples_ahead)) return Request::stop;
  return interval_ > 0 && now - saved_ >= interval_ ? Request::save : Request::go_on;
}

bool Pace::fits(double now, std::size_t samples) const {
  if (!limit_) return true;
  const double average = samples_ > 0 ? (asked_ - began_) / static_cast<double>(samples_) : 0;
  const double needed = 2 * (average * static_cast<double>(samples) + longest_save_) + reserve(*limit_);
  return now + needed <= *limit_;
}

}  // namespace bondscope::ml
