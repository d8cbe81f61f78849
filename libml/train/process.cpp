#include "libml/train/process.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <thread>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <sched.h>
#endif

#include <ATen/Parallel.h>
#include <torch/version.h>

namespace ml {

int available_threads() {
  int count = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
#ifdef __linux__
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) count = std::max(1, CPU_COUNT(&allowed));
#endif
  if (const char* wanted = std::getenv("OMP_NUM_THREADS")) {
    int value = 0;
    const auto [end, status] = std::from_chars(wanted, wanted + std::strlen(wanted), value);
    if (status == std::errc() && value >= 1) count = std::min(count, value);
  }
  return count;
}

void prepare_process(int threads) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
  at::set_num_threads(threads);
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace ml
