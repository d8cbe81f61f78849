#include "libpmd/base/processor/instructions.hpp"

#include <cstdlib>
#include <string>

#include "libpmd/base/error.hpp"

namespace bondscope {

const char* to_string(Instructions instructions) {
  switch (instructions) {
    case Instructions::avx2:
      return "avx2";
    case Instructions::avx512:
      return "avx512";
    default:
      return "generic";
  }
}

std::vector<Instructions> usable_instructions() {
  std::vector<Instructions> usable{Instructions::generic};
#if defined(PMD_X86_KERNELS)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    usable.push_back(Instructions::avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
      usable.push_back(Instructions::avx512);
  }
#endif
  return usable;
}

Instructions chosen_instructions() {
  const auto usable = usable_instructions();
  const char* const wanted = std::getenv("PMD_INSTRUCTIONS");
  if (!wanted || !*wanted) return usable.back();
  std::string names;
  for (const Instructions instructions : usable) {
    if (std::string(wanted) == to_string(instructions)) return instructions;
    names += (names.empty() ? "" : ", ") + std::string(to_string(instructions));
  }
  throw ConfigError("PMD_INSTRUCTIONS: '" + std::string(wanted).substr(0, 40) +
                    "' is not among what this processor and build have: " + names);
}

}  // namespace bondscope
