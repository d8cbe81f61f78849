// Checkpoints: array files. Of a training, and of any other identity. Size and checksum are put right by the
// mutator.

#include "libml/train/checkpoint.hpp"

#include "libpmd/base/files/array_file.hpp"
#include "tests/fuzz/array_bytes.hpp"
#include "tests/fuzz/target.hpp"

using namespace bondscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const fuzz::MemoryFile file(fuzz::text(data, size));
  fuzz::try_to([&] { ml::read_checkpoint(file.path(), R"({"a": 1})"); });
  fuzz::try_to([&] {
    const auto reader = ArrayReader::open(file.path(), "a run");
    if (!reader) return;
    for (const auto& name : reader->names()) {
      fuzz::try_to([&] { reader->values<double>(name); });
      fuzz::try_to([&] { reader->values<std::complex<float>>(name); });
      fuzz::try_to([&] { reader->text(name); });
      fuzz::try_to([&] { reader->scalar<std::uint64_t>(name); });
    }
  });
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  return seed % 8 == 0 ? size : fuzz::seal_array_file(data, size);
}
