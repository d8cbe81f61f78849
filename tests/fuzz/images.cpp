// Images files: their user block and pixels, whatever stands in them, behind a skeleton that is sound.

#include "tests/formats/read_stores.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/fuzz/user_block.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(fuzz::text(data, size));
  fuzz::try_to([&] {
    faults::Content content;
    faults::read_images(ImagesFile::open(file.path()), content);
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  const std::span<std::uint8_t> file(data, size);
  const auto ranges = fuzz::data_ranges(file);
  const auto random = seed >> 3;
  if (seed % 8 == 0 || ranges.empty()) return LLVMFuzzerMutate(data, size, max_size);
  fuzz::change(file, ranges[random % ranges.size()], random / 7);
  return size;
}
