#include "libml/experiments/limits.hpp"

#include <fmt/format.h>

#include "libml/train/process.hpp"
#include "libpmd/base/error.hpp"
#include "libpmd/base/text/duration.hpp"

namespace bondscope::ml {

Limits::Limits(std::optional<double> time_limit, double checkpoint_interval)
    : time_limit_(time_limit),
      checkpoint_interval_(checkpoint_interval),
      start_(Clock::now() -
             std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(process_age()))) {}

void Limits::check_loading(std::size_t made, std::size_t all, bool something_done) const {
  if (signalled()) throw Interrupted("stopped by a signal before the training; the same command continues");
  if (!time_limit_ || now() < *time_limit_) return;
  if (something_done) throw Interrupted("stopped by the time limit; the same command continues");
  throw ConfigError(
      fmt::format("--time-limit: {} were over when {} of {} images were made and nothing was trained; "
                  "expected more",
                  format_duration(*time_limit_), made, all));
}

}  // namespace bondscope::ml
