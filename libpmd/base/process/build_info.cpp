#include "libpmd/base/process/build_info.hpp"

#include <array>
#include <ctime>
#include <fstream>

#include <fcntl.h>
#include <unistd.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"
#include "libpmd/base/files/hash.hpp"
#include "pmd_commit.hpp"

namespace bondscope {

std::string version() {
  return PMD_VERSION;
}

std::string code_version() {
  return PMD_VERSION " (" PMD_COMMIT ")";
}

namespace {

std::string hash_of_executable() {
  try {
    const File file("/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, "the running program");
    if (!file.is_open()) return "unknown";
    return Hash().add(file, file.size()).wide_text();
  } catch (const Error&) {
    return "unknown";
  }
}

}  // namespace

std::string executable_fingerprint() {
  static const std::string fingerprint = hash_of_executable();  // it does not change while it runs
  return fingerprint;
}

std::string build_identity() {
  const auto version = code_version();
  const bool committed =
      version.find("-modified") == std::string::npos && version.find("unknown") == std::string::npos;
  return committed ? version : version + ", program " + executable_fingerprint();
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

std::string utc_now() {
  const std::time_t time = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

}  // namespace bondscope
