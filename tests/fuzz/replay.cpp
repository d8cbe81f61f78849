// Gives a target the inputs that it is known to have met: replay FILE-OR-FOLDER... One that takes too long is
// killed.

#include <algorithm>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

#include <sys/time.h>

#include "tests/fuzz/target.hpp"

// Nothing is changed here; mutators refer to it.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) {
  return size;
}

int main(int argc, char** argv) {
  namespace fs = std::filesystem;
  std::vector<fs::path> files;
  for (int i = 1; i < argc; ++i)
    if (fs::is_directory(argv[i])) {
      for (const auto& entry : fs::recursive_directory_iterator(argv[i]))
        files.push_back(entry.path());
    } else if (fs::exists(argv[i])) {  // not every target has met everything
      files.emplace_back(argv[i]);
    }
  std::erase_if(files, [](const fs::path& file) { return !fs::is_regular_file(file); });
  std::ranges::sort(files);
  for (const auto& file : files) {
    std::cout << file.string() << std::endl;  // the last line names an input that crashes
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    // In memory of exactly this size, so that a byte too far is found.
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    constexpr itimerval patience{{0, 0},
                                 {30, 0}};  // s of the processor's time; without sanitizers a tenth would do
    setitimer(ITIMER_PROF, &patience, nullptr);
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  if (files.empty()) std::cerr << "error: no inputs\n";
  return files.empty() ? 1 : 0;
}
