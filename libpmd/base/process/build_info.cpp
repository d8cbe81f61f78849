#include "libpmd/base/process/build_info.hpp"

#include <fstream>

#include <unistd.h>

#include "pmd_commit.hpp"

namespace bondscope {

std::string code_version() {
  return PMD_VERSION " (" PMD_COMMIT ")";
}

std::string compiler() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string host_name() {
  char name[256] = "unknown";
  gethostname(name, sizeof name - 1);
  return name;
}

std::string machine() {
  std::string processor = "unknown processor";
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);)
    if (line.rfind("model name", 0) == 0) {
      processor = line.substr(line.find(':') + 2);
      break;
    }
  return host_name() + " (" + processor + ")";
}

}  // namespace bondscope
