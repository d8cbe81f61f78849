#include "libpmd/base/process/fingerprint.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include <fcntl.h>

#include "libpmd/base/error.hpp"
#include "libpmd/base/files/file.hpp"
#include "libpmd/base/files/seal.hpp"

namespace bondscope {

std::string executable_fingerprint() {
  try {
    const File file("/proc/self/exe", O_RDONLY | O_CLOEXEC, 0, "the running program");
    if (!file.is_open()) return "unknown";
    Seal seal;
    std::vector<std::byte> piece(1 << 20);
    const std::uint64_t size = file.size();
    for (std::uint64_t at = 0; at < size; at += piece.size()) {
      piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), size - at)));
      file.read(at, piece);
      seal.add(piece);
    }
    return seal.text();
  } catch (const Error&) {
    return "unknown";
  }
}

}  // namespace bondscope
