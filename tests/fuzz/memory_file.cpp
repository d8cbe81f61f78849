#include <cstdlib>
#include <stdexcept>

#include <unistd.h>

#include "tests/fuzz/target.hpp"

namespace bondscope::fuzz {

// Not memfd_create(): HDF5 opens only what has a real path.
MemoryFile::MemoryFile(std::string_view bytes) {
  const char* folder = std::getenv("TMPDIR");
  std::string name = std::string(folder ? folder : "/dev/shm") + "/bondscope-fuzz-XXXXXX";
  const int descriptor = mkstemp(name.data());
  if (descriptor < 0) throw std::runtime_error(name + " cannot be made");
  path_ = name;
  const auto written = write(descriptor, bytes.data(), bytes.size());
  close(descriptor);
  if (written != static_cast<ssize_t>(bytes.size())) throw std::runtime_error(name + " cannot be written");
}

MemoryFile::~MemoryFile() {
  unlink(path_.c_str());
}

}  // namespace bondscope::fuzz
