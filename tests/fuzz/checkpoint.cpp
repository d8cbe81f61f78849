// Checkpoints: array files. Of a training, and of any other identity. Size and checksum are put right by the
// mutator.

#include "libml/train/checkpoint.hpp"

#include <algorithm>
#include <cstring>

#include "libpmd/base/files/array_file.hpp"
#include "libpmd/base/files/hash.hpp"
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
  constexpr std::size_t header = 32, place_of_size = 16;
  size = LLVMFuzzerMutate(data, size, max_size);
  if (seed % 8 == 0 || size < header + sizeof(Hash::Wide)) return size;
  const std::uint64_t bytes = size;
  std::memcpy(data + place_of_size, &bytes, sizeof bytes);
  const auto body = std::span<const std::uint8_t>(data, size - sizeof(Hash::Wide));
  const auto checksum = Hash().add(body).wide();
  std::memcpy(data + body.size(), checksum.data(), checksum.size());
  return size;
}
