#include <cstdlib>
#include <string>

#include "libml/nets/fused/kernels.hpp"
#include "libtdse/base/error.hpp"

namespace ml::fused {
namespace {

const Kernels& choose() {
  const auto usable = usable_kernels();
  const char* const wanted = std::getenv("PMD_INSTRUCTIONS");
  if (!wanted || !*wanted) return *usable.back();
  std::string names;
  for (const Kernels* kernels : usable) {
    if (std::string(wanted) == kernels->name) return *kernels;
    names += (names.empty() ? "" : ", ") + std::string(kernels->name);
  }
  throw tdse::ConfigError("PMD_INSTRUCTIONS: '" + std::string(wanted).substr(0, 40) +
                          "' is not among what this processor and build have: " + names);
}

}  // namespace

std::vector<const Kernels*> usable_kernels() {
  std::vector<const Kernels*> usable{&generic_kernels};
#if defined(PMD_X86_KERNELS)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    usable.push_back(&avx2_kernels);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
      usable.push_back(&avx512_kernels);
  }
#endif
  return usable;
}

const Kernels& chosen_kernels() {
  static const Kernels& chosen = choose();
  return chosen;
}

}  // namespace ml::fused
