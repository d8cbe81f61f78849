#pragma once

// What a fuzz target is: a reader that is given bytes from outside, in this process. It may refuse them with
// an Error of this project; anything else (a crash, a sanitizer's finding, another exception, a hang) is a
// bug. libFuzzer calls the two functions, replay.cpp the first.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "libpmd/base/error.hpp"

/// One input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
/// Targets whose bytes must fit together (checksums, sizes) change them in their own way; returns the new
/// size.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed);
/// libFuzzer's own changes.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace bondscope::fuzz {

inline std::string_view text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Reads, and takes a refusal for an answer.
template <class Read>
void try_to(const Read& read) {
  try {
    read();
  } catch (const Error&) {
  }
}

/// What must hold of anything that was accepted.
inline void expect(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", what);
  std::abort();
}

/// What was accepted and written must be accepted again, and be written as the same text.
template <class Rewrite>
void expect_stable(const std::string& written, const Rewrite& rewrite) {
  std::string again;
  try {
    again = rewrite(written);
  } catch (const Error& error) {
    again = error.what();
  }
  if (again != written)
    std::fprintf(stderr, "written:\n%s\nread again:\n%s\n", written.c_str(), again.c_str());
  expect(again == written, "what is written reads back the same");
}

/// A file in memory (in $TMPDIR, or /dev/shm) while this lives.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes);
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile();

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace bondscope::fuzz
