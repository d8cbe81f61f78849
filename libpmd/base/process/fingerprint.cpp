#include "libpmd/base/process/fingerprint.hpp"

#include <fcntl.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"
#include "libpmd/base/files/hash.hpp"

namespace bondscope {

std::string executable_fingerprint() {
  try {
    const File file("/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, "the running program");
    if (!file.is_open()) return "unknown";
    return Hash().add(file, file.size()).wide_text();
  } catch (const Error&) {
    return "unknown";
  }
}

}  // namespace bondscope
