#include "libml/baselines/parallel.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace bondscope::ml {
namespace {

class Crew {
 public:
  Crew(std::size_t count, const std::function<void(std::size_t)>& work, const LoadMonitor& monitor)
      : count_(count), work_(work), monitor_(monitor) {}

  void operator()() {
    std::unique_lock lock(mutex_);
    while (!error_ && next_ < count_) {
      const std::size_t i = next_++;
      try {
        lock.unlock();
        work_(i);
        lock.lock();
        if (!error_ && monitor_) monitor_(++done_, count_);
      } catch (...) {
        if (!lock) lock.lock();
        if (!error_) error_ = std::current_exception();
      }
    }
  }

  void rethrow() const {
    if (error_) std::rethrow_exception(error_);
  }

 private:
  const std::size_t count_;
  const std::function<void(std::size_t)>& work_;
  const LoadMonitor& monitor_;
  std::mutex mutex_;  ///< guards everything below, and calls of the monitor
  std::size_t next_ = 0, done_ = 0;
  std::exception_ptr error_;
};

}  // namespace

void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                    const LoadMonitor& monitor) {
  Crew crew(count, work, monitor);
  {
    std::vector<std::jthread> helpers;
    const auto most = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
    for (std::size_t t = 1; t < most; ++t)
      helpers.emplace_back(std::ref(crew));
    crew();
  }
  crew.rethrow();
}

}  // namespace bondscope::ml
