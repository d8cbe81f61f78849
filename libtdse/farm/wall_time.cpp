#include "libtdse/farm/wall_time.hpp"

#include <algorithm>
#include <limits>

namespace bondscope::tdse {

WallTime::WallTime(double seconds, Clock::time_point begin) : limit_(seconds) {
  reserve_ = std::min({std::max(5.0, 0.02 * seconds), 0.25 * seconds, 120.0});
  end_ =
      begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds - reserve_));
}

void WallTime::keep(double seconds) {
  if (!limit_) return;
  const double more = std::max(0.0, std::min(reserve_ + seconds, 0.25 * *limit_) - reserve_);
  reserve_ += more;
  end_ -= std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(more));
}

double WallTime::left(Clock::time_point now) const {
  if (!limit_) return std::numeric_limits<double>::infinity();
  return std::max(0.0, std::chrono::duration<double>(end_ - now).count());
}

}  // namespace bondscope::tdse
