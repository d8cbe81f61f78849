#include "libpmd/base/threads/available.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>
#include <thread>

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

}  // namespace bondscope
