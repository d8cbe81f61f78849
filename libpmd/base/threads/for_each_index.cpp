#include "libpmd/base/threads/for_each_index.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#ifdef __linux__
#include <sched.h>
#endif

namespace bondscope {

int available_threads() {
  int count = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) count = std::max(1, CPU_COUNT(&allowed));
#endif
  if (const char* variable = std::getenv("OMP_NUM_THREADS")) {
    const std::string_view text(variable);
    int wanted = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), wanted);
    if (status == std::errc() && wanted >= 1) count = std::min(count, wanted);
  }
  return count;
}

void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work,
                    const std::function<void(std::size_t, std::size_t)>& done) {
  std::mutex mutex;  // guards everything below, and calls of done()
  std::size_t next = 0, finished = 0;
  std::exception_ptr error;
  const auto share = [&] {
    std::unique_lock lock(mutex);
    while (!error && next < count) {
      const std::size_t i = next++;
      try {
        lock.unlock();
        work(i);
        lock.lock();
        if (!error && done) done(++finished, count);
      } catch (...) {
        if (!lock) lock.lock();
        if (!error) error = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    const auto most = std::min(count, static_cast<std::size_t>(std::max(threads, 1)));
    for (std::size_t t = 1; t < most; ++t)
      helpers.emplace_back(share);
    share();
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace bondscope
