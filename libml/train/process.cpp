#include "libml/train/process.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <limits>
#include <sstream>

#ifdef __GLIBC__
#include <malloc.h>
#endif
#ifdef __linux__
#include <time.h>
#include <unistd.h>
#endif

#include <ATen/Parallel.h>
#include <torch/version.h>

namespace bondscope::ml {

void prepare_process(int threads) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
  mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
  at::set_num_threads(threads);
}

int process_threads() {
  return at::get_num_threads();
}

double process_age() {
#ifdef __linux__
  std::ifstream stat("/proc/self/stat");
  std::string field;
  // The program's name, the second field, may hold spaces but ends with the last bracket; the start is field
  // 22, in ticks since the machine was started.
  std::getline(stat, field, '\0');
  std::istringstream rest(field.substr(std::min(field.size(), field.rfind(')') + 1)));
  for (int i = 3; i <= 22; ++i)
    rest >> field;
  unsigned long long ticks = 0;
  const auto [end, status] = std::from_chars(field.data(), field.data() + field.size(), ticks);
  timespec now{};
  if (rest && status == std::errc() && clock_gettime(CLOCK_BOOTTIME, &now) == 0) {
    const double age = static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec) -
                       static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
    if (age > 0) return age;
  }
#endif
  return 0;
}

std::string libtorch_version() {
  return TORCH_VERSION;
}

}  // namespace bondscope::ml
